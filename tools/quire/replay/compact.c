/* SPDX-License-Identifier: MIT */
/*
 * compact.c - compaction's free side, which takes blocks without an allocation.
 *
 *	COMPACT_BEGIN  ISOLATE_MIGRATE  MIGRATE_BEGIN  FREE FREE  ISOLATE_FREE  FREE ...
 *	 scanners       source pages     fast search    old pages  linear search
 *
 * 1. Target pages are taken when the supply is empty. For an order above 0 a fast search
 *    goes first, without any event: from the largest order down, it looks from the tails
 *    of the MOVABLE lists for a block in the upper part of the zone, takes it, and turns
 *    the list so that the next search begins elsewhere. If that is too little, it takes
 *    what is free around that block; only this is the event ISOLATE_FREE.
 * 2. The fast search for *source* blocks turns lists too: it looks from the heads for a
 *    free block below a limit, in a page block without a skip hint, and makes it the
 *    last. Its limit of looked-at blocks halves with each failure.
 * 3. A linear search goes through the recorded range with a stride that doubles after
 *    each empty range and returns to 1 after a hit.
 * 4. Pages left over are freed at the end, with ordinary events.
 *
 * Checks: the number of pages a recorded range gives.
 * Left out: direct compaction's differences (asynchronous mode), CMA.
 * Source: behaviour of Linux 6.1 (mm/compaction.c).
 */
#include <stdlib.h>

#include "replay/engine.h"

#define CLUSTER_MAX 32
#define NO_START    UINT64_MAX

/** compact_prepare() - the skip hints. Return: 0 or -1 when memory is short. */
int compact_prepare(struct replay *r)
{
	r->compaction.skip = calloc((r->nr_frames >> r->config->pageblock_order) + 1, 1);
	return r->compaction.skip ? 0 : -1;
}

static uint64_t pfn_of(const struct replay *r, const struct list_head *at)
{
	return (uint64_t)(container_of(at, struct page, buddy_list) - r->mem_map);
}

static uint64_t block_start(const struct replay *r, uint64_t pfn)
{
	return pfn >> r->config->pageblock_order << r->config->pageblock_order;
}

static uint8_t *skip_of(struct replay *r, uint64_t pfn)
{
	return &r->compaction.skip[pfn >> r->config->pageblock_order];
}

static struct list_head *movable(const struct compaction *c, int order)
{
	return &c->zone->free_area[order].free_list[MIGRATE_MOVABLE];
}

static int scan_limit(const struct compaction *c)
{
	return (CLUSTER_MAX >> (c->fast_fail < 31 ? c->fast_fail : 31)) + 1;
}

/* --- the search for source blocks (point 2) ------------------------------------------------- */

static bool search_order(struct replay *r, int order, uint64_t high, int limit, int *scanned)
{
	struct compaction *c = &r->compaction;
	struct list_head *list = movable(c, order), *at;

	for (at = list->next; at != list; at = at->next) {
		uint64_t pfn = pfn_of(r, at);

		if ((*scanned)++ >= limit) {
			quire_step_rotate(page_of(r, pfn), false);
			return false;
		}
		if (pfn >= high || *skip_of(r, pfn))
			continue;
		quire_step_rotate(page_of(r, pfn), false);
		if (c->fast_start != NO_START && (!c->fast_start || pfn < c->fast_start))
			c->fast_start = pfn;
		c->fast_fail = 0;
		*skip_of(r, pfn) = 1;
		return true;
	}
	return false;
}

static void find_source(struct replay *r)
{
	struct compaction *c = &r->compaction;
	uint64_t start = c->zone->zone_start_pfn, distance;
	int order, limit = scan_limit(c), scanned = 0;
	bool found = false;

	if (c->order <= PAGE_ALLOC_COSTLY_ORDER ||
	    (c->migrate_pfn != start && c->migrate_pfn != block_start(r, c->migrate_pfn)))
		return;
	distance = (c->free_pfn - c->migrate_pfn) >> 1;
	if (c->migrate_pfn != start)
		distance >>= 2;
	for (order = c->order - 1; order >= PAGE_ALLOC_COSTLY_ORDER && !found && scanned < limit;
	     order--)
		found = search_order(r, order, block_start(r, c->migrate_pfn + distance), limit,
				     &scanned);
	if (found)
		return;
	c->fast_fail++;
	if (c->fast_start && c->fast_start != NO_START) {
		c->migrate_pfn = c->fast_start;
		c->fast_start = NO_START;
	}
}

/* --- the search for target blocks (point 1) --------------------------------------------------- */

static bool isolate(struct replay *r, uint64_t pfn)
{
	int order = quire_step_isolate(page_of(r, pfn));

	if (order < 0)
		return false;
	r->compaction.nr_free += UINT64_C(1) << order;
	set_frames(r, pfn, order, FRAME_BUSY);
	return true;
}

