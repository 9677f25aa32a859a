/* SPDX-License-Identifier: MIT */
/*
 * page/pcp_refill.h - blocks from the free lists to a per-CPU list that is empty (pcp.c, theory
 * 2), in line: the callers have the registers for it already, and every eighth allocation of huge
 * pages refills.
 *
 * Sources: pcp.c.
 */
#ifndef QUIRE_PAGE_PCP_REFILL_H
#define QUIRE_PAGE_PCP_REFILL_H

#include "page/buddy.h"
#include "page/pcp_list.h"

/*
 * Up to @count blocks of @order and type @mt as entries of a list: the smallest block there is,
 * halved until it is no larger than what is wanted, and again. The same blocks in the same order
 * as @count calls of rmqueue_smallest() give, without its tracepoint. They will be asked for
 * soon, so their struct pages are. Context: zone lock. Return: how many.
 */
static inline unsigned int rmqueue_run(struct zone *zone, unsigned int order, int mt,
				       unsigned int count, unsigned long *entries)
{
	const unsigned long block = sizeof(struct page) << order;
	unsigned long *at = entries, *end = entries + count;
	u32 orders;

	while (at < end && (orders = zone->free_orders[mt] >> order) != 0) {
		unsigned int above = (unsigned int)__builtin_ctz(orders), run;
		unsigned long entry = pcp_entry(take_first(zone, order + above, mt), mt), *stop;

		*at++ = entry;
		if (!above)
			continue;
		run = 31u - (unsigned int)__builtin_clz((unsigned int)(end - at) + 1);
		run = min(run, above);
		give_halves(zone, quire_pcp_page(entry), order + run, order + above, mt);
		for (stop = at + (1u << run) - 1; at < stop; *at++ = entry) {
			entry += block;
			__builtin_prefetch((const void *)entry, 1);
		}
	}
	return (unsigned int)(at - entries);
}

/* Takes up to @count blocks from the free lists to @entries. Return: how many. */
static inline unsigned int rmqueue_bulk(struct zone *zone, struct per_cpu_pages *mine,
					unsigned int order, unsigned int count,
					unsigned long *entries, int mt, unsigned int alloc_flags)
{
	unsigned int taken = 0, cma = 0;

	quire_lock(zone_lock(zone));
	if (likely(!(zone_state(zone)->hooks & HOOK_TRACE) && !zone->cma_pages))
		taken = rmqueue_run(zone, order, mt, count, entries);
	for (; unlikely(taken < count); taken++) {
		struct page *page = rmqueue_locked(zone, order, mt, alloc_flags);

		if (unlikely(!page))
			break;
		entries[taken] = pcp_entry(page, (int)page->index);
		cma += page->index == MIGRATE_CMA;
	}
	free_pages_add_mine(zone, mine, -(long)(taken << order));
	if (unlikely(cma))
		zone_stat_add(zone, NR_FREE_CMA_PAGES, -(long)(cma << order));
	quire_unlock(zone_lock(zone));
	return taken;
}

/**
 * pcp_refill() - blocks from the free lists to @list, the empty one of @order and @mt in @pcp,
 * which is this CPU's.
 * Context: the lists' lock held. Return: false when the zone has none.
 */
static inline bool pcp_refill(struct zone *zone, unsigned int order, int mt,
			      unsigned int alloc_flags, struct per_cpu_pages *pcp,
			      struct quire_pcp_list *list)
{
	unsigned int batch = (unsigned int)READ_ONCE(pcp->batch), taken;
	unsigned long *top;

	/* A batch of 1 means no batching: small zones, boot. */
	if (batch > 1) {
		batch >>= order;
		if (batch < 2)
			batch = 2;
	}
	top = list->end - batch;
	taken = rmqueue_bulk(zone, pcp, order, batch, top, mt, alloc_flags);
	list->top = top;
	list->bottom = top + taken;
	top[taken] = 0;
	pcp_move(pcp, (int)(taken << order));
	return taken;
}

#endif /* QUIRE_PAGE_PCP_REFILL_H */
