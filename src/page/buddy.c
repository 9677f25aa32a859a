/* SPDX-License-Identifier: MIT */
/*
 * page/buddy.c - the free lists of a zone: split, merge, take, put.
 *
 * Theory
 *  1. A block of order k is 2^k frames, aligned to 2^k. Its buddy is the block
 *     whose frame number differs in bit k alone: buddy = pfn ^ (1 << k). The two
 *     together are one block of order k + 1, at pfn & ~(1 << k).
 *  2. To allocate order k, take a block of the smallest order j >= k that has
 *     one, and halve it j - k times; each upper half goes to the head of its
 *     list, so that the next request continues beside this one.
 *  3. To free, merge with the buddy as long as the buddy is a free block of the
 *     same order in the same zone. At most max order steps.
 *  4. Each order has a list per migrate type, so that pages that cannot move do
 *     not scatter over blocks that could otherwise be emptied.
 *  5. A freed block goes to the list's tail if the merge it waits for is near
 *     (the buddy of its parent is free already), to the head otherwise.
 *
 *	order 2   [ 0 . . . | 4 . . . ]	free 5: buddy 4 free -> 4,1
 *	order 1   [ 0 . | 2 . | 4 . | 6 . ]	buddy of 4,1 is 6: used -> stop
 *	order 0   [ 0|1|2|3|4|5|6|7 ]
 *
 * Invariants (checked by validate.c, cited by assertions)
 *  I1 a free block is aligned to its size and lies within its zone
 *  I2 its first page is PageBuddy, holds its order, has no reference
 *  I3 no two free buddies of one order below the largest coexist, unless page
 *     blocks of unmergeable types (CMA, isolate) meet there
 *  I4 nr_free counts the blocks of an order over all types
 *  I5 free_orders[type] has bit k set exactly if that list is not empty
 *  I6 the sum of nr_free << k is NR_FREE_PAGES with all CPUs' differences, plus
 *     pages in isolated blocks, which are on lists but not counted free
 *
 * Which list a free block is on cannot be read from its page block's type: pages
 * freed while the block had another type stay where they were. The type of the
 * list is therefore kept in page->index of the first page.
 *
 * Left out: guard pages, page reporting.
 *
 * Sources: D. Knuth, TAOCP vol. 1, 2.5; K. Knowlton, CACM 8 (1965); M. Gorman,
 * Understanding the Linux Virtual Memory Manager, ch. 6; behaviour of Linux 6.1
 * (mm/page_alloc.c: __free_one_page, expand, __rmqueue). We differ in the bit
 * masks of I5, which find a list in constant time, and in lazy struct pages.
 */
#include "page/buddy.h"
#include "page/pcp_list.h"

/** add_to_free_list() - a block to the head of its list. */
void add_to_free_list(struct zone *zone, struct page *page, unsigned int order, int mt)
{
	put_free(zone, page, order, mt, false);
}

/** move_to_free_list() - a block to the tail of another type's list of the same order. */
void move_to_free_list(struct zone *zone, struct page *page, unsigned int order, int old_mt, int mt)
{
	if (unlikely(page->flags & 1ul << PG_lazy))
		leave_run(zone, page);
	if (page->buddy_list.next == page->buddy_list.prev)
		clear_order(zone, order, old_mt);
	list_del(&page->buddy_list);
	list_add_tail(&page->buddy_list, &zone->free_area[order].free_list[mt]);
	mark_order(zone, order, mt);
	page->index = (pgoff_t)mt;
}

/** del_page_from_free_list() - a block leaves its list and is no free block any more. */
void del_page_from_free_list(struct zone *zone, struct page *page, unsigned int order)
{
	take_free(zone, page, order);
}

/** expand() - gives back all of a block of order @high but its first 2^@low pages. */
void expand(struct zone *zone, struct page *page, unsigned int low, unsigned int high, int mt)
{
	give_halves(zone, page, low, high, mt);
}

/**
 * rmqueue_smallest() - takes a block of @order from the lists of type @mt alone.
 * Return: its first page, still without a reference; NULL when no list has any.
 */
struct page *rmqueue_smallest(struct zone *zone, unsigned int order, int mt)
{
	u32 orders = zone->free_orders[mt] >> order;
	const struct page_state *ps;
	unsigned int current_order;
	struct page *page;

	if (!orders)
		return NULL;
	current_order = order + (unsigned int)__builtin_ctz(orders);
	page = list_first_entry(&zone->free_area[current_order].free_list[mt], struct page,
				buddy_list);
	take_free(zone, page, current_order);
	give_halves(zone, page, order, current_order, mt);
	page->index = (pgoff_t)mt;

