/* SPDX-License-Identifier: MIT */
/*
 * page/contig.h - what isolation, contiguous ranges and CMA share.
 */
#ifndef QUIRE_PAGE_CONTIG_H
#define QUIRE_PAGE_CONTIG_H

#include <quire/cma.h>

#include "page/internal.h"

/** try_contig_range() - alloc_contig_range() that says nothing; @busy: why not. */
int try_contig_range(unsigned long start, unsigned long end, int migratetype, gfp_t gfp,
		     struct quire_contig_busy *busy);

/** zone_of_range() - the zone of all frames of [@start, @end), NULL when there is no such one. */
struct zone *zone_of_range(const struct page_state *ps, unsigned long start, unsigned long end);

/**
 * carve_block() - takes the page block at @pfn off the free lists, out of the free block @head,
 * which is as large or larger; the rest goes back. Context: zone lock.
 */
void carve_block(struct zone *zone, struct page *head, unsigned long pfn);

/** peek_compound_head() - compound_head() of a page whose owner may be changing it. */
struct page *peek_compound_head(struct page *page);

/** cma_area_init() - makes a reserved range an area; 0 or -ENOMEM. */
int cma_area_init(struct page_state *ps, const char *name, u64 start, u64 end);
/** cma_exit() - ends all areas. */
void cma_exit(struct page_state *ps);

#endif /* QUIRE_PAGE_CONTIG_H */
