/* SPDX-License-Identifier: MIT */
/*
 * page/fallback.c - taking pages of another migrate type, and the highatomic reserve.
 *
 * Theory
 *  1. When the lists of a type are empty, a block of another type is taken. The
 *     order in which types are tried is the table `fallbacks` below: to change
 *     it, change the table (and docs/fidelity.md, which will then differ).
 *  2. A large block is looked for first: the larger the block, the fewer page
 *     blocks end up with pages of mixed types.
 *  3. What is taken:
 *	order >= page block	the block, and the page blocks change type
 *	order >= half of that,	all free pages of the page block move to our list;
 *	or not a movable request	the page block changes type if more than half of it is
 *				then free or of a compatible type
 *	movable, small		the smallest block, alone; the page block keeps its type
 *  4. A steal that mixes types raises the watermarks for a while (boost), so
 *     that the reclaimer frees whole page blocks.
 *  5. MIGRATE_HIGHATOMIC: after a high-order atomic allocation its page block is
 *     set aside for such requests, up to 1 % of the zone; given back when
 *     reclaim fails to help others.
 *
 * Lock order: zone lock held in all but reserve_ and unreserve_highatomic_pageblock().
 *
 * Sources: M. Gorman and A. Whitcroft, "The what, the why and the where to of
 * anti-fragmentation", OLS 2006; behaviour of Linux 6.1.
 */
#include <quire/math.h>

#include "page/internal.h"

/** fallbacks - for each type with per-CPU lists, the types tried in its place, in order. */
static const unsigned char fallbacks[MIGRATE_PCPTYPES][MIGRATE_PCPTYPES - 1] = {
	[MIGRATE_UNMOVABLE] = { MIGRATE_RECLAIMABLE, MIGRATE_MOVABLE },
	[MIGRATE_MOVABLE] = { MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE },
	[MIGRATE_RECLAIMABLE] = { MIGRATE_UNMOVABLE, MIGRATE_MOVABLE },
};

/* May a request of type @mt that finds a block of @order take over its page block? */
static bool can_steal_block(const struct zone *zone, unsigned int order, int mt)
{
	if (order >= zone->pageblock_order / 2)
		return true;
	return mt == MIGRATE_RECLAIMABLE || mt == MIGRATE_UNMOVABLE;
}

/**
 * find_suitable_fallback() - which type's list of @order a request of type @mt should take from.
 * @only_stealable: only if the page block can be taken over
 * @can_steal: set if it can
 * Return: a migrate type; -1 if no list of that order serves.
 */
static int find_suitable_fallback(const struct zone *zone, unsigned int order, int mt,
				  bool only_stealable, bool *can_steal)
{
	unsigned int i;

	*can_steal = false;
	if (!is_migrate_pcptype(mt))
		return -1;
	for (i = 0; i < MIGRATE_PCPTYPES - 1; i++) {
		int fallback = fallbacks[mt][i];

		if (!(zone->free_orders[fallback] & (1u << order)))
			continue;
		*can_steal = can_steal_block(zone, order, mt);
		if (!only_stealable || *can_steal)
			return fallback;
	}
	return -1;
}

/* Raises the marks by one page block, up to boost_factor of the high mark. */
static bool boost_watermark(struct zone *zone)
{
	const struct quire_vm_sysctls *vm = &zone->zone_pgdat->machine->config.vm;
	unsigned long factor = READ_ONCE(vm->watermark_boost_factor);
	unsigned long block = 1ul << zone->pageblock_order, max;

	if (!factor)
		return false;
	/* Small zones would be boosted out of all their memory. */
	if (block * 4 > zone_managed_pages(zone))
		return false;
	max = mult_frac(zone->_watermark[WMARK_HIGH], factor, 10000ul);
	if (!max)
		return false;
	if (max < block)
		max = block;
	WRITE_ONCE(zone->watermark_boost, min(READ_ONCE(zone->watermark_boost) + block, max));
	zone_update_fast(zone);
	return true;
}

/*
 * All free blocks of the zone in [@start, @end) to type @mt; another node may have frames between.
 * Return: pages moved; @movable: others' LRU pages.
 */