/* One order's list: the block to take, NO_START: none. The list is turned either way. */
static uint64_t pick(struct replay *r, int order, uint64_t low, uint64_t min, int *limit,
		     int *scanned)
{
	struct compaction *c = &r->compaction;
	struct list_head *list = movable(c, order), *at;
	uint64_t best = 0, picked = NO_START;

	for (at = list->prev; at != list; at = at->prev) {
		uint64_t pfn = pfn_of(r, at);

		(*scanned)++;
		if (pfn >= low) {
			c->fast_fail = 0;
			c->search_order = order;
			picked = pfn;
			break;
		}
		if (pfn >= min && pfn > best) {
			best = pfn;
			*limit >>= 1;
		}
		if (*scanned >= *limit)
			break;
	}
	if (picked == NO_START && best)
		picked = best;
	if (picked != NO_START)
		quire_step_rotate(page_of(r, picked), true);
	else if (at != list)
		quire_step_rotate(page_of(r, pfn_of(r, at)), true);
	return picked;
}

static int next_order(struct compaction *c, int order)
{
	if (--order < 0)
		order = c->order - 1;
	if (order != c->search_order)
		return order;
	if (--c->search_order < 0)
		c->search_order = c->order - 1;
	return -1;
}

static void find_target(struct replay *r)
{
	struct compaction *c = &r->compaction;
	uint64_t distance = c->free_pfn - c->migrate_pfn;
	uint64_t low = block_start(r, c->free_pfn - (distance >> 2));
	uint64_t min = block_start(r, c->free_pfn - (distance >> 1));
	int order, limit = 1 << (r->config->pageblock_order - 1);

	if (c->order <= 0)
		return;
	if (c->search_order > c->order - 1)
		c->search_order = c->order - 1;
	for (order = c->search_order; order >= 0; order = next_order(c, order)) {
		uint64_t picked;
		int scanned = 0;

		if (!c->zone->free_area[order].nr_free)
			continue;
		picked = pick(r, order, low, min, &limit, &scanned);
		if (picked != NO_START && isolate(r, picked))
			return;
		if (picked != NO_START)
			break;
		if (scanned >= limit)
			limit = limit > 2 ? limit >> 1 : 1;
	}
	c->fast_fail++;
}

/* The recorded range. Return: pages taken. */
static uint64_t take_range(struct replay *r, uint64_t pfn, uint64_t end)
{
	uint64_t before = r->compaction.nr_free;

	while (pfn < end && has_page(r, pfn)) {
		const struct page *page = page_of(r, pfn);
		uint64_t step = PageBuddy(page) ? UINT64_C(1) << buddy_order(page) : 1;

		if (PageBuddy(page) && !isolate(r, pfn))
			break;
		pfn += step;
	}
	return r->compaction.nr_free - before;
}

static void isolate_recorded(struct replay *r, const struct trace_event *e)
{
	struct op op = { .main = (uint32_t)(e - r->ev), .rec = OPS_NONE };

	find_target(r);
	r->wrong = false;
	if (take_range(r, e->pfn, e[1].pfn) == e->gfp) {
		check_pass(r, CHECK_ISOLATE);
		return;
	}
	check_fail(r, CHECK_ISOLATE);
	differ(r, &op, "compaction isolated another number of pages");
}

static void begin(struct replay *r, const struct trace_event *e)
{
	struct compaction *c = &r->compaction;

	if (!has_page(r, e->pfn) || c->order == 0)
		return;
	*c = (struct compaction){ .running = true,
				  .pid = c->pid,
				  .order = c->order,
				  .zone = zone_at(r, e->pfn),
				  .migrate_pfn = e[1].pfn,
				  .free_pfn = e[1].gfp,
				  .search_order = c->order,
				  .skip = c->skip };
}

/** compact_event() - event @i of a compaction. */
void compact_event(struct replay *r, uint32_t i)
{
	struct compaction *c = &r->compaction;
	const struct trace_event *e = &r->ev[i];

	if (e->type == TRACE_KCOMPACTD_WAKE) {
		c->pid = e->pid;
		c->order = e->order;
	}
	if (e->type == TRACE_COMPACT_BEGIN && e->pid == c->pid && i + 1 < r->trace->nr_events)
		begin(r, e);
	if (!c->running || e->pid != c->pid || i + 1 >= r->trace->nr_events)
		return;
	switch (e->type) {
	case TRACE_ISOLATE_MIGRATE:
		find_source(r);
		c->migrate_pfn = e[1].pfn;
		c->nr_migrate = e->gfp;
		break;
	case TRACE_MIGRATE_BEGIN:
		c->migrating = true;
		if (!c->nr_free)
			find_target(r);
		break;
	case TRACE_MIGRATE_END:
		c->migrating = false;
		break;
	case TRACE_ISOLATE_FREE:
		isolate_recorded(r, e);
		break;
	case TRACE_COMPACT_END:
		c->running = false;
		break;
	}
}

/** compact_before_free() - an old page is freed: a target page took its place. */
void compact_before_free(struct replay *r, const struct trace_event *e)
{
	struct compaction *c = &r->compaction;

	if (!c->migrating || e->pid != c->pid)
		return;
	if (!c->nr_free)
		find_target(r);
	if (c->nr_free)
		c->nr_free--;
}
