/* SPDX-License-Identifier: MIT */
/*
 * page/bulk.c - many single pages in one call.
 *
 * 1. One zone is chosen for all: the first of the list that keeps its low mark
 *    after giving all of them. If none does, a single page is allocated the
 *    ordinary way, which may wait.
 * 2. The pages come from the CPU's list under one lock; counters are changed
 *    once. The last page of a request for one goes the ordinary way too.
 * 3. As in Linux 6.1 there is no tracepoint for these pages.
 *
 * Fault points: PAGE_BULK, before each page from a list; PAGE_ALLOC for the single one.
 * Source: behaviour of Linux 6.1 (__alloc_pages_bulk).
 */
#include "page/extras.h"

/* The first zone that passes low + @nr; NULL: none, or leaving the node would be needed. */
static struct zone *bulk_zone(const struct page_state *ps, gfp_t gfp, unsigned int alloc_flags,
			      const struct alloc_context *ac, int nr)
{
	const struct zoneref *z;

	for_each_zoneref(z, ac->preferred, ac->highest_zoneidx, ac->nodemask) {
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

static inline void put_result(struct page *page, struct list_head *list, struct page **array,
			      int *at)
{
	if (array) {
		while (array[*at])
			(*at)++;
		array[(*at)++] = page;
	} else {
		list_add(&page->lru, list);
	}
}

/* Up to @nr pages from the CPU's list of @zone. Return: how many. */
static int take_bulk(struct page_state *ps, struct zone *zone, gfp_t gfp, unsigned int alloc_flags,
		     int mt, int nr, struct list_head *list, struct page **array)
{
	struct pcp_slot *slot = zone_pcp_slot(zone, quire_this_cpu->id);
	struct list_head *from = &slot->pcp.lists[order_to_pindex(mt, 0)];
	int taken, at = 0;

	if (!owner_trylock(&slot->lock))
		return 0;
	for (taken = 0; taken < nr; taken++) {
		struct page *page;

		if (unlikely(fault_pass(&ps->machine->fault, QUIRE_FAULT_PAGE_BULK)))
			break;
		page = rmqueue_pcp_locked(zone, 0, mt, alloc_flags, &slot->pcp, from);
		if (unlikely(!page))
			break;
		prep_new_page(ps, page, 0, gfp);
		put_result(page, list, array, &at);
	}
	owner_unlock(&slot->lock);
	return taken;
}

static int filled(struct page **array, int nr)
{
	int i, n = 0;

	for (i = 0; i < nr; i++)
		n += array[i] != NULL;
	return n;
}

unsigned long __alloc_pages_bulk(gfp_t gfp, int preferred_nid, const nodemask_t *nodemask,
				 int nr_pages, struct list_head *page_list,
				 struct page **page_array)
{
	struct page_state *ps = this_page_state();
	unsigned int alloc_flags = ALLOC_WMARK_LOW;
	int have = page_array ? filled(page_array, nr_pages) : 0, want = nr_pages - have, got = 0;
	struct alloc_context ac;
	struct zone *zone;
	struct page *page;
	int at = 0;

	if (nr_pages <= 0 || want <= 0)
		return (unsigned long)have;
	if (want > 1) {
		prepare_alloc_context(ps, gfp, preferred_nid, nodemask, &ac, &alloc_flags);
		zone = bulk_zone(ps, gfp, alloc_flags, &ac, want);
		if (zone)
			got = take_bulk(ps, zone, gfp, alloc_flags, ac.migratetype, want, page_list,
					page_array);
		if (got) {
			count_alloc(ac.preferred->zone, zone, 0, (unsigned int)got);
			return (unsigned long)(have + got);
		}
	}
	page = __alloc_pages(gfp, 0, preferred_nid, nodemask);
	if (!page)
		return (unsigned long)have;
	put_result(page, page_list, page_array, &at);
	return (unsigned long)have + 1;
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
