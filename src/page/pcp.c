/* SPDX-License-Identifier: MIT */
/*
 * page/pcp.c - per-CPU lists: how most pages come and go without the zone lock.
 *
 *	alloc <- head [ list of (order, type) ] tail <- refill (rmqueue_bulk)
 *	free  -> head [                       ] tail -> drain (merge, free lists)
 *
 * Theory
 *  1. Each CPU keeps, per zone, one list for each order 0..3 and each of three
 *     migrate types, and two for huge pages (movable or not). A page freed last is allocated
 *     first: it is likely in the cache.
 *  2. An empty list is refilled with max(batch >> order, 2) blocks under one
 *     zone lock, added at the tail in the order taken, so that pages come out
 *     in ascending order where the free lists had them so.
 *  3. When count reaches high, a drain gives back pages from the tails (the
 *     coldest), starting with the list that was freed to and going round.
 *     batch << free_factor of them: frees in a row drain ever more at a time,
 *     each allocation halves the factor.
 *  4. high is 0 at boot (every free drains one batch), low watermark / CPUs
 *     later; 4 * batch at most while the zone is under reclaim.
 *  5. A free of order 1..3 while free_factor is set drains everything: such
 *     frees come in bursts and the blocks are worth merging.
 *  6. Blocks in a row on a list that are buddies all through merge to one block
 *     in the end, since each block's buddy is among them until the
 *     last: so they are freed as that one. What the lists hold at the end is the
 *     same as if they had been freed one by one.
 *
 * Locking: the lists are the CPU's own; owner_lock keeps out the rare remote
 * drain without a locked instruction on the owner's side. A free that finds the
 * lock taken by its own CPU (an interrupt's free in Linux) goes straight to the
 * free lists.
 *
 * Invariants
 *  P1 count is the number of pages on all lists
 *  P2 a page on a list has no reference and index = the type it was freed as
 *
 * Sources: behaviour of Linux 6.1 (mm/page_alloc.c); M. Gorman's series "Allow
 * high-order pages on the per-CPU lists" (2021) and "Drain remote per-cpu
 * directly" (2022), as described on LWN.
 */
#include "page/internal.h"

#define PCP_BATCH_SCALE_MAX 5

/* Takes up to @count blocks from the free lists to @list's tail. Return: how many. */
static unsigned int rmqueue_bulk(struct zone *zone, unsigned int order, unsigned int count,
				 struct list_head *list, int mt, unsigned int alloc_flags)
{
	unsigned int taken = 0, cma = 0;

	quire_lock(zone_lock(zone));
	if (likely(!(zone_state(zone)->hooks & HOOK_TRACE) && !zone->cma_pages))
		taken = rmqueue_run(zone, order, mt, count, list);
	for (; taken < count; taken++) {
		struct page *page = rmqueue_locked(zone, order, mt, alloc_flags);

		if (unlikely(!page))
			break;
		list_add_tail(&page->pcp_list, list);
		cma += page->index == MIGRATE_CMA;
	}
	zone_stat_add(zone, NR_FREE_PAGES, -(long)(taken << order));
	if (unlikely(cma))
		zone_stat_add(zone, NR_FREE_CMA_PAGES, -(long)(cma << order));
	quire_unlock(zone_lock(zone));
	return taken;
}

/**
 * rmqueue_pcp_locked() - takes the head of @list, refilled if empty.
 * Context: the lists' lock held. Return: NULL when the zone has none.
 */
struct page *rmqueue_pcp_locked(struct zone *zone, unsigned int order, int mt,
				unsigned int alloc_flags, struct per_cpu_pages *pcp,
				struct list_head *list)
{
	struct page *page;

