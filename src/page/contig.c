/* SPDX-License-Identifier: MIT */
/*
 * page/contig.c - ranges of frames in a row, of any length, at any place.
 *
 *	frames    |..f..u.[...f.u..f....u....]..f...|	f free, u in use
 *	page blocks|-------|-------|-------|-------|
 *	1 isolate          |IIIIIII|IIIIIII|		all blocks touched
 *	2 move             [...f....f.........]u.u	pages in use go elsewhere
 *	3 drain                                         per-CPU lists give theirs back
 *	4 take             [##################]		every frame is on an isolated list now
 *	5 open             |MMMMMMM|MMMMMMM|
 *
 * Theory
 *  1. Between 1 and 5 no request is served from these blocks, so what is freed there
 *     stays; whether all is free is seen once, at 4 (test_pages_isolated), under the
 *     zone lock.
 *  2. Free blocks that reach beyond the range are taken whole and the surplus is freed
 *     again before 5, which puts it back on the isolated lists.
 *  3. Moving is tried MAX_MIGRATE_ROUNDS times: pages may come free or be pinned for a
 *     moment.
 *
 * Left out of Linux's: compaction of the range by isolation of single pages, huge pages
 * of hugetlb pools. Sources: behaviour of Linux 6.1 (alloc_contig_range).
 */
#include "page/contig.h"
#include "page/extras.h"
#include "page/lazy.h"

#define MAX_MIGRATE_ROUNDS 5

/* Step 2. */
static void migrate_away(const struct page_state *ps, struct zone *zone, unsigned long start,
			 unsigned long end)
{
	const struct quire_migrate_ops *ops = ps->migrate;
	unsigned int round;

	if (!ops || !ops->migrate_range)
		return;
	for (round = 0; round < MAX_MIGRATE_ROUNDS; round++) {
		if (ops->migrate_range(ops->ctx, start, end) < 0)
			return;
		drain_all_pages(zone);
		if (!test_pages_isolated(start, end, NULL))
			return;
	}
}

/*
 * Step 4 for one free block, or its page block at @pfn: a neighbour that another CPU has
 * isolated may be part of the free block and is not ours. Return: its first page.
 */
static struct page *take_isolated(struct zone *zone, unsigned long pfn, unsigned int *order)
{
	struct page_state *ps = zone_state(zone);
	struct page *head = free_block_at(ps, pfn);

	QUIRE_ASSERT(head, "X1: a frame of an isolated free range is on no list");
	*order = buddy_order(head);
	if (*order > ps->pageblock_order) {
		pfn &= ~((1ul << ps->pageblock_order) - 1);
		carve_block(zone, head, pfn);
		*order = ps->pageblock_order;
		return ps->mem_map + pfn;
	}
	del_page_from_free_list(zone, head, *order);
	return head;
}

/* Makes single pages with one reference each of a block just taken. */
static void make_singles(struct page_state *ps, struct page *page, unsigned int order, gfp_t gfp)
{
	unsigned long i;

	for (i = 0; i < 1ul << order; i++)
		prep_new_page(ps, page + i, 0, gfp & ~__GFP_COMP);
}

/* Step 4: takes all of [@start, @end), which is free on isolated lists, and no more. */
static void take_range(struct page_state *ps, struct zone *zone, unsigned long start,
		       unsigned long end, gfp_t gfp)
{
	unsigned long pfn, outer = start, outer_end = start;

	while (outer_end < end) {
		struct page *head;
		unsigned int order;

		quire_lock(zone_lock(zone));
		head = take_isolated(zone, outer_end, &order);
		quire_unlock(zone_lock(zone));
		pfn = ps_pfn(ps, head);
		outer = min(outer, pfn);
		make_singles(ps, head, order, gfp);
		outer_end = pfn + (1ul << order);
	}
	free_contig_range(outer, start - outer);
	free_contig_range(end, outer_end - end);
}

int try_contig_range(unsigned long start, unsigned long end, int migratetype, gfp_t gfp,
		     struct quire_contig_busy *busy)
{
	struct page_state *ps = this_page_state();
	struct zone *zone;
	int err;

	err = start_isolate_page_range(start, end, migratetype, busy);
	if (err)
		return err;
	zone = zone_of_range(ps, start, end);
	drain_all_pages(zone);
	err = test_pages_isolated(start, end, busy);
	if (err) {
		migrate_away(ps, zone, start, end);
		err = test_pages_isolated(start, end, busy);
	}
	if (!err)
		take_range(ps, zone, start, end, gfp);
	undo_isolate_page_range(start, end, migratetype);
	return err;
}

static void say_busy(const char *who, unsigned long start, unsigned long end,
		     const struct quire_contig_busy *busy)
{
	quire_report(NULL, QUIRE_INFO, "%s: [%lx, %lx) PFNs busy: pfn 0x%lx: %s\n", who, start, end,
		     busy->pfn, busy->why);
}

int alloc_contig_range(unsigned long start, unsigned long end, unsigned int migratetype, gfp_t gfp)
{
	struct quire_contig_busy busy = { start, "" };
	int err = try_contig_range(start, end, (int)migratetype, gfp, &busy);

	if (err && !(gfp & __GFP_NOWARN))
		say_busy("alloc_contig_range", start, end, &busy);
	return err;
}

/* The first range of @nr frames of @zone that can be had. Return: its first frame, ~0ul: none. */
static unsigned long search_zone(struct zone *zone, unsigned long nr, gfp_t gfp,
				 struct quire_contig_busy *busy)
{
	unsigned long start = roundup(zone->zone_start_pfn, nr);

	for (; start + nr <= zone_end_pfn(zone); start += nr)
		if (!try_contig_range(start, start + nr, MIGRATE_MOVABLE, gfp, busy))
			return start;
	return ~0ul;
}

struct page *alloc_contig_pages(unsigned long nr_pages, gfp_t gfp, int nid,
				const nodemask_t *nodemask)
{
	struct page_state *ps = this_page_state();
	struct quire_contig_busy busy = { 0, "no zone allowed is large enough" };
	unsigned int alloc_flags = 0;
	struct alloc_context ac;
	const struct zoneref *z;

	if (!nr_pages)
		return NULL;
	if (nid == NUMA_NO_NODE)
		nid = (int)quire_this_cpu->nid;
	prepare_alloc_context(ps, gfp, nid, nodemask, &ac, &alloc_flags);
	for_each_zoneref (z, ac.zonelist, ac.highest_zoneidx, nodemask) {
		unsigned long pfn = search_zone(z->zone, nr_pages, gfp, &busy);

		if (pfn != ~0ul)
			return ps->mem_map + pfn;
	}
	if (!(gfp & __GFP_NOWARN))
		quire_report(
			NULL, QUIRE_INFO,
			"alloc_contig_pages: no %lu pages in a row: last tried, pfn 0x%lx: %s\n",
			nr_pages, busy.pfn, busy.why);
	return NULL;
}

void free_contig_range(unsigned long pfn, unsigned long nr_pages)
{
	const struct page_state *ps = this_page_state();
	unsigned long in_use = 0, i;

	for (i = 0; i < nr_pages; i++) {
		struct page *page = ps->mem_map + pfn + i;

		in_use += page_ref_count(page) != 1;
		__free_page(page);
	}
	if (in_use)
		quire_report(NULL, QUIRE_WARNING, "WARNING: %lu pages are still in use!\n", in_use);
}
