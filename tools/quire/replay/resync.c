/* SPDX-License-Identifier: MIT */
/*
 * resync.c - after a difference: the recorded choice, by force.
 *
 * 1. Blocks taken here that the recording did not take go back to the free lists, and
 *    blocks the recording took that were not taken here are grabbed from wherever they
 *    are. The per-CPU list then gets the recorded blocks in the recorded order, but for
 *    the one that was allocated.
 * 2. Drains likewise: blocks drained here and not recorded return to the list's tail,
 *    recorded ones that were not drained are drained.
 * 3. A recorded frame that is in use here cannot be had; it is counted (resync_lost).
 * 4. Where the page allocated here, and those of its list before the recorded one, are
 *    never named again but by a free, they have left the list without an event, and
 *    stay out of it (vanished).
 * 5. Steals are not undone: the page blocks' types stay as they came out here.
 */
#include <stdlib.h>

#include "replay/engine.h"

static const struct choice *find_pred(const struct replay *r, const struct trace_event *e)
{
	uint32_t i;

	for (i = 0; i < r->nr_pred; i++)
		if (r->pred[i].pfn == e->pfn && r->pred[i].type == e->type &&
		    r->pred[i].order == e->order)
			return &r->pred[i];
	return NULL;
}

static bool is_recorded(const struct replay *r, const struct op *op, const struct choice *c)
{
	uint32_t i;

	for (i = op->rec; i != OPS_NONE; i = r->ops->next[i])
		if (r->ev[i].pfn == c->pfn && r->ev[i].type == c->type &&
		    r->ev[i].order == c->order)
			return true;
	return false;
}

static bool grab(struct replay *r, uint64_t pfn, int order)
{
	if (!has_page(r, pfn + (UINT64_C(1) << order) - 1) ||
	    quire_step_grab(page_of(r, pfn), (unsigned int)order)) {
		r->counts.resync_lost++;
		return false;
	}
	set_frames(r, pfn, order, FRAME_BUSY);
	return true;
}

static void to_buddy(struct replay *r, uint64_t pfn, int order, int mt)
{
	quire_step_free(page_of(r, pfn), (unsigned int)order, mt, QUIRE_STEP_BUDDY);
	set_frames(r, pfn, order, FRAME_FREE);
}

/* Everything this operation took to the per-CPU list comes off it again. */
static void undo_refill(struct replay *r, const struct op *op, const struct page *got,
			uint64_t taken)
{
	uint32_t i;

	for (i = 0; i < r->nr_pred; i++) {
		const struct choice *c = &r->pred[i];
		bool keep = is_recorded(r, op, c);

		if (c->type != TRACE_ZONE_LOCKED)
			continue;
		if (page_of(r, c->pfn) != got && c->aux &&
		    quire_step_grab(page_of(r, c->pfn), (unsigned int)c->order))
			continue;
		set_frames(r, c->pfn, c->order, FRAME_BUSY);
		if (!keep && !(page_of(r, c->pfn) == got && c->pfn == taken))
			to_buddy(r, c->pfn, c->order, c->mt);
	}
}

/* @taken: the page that was allocated; @consumed: of a bulk request, pages of the refills it used
 * up. */
static void redo_refill(struct replay *r, const struct op *op, uint64_t taken,
			unsigned int consumed)
{
	uint32_t i;

	for (i = op->rec; i != OPS_NONE; i = r->ops->next[i]) {
		const struct trace_event *e = &r->ev[i];

		if (e->type != TRACE_ZONE_LOCKED || !has_block(r, e))
			continue;
		if (!find_pred(r, e) && !grab(r, e->pfn, e->order))
			continue;
		if ((e->pfn == taken && e->order == r->ev[op->main].order) || !e->aux ||
		    frame_state(r, e->pfn) != FRAME_BUSY)
			continue;
		if (consumed) {
			consumed--;
			continue;
		}
		quire_step_put_pcp(page_of(r, e->pfn), (unsigned int)e->order, e->mt, true);
		set_frames(r, e->pfn, e->order, FRAME_PCP);
		if (r->silent[i >> 3] >> (i & 7) & 1)
			r->frames[e->pfn] |= FRAME_SILENT;
	}
}

/*
 * Are @got and all pages of its list before the recorded one never named again but by a
 * free? Then they have left the list without an event. Return: how many are on it still.
 */
static int vanished(const struct replay *r, const struct trace_event *e, const struct page *got)
{
	const struct per_cpu_pages *pcp = quire_zone_pcp(zone_at(r, e->pfn), r->cpu);
	const struct quire_pcp_list *list = &pcp->lists[e->mt];
	const struct page *page;
	const unsigned long *at;
	int n = 0;

	if (e->order || !got || !(r->frames[got - r->mem_map] & FRAME_SILENT))
		return -1;
	quire_for_each_pcp_page(page, at, list)
	{
		if (page == page_of(r, e->pfn))
			return n;
		if (!(r->frames[page - r->mem_map] & FRAME_SILENT))
			return -1;
		n++;
	}
	return -1;
}