	if (list_empty(list)) {
		int batch = READ_ONCE(pcp->batch);

		/* A batch of 1 means no batching: small zones, boot. */
		if (batch > 1) {
			batch >>= order;
			if (batch < 2)
				batch = 2;
		}
		stat_add(pcp->count,
			 (int)(rmqueue_bulk(zone, order, (unsigned int)batch, list, mt, alloc_flags)
			       << order));
		if (unlikely(list_empty(list)))
			return NULL;
	}
	page = list_first_entry(list, struct page, pcp_list);
	list_del(&page->pcp_list);
	stat_add(pcp->count, -(1 << order));
	return page;
}

/** rmqueue_pcplist() - rmqueue_pcp_locked() with the lock taken; NULL too if it cannot be had. */
struct page *rmqueue_pcplist(struct zone *zone, unsigned int order, int mt,
			     unsigned int alloc_flags)
{
	struct pcp_slot *slot = zone_pcp_slot(zone, quire_this_cpu->id);
	struct page *page;

	if (unlikely(!owner_trylock(&slot->lock)))
		return NULL;
	slot->pcp.free_factor >>= 1;
	page = rmqueue_pcp_locked(zone, order, mt, alloc_flags, &slot->pcp,
				  &slot->pcp.lists[order_to_pindex(mt, order)]);
	owner_unlock(&slot->lock);
	return page;
}

/**
 * struct drain - a drain under way.
 * @diff: this CPU's difference of NR_FREE_PAGES, and @folded, what passed its threshold: added
 *	page by page as Linux adds them, so that the total changes at the same pages
 * @isolated: types of page blocks must be looked up again
 * @runs: runs may be taken as one
 */
struct drain {
	struct zone *zone;
	const struct page_state *ps;
	struct per_cpu_pages *pcp;
	bool isolated, runs;
	long diff, folded, limit;
};

static void drain_begin(struct drain *d)
{
	const struct per_cpu_pages *mine = quire_zone_pcp(d->zone, quire_this_cpu->id);

	d->isolated = d->zone->nr_isolate_pageblock != 0;
	d->runs = !d->isolated && !(d->ps->hooks & HOOK_TRACE);
	d->diff = mine->vm_stat_diff[NR_FREE_PAGES];
	d->limit = mine->stat_threshold;
}

static void drain_end(struct drain *d)
{
	struct per_cpu_pages *mine = quire_zone_pcp(d->zone, quire_this_cpu->id);

	WRITE_ONCE(mine->vm_stat_diff[NR_FREE_PAGES], (signed char)d->diff);
	if (d->folded)
		__atomic_fetch_add(&d->zone->vm_stat[NR_FREE_PAGES].counter, d->folded,
				   __ATOMIC_RELAXED);
}

static inline void drain_count(struct drain *d, long nr_pages, int mt)
{
	if (unlikely(mt == MIGRATE_ISOLATE))
		return;
	d->diff += nr_pages;
	if (d->diff > d->limit) {
		d->folded += d->diff;
		d->diff = 0;
	}
	if (unlikely(mt == MIGRATE_CMA))
		zone_stat_add(d->zone, NR_FREE_CMA_PAGES, nr_pages);
}

/* As free_parts() of buddy.c. */
static void __attribute__((noinline))
drain_parts(struct drain *d, unsigned long pfn, unsigned int order)
{
	unsigned int part = min(order, d->ps->pageblock_order);
	unsigned long end = pfn + (1ul << order);

	for (; pfn < end; pfn += 1ul << part) {
		int mt = pfn_block_type(d->ps, pfn);

		drain_count(d, 1l << part, mt);
		merge_block(d->zone, d->ps, d->ps->mem_map + pfn, pfn, part, mt, FPI_NONE);
	}
}

/* One block off the tail of @list, to the free lists. */
static inline void drain_block(struct drain *d, struct list_head *list, unsigned int order)
{
	struct page *page = list_last_entry(list, struct page, pcp_list);
	const struct page_state *ps = d->ps;
	unsigned long pfn = ps_pfn(ps, page);
	int mt = (int)page->index;

	list_del(&page->pcp_list);
	if (unlikely(d->isolated)) {
		mt = pfn_block_type(ps, pfn);
		drain_parts(d, pfn, order);
	} else {
		drain_count(d, 1l << order, mt);
		merge_block(d->zone, ps, page, pfn, order, mt, FPI_NONE);
	}
	if (unlikely(ps->hooks & HOOK_TRACE) && ps->trace->drain)
		ps->trace->drain(ps->trace->ctx, page, order, mt);
}

