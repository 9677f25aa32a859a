/* SPDX-License-Identifier: MIT */
/*
 * page/explain.h - what the files of the explanation share.
 */
#ifndef QUIRE_PAGE_EXPLAIN_PARTS_H
#define QUIRE_PAGE_EXPLAIN_PARTS_H

#include <quire/explain.h>

#include "page/internal.h"

/** find_nearest() - fills e->blocks from the zones of @ac. Takes zone locks, block by block. */
void find_nearest(struct page_state *ps, const struct alloc_context *ac, struct quire_explain *e);

#endif /* QUIRE_PAGE_EXPLAIN_PARTS_H */
