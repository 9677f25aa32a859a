/* SPDX-License-Identifier: MIT */
/*
 * page/pcp.c - per-CPU lists: how most pages come and go without the zone lock.
 *
 *	alloc <- top [ list of (order, type) ] bottom <- refill (rmqueue_bulk)
 *	free  -> top [                       ] bottom -> drain (merge, free lists)
 *
 * Theory
 *  1. Each CPU keeps, per zone, one list for each order 0..3 and each of three
 *     migrate types, and two for huge pages (movable or not). A page freed last is allocated
 *     first: it is likely in the cache. A list is an array of entries, see pcp_list.h.
 *  2. An empty list is refilled with max(batch >> order, 2) blocks under one
 *     zone lock, in the order taken, so that pages come out
 *     in ascending order where the free lists had them so.
 *  3. When count reaches high, a drain gives back pages from the bottoms (the
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
 *  7. The fast paths (alloc.c, free.c) count their allocations list by list and nothing
 *     else but count; every other change of count is added to pcp_slot.moved, so
 *     that readers can tell how much the fast frees brought (vmstat.c).
 *  8. Huge pages come and go one by one: more than a dozen are beyond high, so a
 *     program that uses some refills and drains all the time. put_huge() is for that.
 *
 * Locking: the lists are the CPU's own; owner_lock keeps out the rare remote
 * drain without a locked instruction on the owner's side. A free that finds the
 * lock taken by its own CPU (an interrupt's free in Linux) goes straight to the
 * free lists.
 *
 * Invariants
 *  P1 count is the number of pages on all lists
 *  P2 a page on a list has no reference; its entry says the type it was freed as
 *
 * Sources: behaviour of Linux 6.1 (mm/page_alloc.c); M. Gorman's series "Allow
 * high-order pages on the per-CPU lists" (2021) and "Drain remote per-cpu
 * directly" (2022), as described on LWN.
 */
#include "page/buddy.h"
#include "page/pcp_refill.h"

#define PCP_BATCH_SCALE_MAX 5

/* How many blocks ahead of a drain memory is asked for, first and second time (merge_ahead()). */
#define FAR  16
#define NEAR 8

/**
 * rmqueue_pcp_locked() - takes the top of the list of @order and @mt, refilled if empty.
 * Context: the lists' lock held. Return: NULL when the zone has none.
 */
struct page *rmqueue_pcp_locked(struct zone *zone, unsigned int order, int mt,
				unsigned int alloc_flags, struct per_cpu_pages *pcp)
{
	struct quire_pcp_list *list = &pcp->lists[order_to_pindex(mt, order)];
	struct page *page;

	if (quire_pcp_list_empty(list) && !pcp_refill(zone, order, mt, alloc_flags, pcp, list))
		return NULL;
	pcp_move(pcp, -(1 << order));
	mt = pcp_entry_type(*list->top);
	page = pcp_list_pop(list);
	page->index = (pgoff_t)mt; /* replays tell users of pages apart by it */
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
	page = rmqueue_pcp_locked(zone, order, mt, alloc_flags, &slot->pcp);
	owner_unlock(&slot->lock);
	return page;
}

/**
 * struct drain - a drain under way.
 * @diff: this CPU's difference of NR_FREE_PAGES, and @folded, what passed its threshold: added
 *	page by page as Linux adds them, so that the total changes at the same pages
 * @isolated: types of page blocks must be looked up again
 * @runs: runs may be taken as one
 * @room: pcp_slot.list_pages
 */
struct drain {
	struct zone *zone;
	const struct page_state *ps;
	struct per_cpu_pages *pcp;
	bool isolated, runs;
	unsigned int room;
	long diff, folded, limit;
};

static void drain_begin(struct drain *d)
{
	const struct per_cpu_pages *mine = quire_zone_pcp(d->zone, quire_this_cpu->id);

	d->isolated = d->zone->nr_isolate_pageblock != 0;
	d->runs = !d->isolated && !(d->ps->hooks & HOOK_TRACE);
	d->diff = mine->vm_stat_diff[NR_FREE_PAGES];
	d->limit = mine->stat_threshold;
	d->room = pcp_list_pages(d->pcp);
}

