/* SPDX-License-Identifier: MIT */
/*
 * page/buddy.h - splitting and merging, for buddy.c and for the refills and drains of pcp.c
 * to have in one piece. Theory and invariants: buddy.c.
 *
 * Context of all: zone lock.
 */
#ifndef QUIRE_PAGE_BUDDY_H
#define QUIRE_PAGE_BUDDY_H

#include "page/bringup.h"
#include "page/internal.h"
#include "page/lazy.h"

/* I5. Written under the zone lock, read without it by the watermark checks. */
static inline void mark_order(struct zone *zone, unsigned int order, int mt)
{
	WRITE_ONCE(zone->free_orders[mt], zone->free_orders[mt] | 1u << order);
}

static inline void clear_order(struct zone *zone, unsigned int order, int mt)
{
	WRITE_ONCE(zone->free_orders[mt], zone->free_orders[mt] & ~(1u << order));
}

/* I2: what says that @page begins a free block of @order on a list of type @mt. */
static inline void set_buddy(struct page *page, unsigned int order, int mt)
{
	page->index = (pgoff_t)mt;
	page->priv = order;
	WRITE_ONCE(page->page_type, QUIRE_PAGE_BUDDY);
}

/* put_free() - a block to the head of its list, or to the tail. */
static inline void put_free(struct zone *zone, struct page *page, unsigned int order, int mt,
			    bool to_tail)
{
	struct free_area *area = &zone->free_area[order];

	if (to_tail)
		list_add_tail(&page->buddy_list, &area->free_list[mt]);
	else
		list_add(&page->buddy_list, &area->free_list[mt]);
	stat_add(area->nr_free, 1);
	mark_order(zone, order, mt);
	set_buddy(page, order, mt);
}

/* take_free() - a block leaves its list and is no free block any more. */
static inline void take_free(struct zone *zone, struct page *page, unsigned int order)
{
	struct list_head *node = &page->buddy_list;

	QUIRE_DEBUG_ASSERT(PageBuddy(page) && buddy_order(page) == order,
			   "I2: head of a free block");
	if (unlikely(page->flags & (1ul << PG_lazy)))
		init_lazy_block(zone, page, order);
	/* The last one: both its neighbours are the list's head. */
	if (node->next == node->prev)
		clear_order(zone, order, free_page_list_type(page));
	stat_add(zone->free_area[order].nr_free, -1ul);
	if (QUIRE_CONFIG_DEBUG)
		list_del(node);
	else
		quire_list_unlink(node);
	WRITE_ONCE(page->page_type, ~0u);
	page->priv = 0;
}

/* Gives back all of a block of order @high but its first 2^@low pages. */
static inline void give_halves(struct zone *zone, struct page *page, unsigned int low,
			       unsigned int high, int mt)
{
	while (high > low) {
		high--;
		put_free(zone, page + (1ul << high), high, mt, false);
	}
}

/* Takes the first block of @order and type @mt. Context: there is one. */
static inline struct page *take_first(struct zone *zone, unsigned int order, int mt)
{
	struct page *page =
		list_first_entry(&zone->free_area[order].free_list[mt], struct page, buddy_list);

	take_free(zone, page, order);
	return page;
}

/* Is the block at @buddy_pfn a free block of @order in @zone that ours may merge with? */
static inline bool buddy_is_free(const struct page_state *ps, const struct page *page,
				 unsigned long buddy_pfn, unsigned int order)
{
	const struct page *buddy = ps->mem_map + buddy_pfn;

	/* Within a section the two are valid together, below the end of memory. */
	if (unlikely(order >= ps->pfn_section_shift || buddy_pfn >= ps->max_pfn) &&
	    !ps_pfn_valid(ps, buddy_pfn))
		return false;
	/* The order of another zone's block is under another lock. */
	return PageBuddy(buddy) &&
	       !((READ_ONCE(buddy->flags) ^ READ_ONCE(page->flags)) >> QUIRE_ZONES_SHIFT) &&
	       buddy_order(buddy) == order;
}

static inline bool mergeable_type(int mt)
{
	return mt < MIGRATE_HIGHATOMIC;
}

/* From the page-block order on, a merge would join blocks of types that must stay apart. */
static inline bool types_forbid_merge(const struct page_state *ps, unsigned long buddy_pfn, int mt)
{
	int buddy_mt = pfn_block_type(ps, buddy_pfn);

	return mt != buddy_mt && (!mergeable_type(mt) || !mergeable_type(buddy_mt));
}

/* The block of @order at @pfn is about to wait for its buddy: is its parent's buddy free? */
static inline bool merge_is_likely(const struct page_state *ps, const struct page *page,
				   unsigned long pfn, unsigned int order, unsigned int top)
{
	unsigned long parent = pfn & ~(1ul << order);

	return order + 1 < top && buddy_is_free(ps, page, parent ^ (2ul << order), order + 1);
}

/* merge_block(), in line. */
static inline __attribute__((always_inline)) void
merge_free(struct zone *zone, const struct page_state *ps, struct page *page, unsigned long pfn,
	   unsigned int order, int mt, unsigned int fpi)
{
	const unsigned int top = zone->nr_orders - 1;
	bool to_tail;

	QUIRE_DEBUG_ASSERT(!(pfn & ((1ul << order) - 1)), "I1: aligned to its size");
	while (order < top) {
		unsigned long buddy_pfn = pfn ^ (1ul << order);

		if (!buddy_is_free(ps, page, buddy_pfn, order))
			break;
		if (unlikely(order >= ps->pageblock_order) && types_forbid_merge(ps, buddy_pfn, mt))
			break;
		take_free(zone, ps->mem_map + buddy_pfn, order);
		pfn &= buddy_pfn;
		page = ps->mem_map + pfn;
		order++;
	}
	to_tail = (fpi & FPI_TO_TAIL) || merge_is_likely(ps, page, pfn, order, top);
	if (unlikely(order == top && ps->machine->config.vm.shuffle) && !to_tail)
		to_tail = shuffle_to_tail(ps);
	put_free(zone, page, order, mt, to_tail);
}

#endif /* QUIRE_PAGE_BUDDY_H */
