/* SPDX-License-Identifier: MIT */
/*
 * page/showmem.h - Mem-Info: the state of memory at a failure.
 */
#ifndef QUIRE_PAGE_SHOWMEM_H
#define QUIRE_PAGE_SHOWMEM_H

#include "page/internal.h"

/**
 * show_mem() - writes Mem-Info in Linux 6.1's form to the report channel.
 * @nodemask: only these nodes; NULL: all
 * @highest: only zones up to this type
 * Context: takes zone locks one after another.
 */
void show_mem(struct page_state *ps, const nodemask_t *nodemask, enum zone_type highest);

#endif /* QUIRE_PAGE_SHOWMEM_H */
