/* SPDX-License-Identifier: MIT */
/*
 * infer.c - pages that were taken without an event.
 *
 * __alloc_pages_bulk() has no tracepoint in 6.1: kernel stacks and vmalloc tables, a
 * few thousand pages a boot. Where a recording has no probes for it (early boot, or a
 * user's trace), such pages are concluded:
 *
 *	per-CPU list, head first:  A B C D E        recorded: allocation of D
 *	A, B, C are never reported allocated nor drained, and are freed without an
 *	allocation (or never again)  ->  they were taken before D
 *
 * 1. A frame is *silent* from an event on (refill or free) if the next event that
 *    names it is a free, or none. One pass backwards over the events finds that.
 * 2. A refill is recorded while the list is not empty here: all of the list was taken
 *    before, if all of it is silent.
 * 3. The recorded page is not the head, but on the list: those before it were taken,
 *    if all are silent.
 *    Likewise a recorded refill of single pages before a request of another order or
 *    type: it was for pages taken silently.
 * 4. A frame is freed that is on a list here: it and those before it were taken.
 *
 * The free factor is left alone, as bulk requests leave it. What cannot be concluded
 * stays a difference.
 */
#include <stdlib.h>
#include <string.h>

#include "replay/engine.h"

enum next_event { NEXT_NONE, NEXT_FREE, NEXT_OTHER };

static void note_event(struct replay *r, uint8_t *next, uint32_t i)
{
	const struct trace_event *e = &r->ev[i];
	bool enters = e->type == TRACE_PAGE_FREE || e->type == TRACE_PAGE_FREE_BATCHED ||
		      (e->type == TRACE_ZONE_LOCKED && e->aux);

	if (e->pfn >= r->nr_frames)
		return;
	if (enters && next[e->pfn] != NEXT_OTHER)
		r->silent[i >> 3] |= (uint8_t)(1u << (i & 7));
	if (e->type == TRACE_PAGE_FREE)
		next[e->pfn] = NEXT_FREE;
	else if (e->type == TRACE_PAGE_FREE_BATCHED)
		return; /* the second half of a free: what counts is its first */
	else
		next[e->pfn] = NEXT_OTHER;
}

/** infer_prepare() - finds silent frames (point 1). Return: 0 or -ENOMEM. */
int infer_prepare(struct replay *r)
{
	uint8_t *next = calloc(r->nr_frames, 1);
	size_t i;

	r->silent = calloc(r->trace->nr_events / 8 + 1, 1);
	if (!next || !r->silent) {
		free(next);
		return -1;
	}
	for (i = r->trace->nr_events; i-- > 0;) {
		uint8_t type = r->ev[i].type;

		if (type == TRACE_PAGE_ALLOC || type == TRACE_PAGE_FREE ||
		    type == TRACE_PAGE_FREE_BATCHED || type == TRACE_ZONE_LOCKED ||
		    type == TRACE_PCPU_DRAIN)
			note_event(r, next, (uint32_t)i);
	}
	free(next);
	return 0;
}

static struct quire_pcp_list *order0_list(struct replay *r, struct zone *zone, int mt)
{
	return &quire_zone_pcp(zone, r->cpu)->lists[mt];
}

/* The list up to @until (NULL: all of it) is silent, and @until on it: how many; else -1. */
static int silent_run(struct replay *r, const struct quire_pcp_list *list, const struct page *until)
{
	const struct page *page;
	const unsigned long *at;
	int n = 0;

	quire_for_each_pcp_page(page, at, list)
	{
		if (page == until)
			return n;
		if (!(r->frames[page - r->mem_map] & FRAME_SILENT))
			return -1;
		n++;
	}
	return until ? -1 : n;
}

static void take_silently(struct replay *r, const struct quire_step *step, int mt, int n)
{
	while (n-- > 0) {
		struct page *page = quire_step_take_bulk(step, mt);

		if (!page)
			return;
		r->frames[page - r->mem_map] = FRAME_BUSY;
		r->counts.inferred_bulk++;
	}
}

/* The first block that the choices recorded from @i on took; steals come before it. */
static const struct trace_event *first_block(const struct replay *r, uint32_t i)
{
	while (i != OPS_NONE && r->ev[i].type != TRACE_ZONE_LOCKED)
		i = r->ops->next[i];
	return i == OPS_NONE ? NULL : &r->ev[i];
}

/* The whole list that @first's refill went to was taken, then a page of that refill. */
static bool take_refill(struct replay *r, const struct trace_event *first)
{
	struct quire_step step;
	uint32_t from = r->rec;
	int n;

	if (!has_block(r, first))
		return false;
	step = (struct quire_step){ .zone = zone_at(r, first->pfn) };
	n = silent_run(r, order0_list(r, step.zone, first->mt), NULL);
	if (n < 0)
		return false;
	take_silently(r, &step, first->mt, n + 1);
	return !r->wrong && r->rec != from;
}

/* Refills of single pages that a request of another order or type cannot have made. */
static bool take_foreign(struct replay *r, const struct op *op)
{
	const struct trace_event *e = &r->ev[op->main], *first;

	while ((first = first_block(r, r->rec)) != NULL && !first->order && first->aux &&
	       (e->order || e->mt != first->mt))
		if (!take_refill(r, first))
			return false;
	return true;
}

/* Recorded refills of single pages. Return: true when the last was for the request. */
static bool take_own(struct replay *r, const struct op *op)
{
	const struct trace_event *e = &r->ev[op->main], *first;

	while ((first = first_block(r, r->rec)) != NULL) {
		if (!take_refill(r, first))
			return true;
		if (first->pfn != e->pfn)
			continue;
		quire_step_put_pcp(page_of(r, e->pfn), 0, e->mt, false);
		r->counts.inferred_bulk--;
		return true;
	}
	return false;
}

/**
 * infer_before_alloc() - takes what was taken silently before the allocation @op.
 * @step: where the recorded page is
 * Return: true: the allocation is to be taken now in the ordinary way; a refill that was
 * for it has been made, and its page is the head of the list. False: all recorded choices
 * were of silent pages, and the page cannot be reached yet: the allocation took place
 * later, at its own event.
 */
bool infer_before_alloc(struct replay *r, const struct op *op, const struct quire_step *step)
{
	const struct trace_event *e = &r->ev[op->main];
	bool had_choices = r->rec != OPS_NONE;
	int n;

	if (!take_foreign(r, op))
		return true;
	if (e->order)
		return r->rec != OPS_NONE || !had_choices;
	if (take_own(r, op))
		return true;
	n = silent_run(r, order0_list(r, step->zone, e->mt), page_of(r, e->pfn));
	if (n > 0)
		take_silently(r, step, e->mt, n);
	return n >= 0 || !had_choices;
}

/** infer_refills() - @op is refills alone: all their lists were taken silently. */
void infer_refills(struct replay *r)
{
	const struct trace_event *first;

	while ((first = first_block(r, r->rec)) != NULL)
		if (first->order || !first->aux || !take_refill(r, first))
			return;
}

/**
 * infer_before_free() - a frame is freed that is free here (point 4).
 * Return: false when it could not be taken: its free is to be passed over.
 */
bool infer_before_free(struct replay *r, struct page *page, const struct trace_event *e)
{
	if (quire_step_grab(page, (unsigned int)e->order)) {
		r->counts.free_free++;
		return false;
	}
	if (r->event < r->probed_from)
		r->counts.inferred_bulk += UINT64_C(1) << e->order;
	else
		r->counts.free_free++;
	return true;
}
