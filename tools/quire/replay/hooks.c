/* SPDX-License-Identifier: MIT */
/*
 * hooks.c - each choice of the allocator beside the recorded one.
 *
 * During an operation replay.rec points at the next recorded choice. A hook that
 * brings the same choice moves it on; the first that does not makes the operation
 * wrong, and what follows in it is kept for resync.c and not compared any more.
 * What is still recorded when the operation ends was missed.
 *
 * All choices are kept in replay.pred, also those that were right: resync.c needs
 * the whole list. It grows to the largest operation (a drain of a whole list).
 */
#include <stdlib.h>

#include "replay/engine.h"

void check_pass(struct replay *r, enum check_class class)
{
	r->counts.checks[class].recorded++;
	r->counts.checks[class].same++;
	r->counts.prefix += r->exact;
}

void check_fail(struct replay *r, enum check_class class)
{
	r->counts.checks[class].recorded++;
	r->wrong = true;
}

/** differ() - the operation differs: the prefix ends, and the first time it is described. */
void differ(struct replay *r, const struct op *op, const char *what)
{
	r->wrong = true;
	if (!r->exact)
		return;
	r->exact = false;
	r->counts.prefix_event = op->main;
	difference_write(r, op, what);
}

static enum check_class class_of(const struct trace_event *e)
{
	switch (e->type) {
	case TRACE_ZONE_LOCKED:
		return e->aux ? CHECK_REFILL : CHECK_DIRECT;
	case TRACE_PCPU_DRAIN:
		return CHECK_DRAIN;
	default:
		return CHECK_EXTFRAG;
	}
}

static void keep(struct replay *r, struct choice c)
{
	if (r->nr_pred == r->cap_pred) {
		uint32_t cap = r->cap_pred * 2;
		struct choice *grown = realloc(r->pred, cap * sizeof(*grown));

		if (!grown)
			return; /* resync.c repairs less; nothing else is lost */
		r->pred = grown;
		r->cap_pred = cap;
	}
	r->pred[r->nr_pred++] = c;
}

static bool same_choice(const struct trace_event *e, const struct choice *c)
{
	if (e->type != c->type || e->pfn != c->pfn || e->order != c->order || e->mt != c->mt)
		return false;
	if (c->type == TRACE_PCPU_DRAIN)
		return true;
	return e->aux == c->aux && (c->type != TRACE_EXTFRAG || (e->gfp & 0xff) == c->from);
}

static void compare(struct replay *r, struct choice c)
{
	const struct trace_event *e;

	keep(r, c);
	if (unlikely(!(r->recorded_types >> c.type & 1)))
		return; /* the recording has no such events at all */
	if (r->wrong || r->rec == OPS_NONE) {
		r->wrong = true;
		return;
	}
	e = &r->ev[r->rec];
	if (!same_choice(e, &c)) {
		r->wrong = true;
		return;
	}
	check_pass(r, class_of(e));
	if (c.type == TRACE_EXTFRAG)
		r->counts.extfrag_pairs++;
	r->rec = r->ops->next[r->rec];
}

static void on_zone_locked(void *ctx, struct page *page, unsigned int order, int mt, bool refill)
{
	struct replay *r = ctx;
	uint32_t pfn = (uint32_t)(page - r->mem_map), i = r->rec;

	compare(r, (struct choice){ .pfn = pfn,
				    .type = TRACE_ZONE_LOCKED,
				    .order = (int8_t)order,
				    .mt = (int8_t)mt,
				    .aux = refill });
	if (!refill)
		return;
	set_frames(r, pfn, (int)order, FRAME_PCP);
	if (!r->wrong && i != OPS_NONE && r->silent[i >> 3] >> (i & 7) & 1)
		r->frames[pfn] |= FRAME_SILENT;
}

static void on_drain(void *ctx, struct page *page, unsigned int order, int mt)
{
	struct replay *r = ctx;
	uint32_t pfn = (uint32_t)(page - r->mem_map);

	compare(r, (struct choice){ .pfn = pfn,
				    .type = TRACE_PCPU_DRAIN,
				    .order = (int8_t)order,
				    .mt = (int8_t)mt });
	set_frames(r, pfn, (int)order, FRAME_FREE);
}

static void on_extfrag(void *ctx, struct page *page, unsigned int alloc_order, int fallback_order,
		       int alloc_mt, int fallback_mt)
{
	struct replay *r = ctx;

	compare(r, (struct choice){ .pfn = (uint32_t)(page - r->mem_map),
				    .type = TRACE_EXTFRAG,
				    .order = (int8_t)alloc_order,
				    .mt = (int8_t)alloc_mt,
				    .aux = (uint8_t)fallback_order,
				    .from = (uint8_t)fallback_mt });
}

void hooks_install(struct replay *r)
{
	r->hooks = (struct quire_page_trace){
		.ctx = r, .zone_locked = on_zone_locked, .drain = on_drain, .extfrag = on_extfrag
	};
	quire_page_trace_set(r->machine, &r->hooks);
}

/** begin_op() - the operation's recorded choices start at @rec. */
void begin_op(struct replay *r, uint32_t rec)
{
	r->rec = rec;
	r->nr_pred = 0;
	r->wrong = false;
}

/* Recorded choices that were not made. */
static void count_missed(struct replay *r)
{
	uint32_t i;

	for (i = r->rec; i != OPS_NONE; i = r->ops->next[i]) {
		check_fail(r, class_of(&r->ev[i]));
		if (r->ev[i].type == TRACE_EXTFRAG)
			continue;
	}
}

/** end_op() - what is still recorded was missed; the first difference is told. */
void end_op(struct replay *r, const struct op *op)
{
	if (r->rec == OPS_NONE && !r->wrong)
		return;
	if (r->rec != OPS_NONE)
		differ(r, op, "a recorded choice was not made");
	else
		differ(r, op, "a choice was made that is not recorded");
	count_missed(r);
	r->counts.resyncs++;
}