static unsigned long move_freepages(struct zone *zone, unsigned long start, unsigned long end,
				    int mt, unsigned long *movable)
{
	const struct page_state *ps = zone_state(zone);
	unsigned long pfn = start, moved = 0;

	while (pfn < end) {
		struct page *page = ps->mem_map + pfn;
		unsigned int order;

		if (!ps_pfn_valid(ps, pfn) || !PageBuddy(page) || page_zone_key(page) != zone->id) {
			if (movable && ps_pfn_valid(ps, pfn) &&
			    (READ_ONCE(page->flags) & 1ul << PG_lru))
				(*movable)++;
			pfn++;
			continue;
		}
		order = buddy_order(page);
		move_to_free_list(zone, page, order, free_page_list_type(page), mt);
		pfn += 1ul << order;
		moved += 1ul << order;
	}
	return moved;
}

/**
 * move_freepages_block() - all free pages of the page block of @page to the lists of type @mt.
 * @movable: if not NULL, gets the number of pages on an LRU in it
 * Return: pages moved; 0 too when the block reaches beyond the zone.
 */
unsigned long move_freepages_block(struct zone *zone, struct page *page, int mt,
				   unsigned long *movable)
{
	unsigned long pfn = ps_pfn(zone_state(zone), page);
	unsigned long nr = 1ul << zone->pageblock_order;
	unsigned long start = pfn & ~(nr - 1), end = start + nr;

	if (movable)
		*movable = 0;
	if (!zone_spans_pfn(zone, start))
		start = pfn;
	if (!zone_spans_pfn(zone, end - 1))
		return 0;
	return move_freepages(zone, start, end, mt, movable);
}

/* Takes over free pages of the page block, and the block itself if it is mostly ours then. */
static bool steal_page_block(struct zone *zone, struct page *page, int start_mt, int block_mt)
{
	struct page_state *ps = zone_state(zone);
	unsigned long nr = 1ul << zone->pageblock_order, movable, free, alike;

	free = move_freepages_block(zone, page, start_mt, &movable);
	if (!free)
		return false;
	if (start_mt == MIGRATE_MOVABLE)
		alike = movable;
	else if (block_mt == MIGRATE_MOVABLE)
		/* Neither free nor movable: taken as compatible with us. */
		alike = nr - (free + movable);
	else
		alike = 0;
	if (free + alike >= nr / 2)
		set_pfn_block_type(ps, ps_pfn(ps, page), start_mt);
	return true;
}

/* Makes the free block @page serve type @start_mt, with as much around it as is sensible. */
static void steal_suitable_fallback(struct zone *zone, struct page *page, unsigned int alloc_flags,
				    int start_mt, bool whole_block)
{
	struct page_state *ps = zone_state(zone);
	unsigned int order = buddy_order(page);
	unsigned long pfn = ps_pfn(ps, page), at;
	int block_mt = pfn_block_type(ps, pfn);

	if (block_mt == MIGRATE_HIGHATOMIC)
		goto single;
	if (order >= zone->pageblock_order) {
		for (at = pfn; at < pfn + (1ul << order); at += 1ul << zone->pageblock_order)
			set_pfn_block_type(ps, at, start_mt);
		goto single;
	}
	if (boost_watermark(zone) && (alloc_flags & ALLOC_KSWAPD)) {
		__atomic_fetch_or(&zone->flags, 1ul << ZONE_BOOSTED_WATERMARK, __ATOMIC_RELAXED);
		zone_update_fast(zone);
	}
	if (whole_block && steal_page_block(zone, page, start_mt, block_mt))
		return;
single:
	move_to_free_list(zone, page, order, free_page_list_type(page), start_mt);
}

/**
 * find_fallback() - where a request of type @start_mt takes from when its own lists are empty.
 * @take_order: set to the order of the block
 * @can_steal: set if the page block can be taken over
 * Return: the migrate type; -1: nowhere.
 */
int find_fallback(const struct zone *zone, unsigned int order, int start_mt,
		  unsigned int alloc_flags, int *take_order, bool *can_steal)
{
	int at, min_order = (int)order, fallback_mt = -1;

	*can_steal = false;
	*take_order = -1;
	if (order < zone->pageblock_order && (alloc_flags & ALLOC_NOFRAGMENT))
		min_order = (int)zone->pageblock_order;
	for (at = (int)zone->nr_orders - 1; at >= min_order; at--) {
		fallback_mt =
			find_suitable_fallback(zone, (unsigned int)at, start_mt, false, can_steal);
		if (fallback_mt != -1)
			break;
	}
	if (fallback_mt == -1)
		return -1;
	if (!*can_steal && start_mt == MIGRATE_MOVABLE && at > (int)order)
		for (at = (int)order;; at++) {
			fallback_mt = find_suitable_fallback(zone, (unsigned int)at, start_mt,
							     false, can_steal);
			if (fallback_mt != -1)
				break;
		}
	*take_order = at;
	return fallback_mt;
}

