/* SPDX-License-Identifier: MIT */
/*
 * page/bulk.c - many single pages in one call.
 *
 * 1. One zone is chosen for all: the first of the list that keeps its low mark
 *    after giving as many as the array holds, filled entries included. If none
 *    does, a single page is allocated the ordinary way, which may wait.
 * 2. The pages come from the CPU's list under one lock; counters are changed
 *    once. The last page of a request for one goes the ordinary way too.
 *    While nobody watches, a whole run leaves the list at once. If the list has
 *    them all and the zone that a single request would look at first is above its limit
 *    by as many, no zone is looked for (bulk_fast()).
 * 3. As in Linux 6.1 there is no tracepoint for these pages.
 *
 * Fault points: PAGE_BULK, before each page from a list; PAGE_ALLOC for the single one.
 * Source: behaviour of Linux 6.1 (__alloc_pages_bulk).
 */
#include "page/extras.h"
#include "page/pcp_list.h"

/* The first zone that passes low + @nr; NULL: none, or leaving the node would be needed. */
static struct zone *bulk_zone(const struct page_state *ps, gfp_t gfp, unsigned int alloc_flags,
			      const struct alloc_context *ac, int nr)
{
	const struct zoneref *z;

	for_each_zoneref (z, ac->preferred, ac->highest_zoneidx, ac->nodemask) {
		struct zone *zone = z->zone;
		unsigned long mark;

		if (ps->nr_nodes > 1 && zone != ac->preferred->zone &&
		    zone->zone_pgdat != ac->preferred->zone->zone_pgdat)
			return NULL;
		mark = wmark_pages(zone, (enum zone_watermarks)(alloc_flags & ALLOC_WMARK_MASK)) +
		       (unsigned long)nr;
		if (zone_watermark_fast(zone, 0, mark, (int)ac->highest_zoneidx, alloc_flags, gfp))
			return zone;
	}
	return NULL;
}

/**
 * struct bulk - a request under way.
 * @array: results go to its NULL entries from @at on; NULL: to @list
 * @fresh: all entries of @array count as NULL
 * @at: the first NULL entry of the array; or as @taken
 * @taken: pages got so far
 */
struct bulk {
	struct page **array;
	struct list_head *list;
	int at, nr, taken;
	bool fresh;
};

static inline void skip_filled(struct bulk *b)
{
	while (b->array && !b->fresh && b->at < b->nr && b->array[b->at])
		b->at++;
}

static inline void put_result(struct bulk *b, struct page *page)
{
	if (b->array)
		b->array[b->at] = page;
	else
		list_add(&page->lru, b->list);
	b->at++;
	b->taken++;
	skip_filled(b);
}

/* Pages from @entry on to the array. Return: the entry behind the last one taken. */
static unsigned long *fill_array(struct bulk *b, unsigned long *entry, const unsigned long *bottom)
{
	struct page **array = b->array;
	int at = b->at, nr = b->nr, taken = b->taken;

	for (; entry != bottom && at < nr; taken++) {
		array[at++] = set_new_page(*entry++);
		while (at < nr && unlikely(array[at]))
			at++;
	}
	b->at = at;
	b->taken = taken;
	return entry;
}

/* fill_array() of a fresh one. */
static unsigned long *fill_fresh(struct bulk *b, unsigned long *entry, const unsigned long *bottom)
{
	struct page **array = b->array + b->at;
	const long n = min((long)(bottom - entry), (long)(b->nr - b->at));
	long i;

	for (i = 0; i < n; i++)
		array[i] = set_new_page(entry[i]);
	b->at += (int)n;
	b->taken += (int)n;
	return entry + n;
}

static unsigned long *fill_list(struct bulk *b, unsigned long *entry, const unsigned long *bottom)
{
	while (entry != bottom && b->at < b->nr)
		put_result(b, set_new_page(*entry++));
	return entry;
}

/* Pages that are on the CPU's list, when nothing sets the request apart. Return: how many. */
static inline int take_plain(struct bulk *b, struct quire_pcp_list *list)
{
	int before = b->taken;

	if (b->fresh)
		list->top = fill_fresh(b, list->top, list->bottom);
	else
		list->top = b->array ? fill_array(b, list->top, list->bottom)
				     : fill_list(b, list->top, list->bottom);
	return b->taken - before;
}