/*
 * Blocks at the tail of @list that are one aligned block together (theory, 6), @most at most.
 * @last: gets the entry of the last one; @first_page: the lowest page.
 * Return: log2 of how many.
 */
static unsigned int tail_run(const struct drain *d, struct list_head *list, unsigned int order,
			     unsigned int most, struct list_head **last, struct page **first_page)
{
	struct page *page = list_last_entry(list, struct page, pcp_list), *at = page;
	const unsigned long pfn = ps_pfn(d->ps, page) >> order, mt = page->index;
	const bool down = pfn & 1;
	const long step = down ? -(1l << order) : 1l << order;
	const unsigned int whole = max(d->zone->pageblock_order, order) - order;
	unsigned int limit = (unsigned int)__builtin_ctzl((down ? ~pfn : pfn) | 1ul << whole);
	unsigned int run = 0, n = 1;

	*last = &page->pcp_list;
	*first_page = page;
	while (run < limit && 2u << run <= most) {
		struct list_head *entry = &at->pcp_list;

		for (; n < 2u << run; n++) {
			entry = at->pcp_list.prev;
			at += step;
			if (entry != &at->pcp_list || at->index != mt)
				return run;
		}
		run++;
		*last = entry;
		*first_page = down ? at : page;
	}
	return run;
}

/* A run off the tail of @list, freed as the one block it merges to. Return: its blocks. */
static int drain_run(struct drain *d, struct list_head *list, unsigned int order, int most)
{
	struct list_head *last, *left;
	struct page *page;
	unsigned int run = tail_run(d, list, order, (unsigned int)most, &last, &page);
	int mt = (int)page->index, i;

	left = last->prev;
	list->prev = left;
	left->next = list;
	for (i = 0; i < 1 << run; i++)
		drain_count(d, 1l << order, mt);
	merge_block(d->zone, d->ps, page, ps_pfn(d->ps, page), order + run, mt, FPI_NONE);
	return 1 << run;
}

static inline bool run_begins(const struct list_head *list, unsigned int order)
{
	const struct page *last = list_last_entry(list, struct page, pcp_list);
	const struct list_head *before = last->pcp_list.prev;

	return before == &(last + (1l << order))->pcp_list ||
	       before == &(last - (1l << order))->pcp_list;
}

/* Gives back the tail of lists[pindex] until @count pages are done. Return: pages still to do. */
static int drain_list(struct drain *d, unsigned int pindex, int count)
{
	struct list_head *list = &d->pcp->lists[pindex];
	unsigned int order = pindex_to_order(d->zone, pindex);

	do {
		int blocks = 1;

		if (d->runs && run_begins(list, order))
			blocks = drain_run(d, list, order, (count + (1 << order) - 1) >> order);
		else
			drain_block(d, list, order);
		count -= blocks << order;
		stat_add(d->pcp->count, -(blocks << order));
	} while (count > 0 && !list_empty(list));
	return count;
}

/**
 * free_pcppages_bulk() - gives back @count pages, lists in turn from @pindex on, each as far
 * as needed. Context: the lists' lock.
 */
void free_pcppages_bulk(struct zone *zone, int count, struct per_cpu_pages *pcp,
			unsigned int pindex)
{
	struct drain d = { .zone = zone, .ps = zone_state(zone), .pcp = pcp };

	if (count > pcp->count)
		count = pcp->count;
	quire_lock(zone_lock(zone));
	drain_begin(&d);
	while (count > 0) {
		if (!list_empty(&pcp->lists[pindex]))
			count = drain_list(&d, pindex, count);
		if (++pindex == NR_PCP_LISTS)
			pindex = 0;
	}
	drain_end(&d);
	quire_unlock(zone_lock(zone));
}