/**
 * rmqueue_fallback() - moves a block of another type to the lists of type @start_mt.
 * Return: true if the request should look again, which will then succeed.
 */
bool rmqueue_fallback(struct zone *zone, unsigned int order, int start_mt, unsigned int alloc_flags)
{
	const struct page_state *ps = zone_state(zone);
	int fallback_mt, take_order;
	struct page *page;
	bool can_steal;

	fallback_mt = find_fallback(zone, order, start_mt, alloc_flags, &take_order, &can_steal);
	if (fallback_mt == -1)
		return false;
	page = list_first_entry(&zone->free_area[take_order].free_list[fallback_mt], struct page,
				buddy_list);
	steal_suitable_fallback(zone, page, alloc_flags, start_mt, can_steal);
	if (unlikely(ps->hooks & HOOK_TRACE) && ps->trace->extfrag)
		ps->trace->extfrag(ps->trace->ctx, page, order, take_order, start_mt, fallback_mt);
	return true;
}

/**
 * reserve_highatomic_pageblock() - sets the page block of @page aside for high-order atomic use.
 * No more than 1 % of the zone, at least one block.
 */
void reserve_highatomic_pageblock(struct page *page, struct zone *zone)
{
	struct page_state *ps = zone_state(zone);
	unsigned long block = 1ul << zone->pageblock_order;
	unsigned long max = zone_managed_pages(zone) / 100 + block;
	unsigned long pfn = ps_pfn(ps, page);
	int mt;

	if (READ_ONCE(zone->nr_reserved_highatomic) >= max)
		return;
	quire_lock(zone_lock(zone));
	mt = pfn_block_type(ps, pfn);
	if (zone->nr_reserved_highatomic < max && mt < MIGRATE_HIGHATOMIC) {
		stat_add(zone->nr_reserved_highatomic, block);
		set_pfn_block_type(ps, pfn, MIGRATE_HIGHATOMIC);
		move_freepages_block(zone, page, MIGRATE_HIGHATOMIC, NULL);
		zone_update_fast(zone);
	}
	quire_unlock(zone_lock(zone));
}

/* Gives one block of @zone's reserve back to @mt. Context: zone lock. */
static bool unreserve_one(struct zone *zone, int mt)
{
	struct page_state *ps = zone_state(zone);
	unsigned long block = 1ul << zone->pageblock_order;
	u32 orders;

	/* A block that the zone's end cuts is not moved; it must not hide what comes after. */
	for (orders = zone->free_orders[MIGRATE_HIGHATOMIC]; orders; orders &= orders - 1) {
		struct free_area *area = &zone->free_area[__builtin_ctz(orders)];
		struct page *page = list_first_entry(&area->free_list[MIGRATE_HIGHATOMIC],
						     struct page, buddy_list);

		if (pfn_block_type(ps, ps_pfn(ps, page)) == MIGRATE_HIGHATOMIC)
			stat_add(zone->nr_reserved_highatomic,
				 -min(block, zone->nr_reserved_highatomic));
		zone_update_fast(zone);
		set_pfn_block_type(ps, ps_pfn(ps, page), mt);
		if (move_freepages_block(zone, page, mt, NULL))
			return true;
	}
	return false;
}

/**
 * unreserve_highatomic_pageblock() - gives back a reserved block when others go short.
 * @force: even a zone's last one
 * Return: true if pages were moved to the lists of the request's type.
 */
bool unreserve_highatomic_pageblock(const struct alloc_context *ac, bool force)
{
	const struct zoneref *z;

	for_each_zoneref (z, ac->zonelist, ac->highest_zoneidx, ac->nodemask) {
		struct zone *zone = z->zone;
		bool done;

		if (!force &&
		    READ_ONCE(zone->nr_reserved_highatomic) <= 1ul << zone->pageblock_order)
			continue;
		quire_lock(zone_lock(zone));
		done = unreserve_one(zone, ac->migratetype);
		quire_unlock(zone_lock(zone));
		if (done)
			return true;
	}
	return false;
}
