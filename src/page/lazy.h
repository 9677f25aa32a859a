/* SPDX-License-Identifier: MIT */
/*
 * page/lazy.h - struct pages made late, and who needs to know. Theory, invariants: lazy.c.
 *
 * Context: zone lock, unless said.
 */
#ifndef QUIRE_PAGE_LAZY_H
#define QUIRE_PAGE_LAZY_H

#include "page/internal.h"

/**
 * untouched_zone() - key + 1 of the zone of @pfn, if its block is in a run and not the first there;
 * 0: no. Context: any; 0 is for good.
 */
static inline unsigned int untouched_zone(const struct page_state *ps, unsigned long pfn)
{
	return __atomic_load_n(&ps->untouched[pfn >> (ps->nr_orders - 1)], __ATOMIC_ACQUIRE);
}

/**
 * zone_key_of() - page_zone_key() of a page that may be anybody's, or not initialised yet: then its
 * block's; ~0: none.
 * Context: the lock of the page's zone, under which pages are initialised; under another
 * one the answer may be wrong, but is never that other zone.
 */
unsigned long zone_key_of(const struct page_state *ps, unsigned long pfn);

/** init_page() - a struct page of a frame in no list. Others may look at it without a lock. */
void init_page(struct page *page, unsigned long zone_bits);
/** init_lazy_head() - the first struct page of a block whose others init_lazy_block() makes. */
void init_lazy_head(struct page *page, unsigned long zone_bits);
/** init_lazy_block() - the struct pages behind the first; it leaves its run. O(2^@order). */
void init_lazy_block(struct zone *zone, struct page *page, unsigned int order);
/** extend_run() - the largest block at @pfn joins the run at the list's end. Return: did it? */
bool extend_run(struct zone *zone, unsigned long pfn, int mt);
/** leave_run() - if @page, PG_lazy, begins a run, the run begins behind it from now on. */
void leave_run(struct zone *zone, struct page *page);
/**
 * free_block_at() - the free block of any order that covers @pfn, NULL: none. It may begin a
 * run, which it leaves when it leaves its list. O(orders), O(blocks of the run) the first time.
 */
struct page *free_block_at(struct page_state *ps, unsigned long pfn);

#endif /* QUIRE_PAGE_LAZY_H */