static int pcp_high(const struct zone *zone, const struct per_cpu_pages *pcp, bool free_high)
{
	int high = READ_ONCE(pcp->high);

	if (unlikely(!high || free_high))
		return 0;
	if (likely(!(READ_ONCE(zone->flags) & 1ul << ZONE_RECLAIM_ACTIVE)))
		return high;
	return min(READ_ONCE(pcp->batch) << 2, high);
}

/* How many pages to give back (theory, 3), and the factor's growth. */
static int pcp_nr_free(struct per_cpu_pages *pcp, int high, bool free_high)
{
	int batch = READ_ONCE(pcp->batch), least = batch, most;

	if (unlikely(free_high))
		return pcp->count;
	if (unlikely(high < batch))
		return 1;
	most = high - batch;
	batch <<= pcp->free_factor;
	if (batch <= most && pcp->free_factor < PCP_BATCH_SCALE_MAX)
		pcp->free_factor++;
	if (batch > most)
		batch = most;
	return batch < least ? least : batch;
}

/* The list is full: give some back. */
static void __attribute__((noinline)) pcp_overflow(struct zone *zone, struct per_cpu_pages *pcp,
						   unsigned int pindex, int high, bool free_high)
{
	free_pcppages_bulk(zone, pcp_nr_free(pcp, high, free_high), pcp, pindex);
}

/**
 * free_unref_commit() - a prepared page to the head of its list; drains when full.
 * Context: the lists' lock held.
 */
void free_unref_commit(struct zone *zone, struct per_cpu_pages *pcp, struct page *page, int mt,
		       unsigned int order)
{
	unsigned int pindex = order_to_pindex(mt, order);
	bool free_high;
	int high;

	list_add(&page->pcp_list, &pcp->lists[pindex]);
	stat_add(pcp->count, 1 << order);
	free_high = pcp->free_factor && order && order <= PAGE_ALLOC_COSTLY_ORDER;
	high = pcp_high(zone, pcp, free_high);
	if (unlikely(pcp->count >= high))
		pcp_overflow(zone, pcp, pindex, high, free_high);
}

/* Drains all of one CPU's lists of @zone. Context: the lists' lock held. */
static void drain_slot(struct zone *zone, struct pcp_slot *slot)
{
	if (slot->pcp.count)
		free_pcppages_bulk(zone, slot->pcp.count, &slot->pcp, 0);
}

/** drain_zone_cpu() - empties @cpu's lists of @zone, from any CPU. */
static void drain_zone_cpu(struct zone *zone, unsigned int cpu)
{
	const struct quire_machine *m = zone_state(zone)->machine;
	struct pcp_slot *slot = zone_pcp_slot(zone, cpu);

	if (cpu == quire_this_cpu->id) {
		if (!owner_trylock(&slot->lock))
			return;
		drain_slot(zone, slot);
		owner_unlock(&slot->lock);
		return;
	}
	/* In a deterministic machine owner and remote are one thread: no barrier. */
	owner_lock_remote(&slot->lock, m->config.deterministic ? NULL : m->port);
	drain_slot(zone, slot);
	owner_unlock_remote(&slot->lock);
}

static void drain_cpus(struct zone *zone, unsigned int first, unsigned int end)
{
	const struct page_state *ps = this_page_state();
	unsigned int cpu, i;

	for (cpu = first; cpu < end; cpu++)
		for (i = 0; i < ps->nr_zones; i++)
			if (!zone || ps->zone_list[i] == zone)
				drain_zone_cpu(ps->zone_list[i], cpu);
}

void drain_all_pages(struct zone *zone)
{
	drain_cpus(zone, 0, this_page_state()->nr_cpus);
}

void drain_local_pages(struct zone *zone)
{
	drain_cpus(zone, quire_this_cpu->id, quire_this_cpu->id + 1);
}