/* Pages from the CPU's list of @zone until @b is full. */
static void take_bulk(struct page_state *ps, struct zone *zone, gfp_t gfp, unsigned int alloc_flags,
		      int mt, struct bulk *b)
{
	const bool plain = !READ_ONCE(*this_page_cpu()->attention) && !(gfp & __GFP_ZERO);
	struct pcp_slot *slot = zone_pcp_slot(zone, quire_this_cpu->id);
	struct quire_pcp_list *from = &slot->pcp.lists[order_to_pindex(mt, 0)];

	if (!owner_trylock(&slot->lock))
		return;
	while (b->at < b->nr) {
		struct page *page;

		if (likely(plain && !quire_pcp_list_empty(from))) {
			pcp_move(&slot->pcp, -take_plain(b, from));
			continue;
		}
		if (unlikely(fault_pass(&ps->machine->fault, QUIRE_FAULT_PAGE_BULK)))
			break;
		page = rmqueue_pcp_locked(zone, 0, mt, alloc_flags, &slot->pcp);
		if (unlikely(!page))
			break;
		prep_new_page(ps, page, 0, gfp);
		put_result(b, page);
	}
	owner_unlock(&slot->lock);
}

/* Return: pages taken from one zone's list; 0: none could serve. */
static int bulk_from_list(struct page_state *ps, gfp_t gfp, int nid, const nodemask_t *nodemask,
			  struct bulk *b)
{
	unsigned int alloc_flags = ALLOC_WMARK_LOW;
	struct alloc_context ac;
	struct zone *zone;

	prepare_alloc_context(ps, gfp, nid, nodemask, &ac, &alloc_flags);
	alloc_flags &= ~(ALLOC_NOFRAGMENT | ALLOC_KSWAPD); /* of single requests alone */
	zone = bulk_zone(ps, gfp, alloc_flags, &ac, b->nr);
	if (!zone)
		return 0;
	take_bulk(ps, zone, gfp, alloc_flags, ac.migratetype, b);
	if (b->taken)
		count_alloc(ac.preferred->zone, zone, 0, (unsigned int)b->taken);
	return b->taken;
}

/*
 * All pages from the list of the first zone, as take_fast() (alloc.c) takes one and counts it:
 * while anything asks for attention no zone is above its limit. Return: false: not so.
 */
static inline bool bulk_fast(gfp_t gfp, struct bulk *b)
{
	const struct fast_zone *first = &this_page_cpu()->first[gfp & FAST_ZONE_BITS];
	struct quire_pcp_list *list = first->list;
	struct pcp_slot *slot = first->slot;
	unsigned long n;

	if (READ_ONCE(first->zone->zone.vm_stat[NR_FREE_PAGES].counter) - b->nr <=
		    READ_ONCE(*first->limit) ||
	    !owner_trylock(&slot->lock))
		return false;
	if (pcp_list_length(list) < (unsigned long)(b->nr - b->at)) {
		owner_unlock(&slot->lock);
		return false;
	}
	n = (unsigned long)take_plain(b, list);
	WRITE_ONCE(slot->pcp.count, slot->pcp.count - (int)n);
	WRITE_ONCE(list->allocs, list->allocs + n);
	owner_unlock(&slot->lock);
	return true;
}

/* Return: where in the array or list @b got to. */
static unsigned long get_bulk(gfp_t gfp, int nid, const nodemask_t *nodemask, struct bulk *b)
{
	struct page *page;

	skip_filled(b);
	if (b->at >= b->nr)
		return (unsigned long)b->at;
	if (likely(!(gfp & FAST_REFUSED) && nid == (int)quire_this_cpu->nid && !nodemask) &&
	    b->nr - b->at > 1 && bulk_fast(gfp, b))
		return (unsigned long)b->at;
	if (b->nr - b->at > 1 && bulk_from_list(this_page_state(), gfp, nid, nodemask, b))
		return (unsigned long)b->at;
	page = __alloc_pages(gfp, 0, nid, nodemask);
	if (page)
		put_result(b, page);
	return (unsigned long)b->at;
}

unsigned long __alloc_pages_bulk(gfp_t gfp, int preferred_nid, const nodemask_t *nodemask,
				 int nr_pages, struct list_head *page_list,
				 struct page **page_array)
{
	struct bulk b = { .array = page_array, .list = page_list, .nr = nr_pages };

	return get_bulk(gfp, preferred_nid, nodemask, &b);
}

unsigned long alloc_pages_fresh(gfp_t gfp, int nid, int nr, struct page **pages)
{
	struct bulk b = { .array = pages, .nr = nr, .fresh = true };

	return get_bulk(gfp, nid, NULL, &b);
}

unsigned long alloc_pages_bulk_array(gfp_t gfp, unsigned long nr, struct page **pages)
{
	return __alloc_pages_bulk(gfp, (int)quire_this_cpu->nid, NULL, (int)nr, NULL, pages);
}

unsigned long alloc_pages_bulk_array_node(gfp_t gfp, int nid, unsigned long nr, struct page **pages)
{
	if (nid == NUMA_NO_NODE)
		nid = (int)quire_this_cpu->nid;
	return __alloc_pages_bulk(gfp, nid, NULL, (int)nr, NULL, pages);
}

unsigned long alloc_pages_bulk_list(gfp_t gfp, unsigned long nr, struct list_head *list)
{
	return __alloc_pages_bulk(gfp, (int)quire_this_cpu->nid, NULL, (int)nr, list, NULL);
}