	ps = zone_state(zone);
	if (unlikely(ps->hooks & HOOK_TRACE) && ps->trace->zone_locked)
		ps->trace->zone_locked(ps->trace->ctx, page, order, mt,
				       pcp_allowed_order(ps, order) && is_migrate_pcptype(mt));
	return page;
}

/*
 * CMA pages serve movable requests: first choice while more than half of the
 * zone's free pages are CMA's, so that both kinds run low together; last choice
 * before a fallback otherwise.
 */
static bool prefer_cma(struct zone *zone)
{
	return zone_page_state(zone, NR_FREE_CMA_PAGES) > zone_page_state(zone, NR_FREE_PAGES) / 2;
}

/**
 * rmqueue_locked() - takes a block of @order for type @mt, from other types if need be.
 * Context: zone lock. Does not change NR_FREE_PAGES.
 */
struct page *rmqueue_locked(struct zone *zone, unsigned int order, int mt, unsigned int alloc_flags)
{
	struct page *page;

	if (unlikely((alloc_flags & ALLOC_CMA) && zone->cma_pages) && prefer_cma(zone)) {
		page = rmqueue_smallest(zone, order, MIGRATE_CMA);
		if (page)
			return page;
	}
	for (;;) {
		page = rmqueue_smallest(zone, order, mt);
		if (likely(page))
			return page;
		if ((alloc_flags & ALLOC_CMA) && zone->cma_pages) {
			page = rmqueue_smallest(zone, order, MIGRATE_CMA);
			if (page)
				return page;
		}
		if (!rmqueue_fallback(zone, order, mt, alloc_flags))
			return NULL;
	}
}

/**
 * merge_ahead() - a block of @order will be freed in some turns: gets what merge_block() will
 * write to near. @far: its struct page and its buddy's; later: the buddy's neighbours on its
 * list, if it is free. Context: zone lock.
 */
void merge_ahead(const struct page_state *ps, const struct page *page, unsigned int order, bool far)
{
	unsigned long pfn = ps_pfn(ps, page) ^ (1ul << order);
	const struct page *buddy = ps->mem_map + pfn;

	if (far) {
		__builtin_prefetch(page, 1);
		__builtin_prefetch(buddy, 1);
	} else if (buddy_is_free(ps, page, pfn, order)) {
		__builtin_prefetch(buddy->buddy_list.next, 1);
		__builtin_prefetch(buddy->buddy_list.prev, 1);
	}
}

/**
 * merge_block() - puts a block on the free lists, merged as far as it goes; counts nothing.
 * @pfn: of @page; @mt: type of the list it goes to; @fpi: FPI_TO_TAIL: to the tail
 * Context: zone lock.
 */
void merge_block(struct zone *zone, const struct page_state *ps, struct page *page,
		 unsigned long pfn, unsigned int order, int mt, unsigned int fpi)
{
	merge_free(zone, ps, page, pfn, order, mt, fpi);
}

/**
 * free_one_block() - merge_block(), and the pages count as free unless @mt is MIGRATE_ISOLATE.
 * Context: zone lock.
 */
void free_one_block(struct zone *zone, struct page *page, unsigned long pfn, unsigned int order,
		    int mt, unsigned int fpi)
{
	if (likely(mt != MIGRATE_ISOLATE))
		mod_freepage_state(zone, 1l << order, mt);
	merge_block(zone, zone_state(zone), page, pfn, order, mt, fpi);
}

/*
 * While page blocks are isolated, a block may reach over several that differ: each part goes to
 * the lists of its own page block.
 */
static void free_parts(struct zone *zone, unsigned long pfn, unsigned int order, unsigned int fpi)
{
	const struct page_state *ps = zone_state(zone);
	unsigned int part = min(order, ps->pageblock_order);
	unsigned long end = pfn + (1ul << order);

	for (; pfn < end; pfn += 1ul << part)
		free_one_block(zone, ps->mem_map + pfn, pfn, part, pfn_block_type(ps, pfn), fpi);
}

/** free_one_page() - free_one_block() with the lock taken and the type looked up again if needed.
 */
void free_one_page(struct zone *zone, struct page *page, unsigned int order, int mt,
		   unsigned int fpi)
{
	const struct page_state *ps = zone_state(zone);
	unsigned long pfn = ps_pfn(ps, page);

	quire_lock(zone_lock(zone));
	if (unlikely(zone->nr_isolate_pageblock || mt == MIGRATE_ISOLATE))
		free_parts(zone, pfn, order, fpi);
	else
		free_one_block(zone, page, pfn, order, mt, fpi);
	quire_unlock(zone_lock(zone));
}