static void drain_end(struct drain *d)
{
	struct per_cpu_pages *mine = quire_zone_pcp(d->zone, quire_this_cpu->id);

	WRITE_ONCE(mine->vm_stat_diff[NR_FREE_PAGES], (signed char)d->diff);
	if (d->folded)
		stat_add(d->zone->vm_stat[NR_FREE_PAGES].counter, d->folded);
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

/* One block, off its list already, to the free lists. */
static inline void drain_block(struct drain *d, unsigned long entry, unsigned int order)
{
	struct page *page = quire_pcp_page(entry);
	const struct page_state *ps = d->ps;
	unsigned long pfn = ps_pfn(ps, page);
	int mt = pcp_entry_type(entry);

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
 * The entries up to @last that are one aligned block together (theory, 6), @most at most; a
 * neighbour in memory of the same type is an entry that differs by a block's struct pages.
 * @entry: gets that of the lowest page. Return: log2 of how many.
 */
static unsigned int last_run(const struct drain *d, const unsigned long *last, unsigned int order,
			     unsigned int most, unsigned long *entry)
{
	const unsigned long pfn = ps_pfn(d->ps, quire_pcp_page(*last)) >> order;
	const bool down = pfn & 1;
	const unsigned long block = sizeof(struct page) << order, step = down ? -block : block;
	const unsigned int whole = max(d->zone->pageblock_order, order) - order;
	unsigned int limit = (unsigned int)__builtin_ctzl((down ? ~pfn : pfn) | 1ul << whole);
	unsigned long n = 1;
	unsigned int run = 0;

	while (run < limit && 2u << run <= most) {
		/* The word above the top is no entry, but is not read: @most is what is there. */
		for (; n < 2u << run; n++)
			if (last[-(long)n] != *last + n * step)
				goto out;
		run++;
	}
out:
	*entry = down ? *last - (((1ul << run) - 1) * block) : *last;
	return run;
}

/* A run that ends at @last, freed as the one block it merges to. Return: its blocks. */
static unsigned int drain_run(struct drain *d, const unsigned long *last, unsigned int order,
			      unsigned int most)
{
	unsigned long entry;
	unsigned int run = last_run(d, last, order, most, &entry), i;
	struct page *page = quire_pcp_page(entry);
	int mt = pcp_entry_type(entry);

	for (i = 0; i < 1u << run; i++)
		drain_count(d, 1l << order, mt);
	merge_block(d->zone, d->ps, page, ps_pfn(d->ps, page), order + run, mt, FPI_NONE);
	return 1u << run;
}

static inline bool run_begins(const unsigned long *last, unsigned int order)
{
	const unsigned long block = sizeof(struct page) << order;

	return last[-1] == *last + block || last[-1] == *last - block;
}

/* Gives back the bottom of lists[pindex] until @count pages are done. Return: pages still to do. */
static int drain_list(struct drain *d, unsigned int pindex, int count)
{
	struct quire_pcp_list *list = &d->pcp->lists[pindex];
	const unsigned int order = pindex_to_order(d->zone, pindex);
	const unsigned int length = (unsigned int)pcp_list_length(list);
	const unsigned int most = min(length, ((unsigned int)count + (1u << order) - 1) >> order);
	const unsigned long *last = list->bottom - 1;
	unsigned int left = most;

	while (left) {
		unsigned int blocks = 1;

		if (d->runs && left > 1 && run_begins(last, order)) {
			blocks = drain_run(d, last, order, left);
		} else {
			if (left > FAR)
				merge_ahead(d->ps, quire_pcp_page(last[-FAR]), order, true);
			if (left > NEAR)
				merge_ahead(d->ps, quire_pcp_page(last[-NEAR]), order, false);
			drain_block(d, *last, order);
		}
		last -= blocks;
		left -= blocks;
	}
	pcp_list_cut(list, most, pcp_room(d->room, order));
	pcp_move(d->pcp, -(int)(most << order));
	return count - (int)(most << order);
}

/* Any drain. Context: the lists' lock and the zone's. */
static void __attribute__((noinline))
drain_lists(struct zone *zone, int count, struct per_cpu_pages *pcp, unsigned int pindex)
{
	struct drain d = { .zone = zone, .ps = zone_state(zone), .pcp = pcp };

	if (count > pcp->count)
		count = pcp->count;
	drain_begin(&d);
	while (count > 0) {
		if (!quire_pcp_list_empty(&pcp->lists[pindex]))
			count = drain_list(&d, pindex, count);
		if (++pindex == NR_PCP_LISTS)
			pindex = 0;
	}
	drain_end(&d);
}

/**
 * free_pcppages_bulk() - gives back @count pages, lists in turn from @pindex on, each as far
 * as needed. Context: the lists' lock.
 */
void free_pcppages_bulk(struct zone *zone, int count, struct per_cpu_pages *pcp,
			unsigned int pindex)
{
	quire_lock(zone_lock(zone));
	drain_lists(zone, count, pcp, pindex);
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

/* A block of @order came to lists[@pindex]: a drain, if there are too many now. */
static void __attribute__((noinline))
pcp_overflow(struct zone *zone, struct per_cpu_pages *pcp, unsigned int pindex, unsigned int order)
{
	bool free_high = pcp->free_factor && order && order <= PAGE_ALLOC_COSTLY_ORDER;
	int high = pcp_high(zone, pcp, free_high);

	if (pcp->count >= high)
		free_pcppages_bulk(zone, pcp_nr_free(pcp, high, free_high), pcp, pindex);
}

/*
 * pcp_overflow() for a huge page, when count would reach high: nearly always one of them goes,
 * that at the bottom. As count is the same then, it is not touched.
 */
static inline void put_huge(struct pcp_slot *slot, struct quire_pcp_list *list, unsigned int order)
{
	struct per_cpu_pages *pcp = &slot->pcp;
	struct zone *zone = slot->zone;
	const int pages = 1 << order, nr = pcp_nr_free(pcp, READ_ONCE(slot->high_now), false);
	const unsigned long entry = list->bottom[-1];
	const int mt = pcp_entry_type(entry);
	struct page *page = quire_pcp_page(entry);
	const struct page_state *ps = zone_state(zone);

	/* Whether blocks are isolated is said under this lock alone. */
	quire_lock(zone_lock(zone));
	if (unlikely(nr > pages || !is_migrate_pcptype(mt) || zone->nr_isolate_pageblock)) {
		WRITE_ONCE(pcp->count, pcp->count + pages);
		drain_lists(zone, nr, pcp, (unsigned int)(list - pcp->lists));
	} else {
		pcp_list_cut(list, 1, pcp_room(slot->list_pages, order));
		stat_add(slot->moved, -pages);
		free_pages_add_mine(zone, pcp, pages);
		merge_free(zone, ps, page, ps_pfn(ps, page), order, mt, FPI_NONE);
	}
	quire_unlock(zone_lock(zone));
}

/**
 * pcp_put_crowded() - a plain page's block of @order by its @entry to the top of @list of @slot,
 * this CPU's, where the fast path found no room: the list will be full and is drained, frees
 * of its order come in a row, or something asks for attention. It counts as a fast free
 * (theory, 7). Context: the lists' lock, given back here.
 */
void pcp_put_crowded(struct pcp_slot *slot, unsigned long entry, struct quire_pcp_list *list,
		     unsigned int order)
{
	struct per_cpu_pages *pcp = &slot->pcp;
	struct page *page = quire_pcp_page(entry);

	if (unlikely(!READ_ONCE(slot->high_now)) && READ_ONCE(*this_page_cpu()->attention)) {
		owner_unlock(&slot->lock);
		free_full(page, order);
		return;
	}
	WRITE_ONCE(page->_refcount.counter, 0);
	pcp_list_push(list, entry);
	if (order > PAGE_ALLOC_COSTLY_ORDER) {
		put_huge(slot, list, order);
	} else {
		WRITE_ONCE(pcp->count, pcp->count + (1 << order));
		pcp_overflow(slot->zone, pcp, (unsigned int)(list - pcp->lists), order);
	}
	owner_unlock(&slot->lock);
}

/**
 * free_unref_commit() - a prepared page to the top of its list; drains when full.
 * @freed_mt: the type of its page block, which may have no list of its own
 * Context: the lists' lock held.
 */
void free_unref_commit(struct zone *zone, struct per_cpu_pages *pcp, struct page *page,
		       int freed_mt, unsigned int order)
{
	int mt = is_migrate_pcptype(freed_mt) ? freed_mt : MIGRATE_MOVABLE;
	unsigned int pindex = order_to_pindex(mt, order);

	QUIRE_DEBUG_ASSERT(pcp_list_length(&pcp->lists[pindex]) <
				   pcp_room(pcp_list_pages(pcp), order),
			   "L2: room for one block more");
	pcp_list_push(&pcp->lists[pindex], pcp_entry(page, freed_mt));
	pcp_move(pcp, 1 << order);
	pcp_overflow(zone, pcp, pindex, order);
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