/* @got goes back to the head of its list; whether an event will name it stays known. */
static void put_back(struct replay *r, struct page *got, int order, int mt)
{
	uint64_t pfn = (uint64_t)(got - r->mem_map);
	uint8_t silent = r->frames[pfn] & FRAME_SILENT;

	quire_step_put_pcp(got, (unsigned int)order, mt, false);
	set_frames(r, pfn, order, FRAME_PCP);
	r->frames[pfn] |= silent;
}

/* An allocation without refill on either side: the pages change places. */
static void swap_pages(struct replay *r, const struct trace_event *e, struct page *got)
{
	struct quire_step step = { .zone = zone_at(r, e->pfn) };
	int gone = vanished(r, e, got);

	if (gone >= 0) {
		r->counts.vanished += (uint64_t)gone + 1;
		set_frames(r, (uint64_t)(got - r->mem_map), 0, FRAME_BUSY);
		while (gone-- > 0) {
			struct page *page = quire_step_take_bulk(&step, e->mt);

			set_frames(r, (uint64_t)(page - r->mem_map), 0, FRAME_BUSY);
		}
		grab(r, e->pfn, 0);
		return;
	}
	if (got && quire_step_pcp_order((unsigned int)e->order)) {
		put_back(r, got, e->order, e->mt);
	} else if (got) {
		to_buddy(r, (uint64_t)(got - r->mem_map), e->order, e->mt);
	}
	grab(r, e->pfn, e->order);
}

static bool recorded_in(const struct replay *r, const struct op *op, uint64_t pfn)
{
	int order = r->ev[op->main].order;
	uint32_t i;

	for (i = op->rec; i != OPS_NONE; i = r->ops->next[i])
		if (r->ev[i].type == TRACE_ZONE_LOCKED && r->ev[i].pfn == pfn &&
		    r->ev[i].order == order)
			return true;
	return false;
}

static void resync_alloc(struct replay *r, const struct op *op, struct page *got)
{
	const struct trace_event *e = &r->ev[op->main];
	bool refilled = false;
	uint32_t i;

	for (i = 0; i < r->nr_pred; i++)
		refilled |= r->pred[i].type == TRACE_ZONE_LOCKED;
	if (!refilled && op->rec == OPS_NONE) {
		if (got != page_of(r, e->pfn))
			swap_pages(r, e, got);
		return;
	}
	undo_refill(r, op, got, e->pfn);
	/* Taken from a list that was not empty here, but not by the recording's refill. */
	if (got && !refilled && got != page_of(r, e->pfn))
		put_back(r, got, e->order, e->mt);
	redo_refill(r, op, e->pfn, 0);
	if (got != page_of(r, e->pfn) && !recorded_in(r, op, e->pfn))
		grab(r, e->pfn, e->order);
}

static void resync_bulk(struct replay *r, const struct op *op)
{
	undo_refill(r, op, NULL, TRACE_NO_PFN);
	redo_refill(r, op, TRACE_NO_PFN, op->kind == OP_BULK ? r->bulk_consumed : 0);
}

static void resync_drains(struct replay *r, const struct op *op)
{
	uint32_t i;

	for (i = r->nr_pred; i-- > 0;) {
		const struct choice *c = &r->pred[i];

		if (c->type != TRACE_PCPU_DRAIN || is_recorded(r, op, c) ||
		    quire_step_grab(page_of(r, c->pfn), (unsigned int)c->order))
			continue;
		quire_step_put_pcp(page_of(r, c->pfn), (unsigned int)c->order, c->mt, true);
		set_frames(r, c->pfn, c->order, FRAME_PCP);
	}
	for (i = op->rec; i != OPS_NONE; i = r->ops->next[i]) {
		const struct trace_event *e = &r->ev[i];

		if (e->type != TRACE_PCPU_DRAIN || find_pred(r, e) || !has_page(r, e->pfn))
			continue;
		if (frame_state(r, e->pfn) == FRAME_PCP && grab(r, e->pfn, e->order))
			to_buddy(r, e->pfn, e->order, e->mt);
	}
}

/* Is no frame of the recorded block free any more? (A damaged order may cover more than was had.)
 */
static bool block_had(const struct replay *r, const struct trace_event *e)
{
	uint64_t pfn = e->pfn, end = pfn + (UINT64_C(1) << e->order);

	for (; pfn < end; pfn++)
		if (frame_state(r, pfn) == FRAME_PCP || quire_step_is_free(page_of(r, pfn)))
			return false;
	return true;
}

/**
 * resync_op() - @op came out wrong; @got: the page an allocation gave. Context: hooks silent.
 * Return: false when the recorded page of an allocation could not be had.
 */
bool resync_op(struct replay *r, const struct op *op, struct page *got)
{
	uint64_t lost = r->counts.resync_lost;

	quire_page_trace_set(r->machine, NULL);
	if (op->kind == OP_ALLOC)
		resync_alloc(r, op, got);
	else if (op->kind == OP_BULK || op->kind == OP_SILENT)
		resync_bulk(r, op);
	else
		resync_drains(r, op);
	quire_page_trace_set(r->machine, &r->hooks);
	if (op->kind != OP_ALLOC)
		return true;
	return r->counts.resync_lost == lost && block_had(r, &r->ev[op->main]);
}
