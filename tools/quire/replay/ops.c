/* SPDX-License-Identifier: MIT */
/*
 * ops.c - one pass over a recording that finds its operations (ops.h).
 *
 * Contexts are looked up by array: tasks by their pid, interrupts by their CPU. Tables
 * indexed by frame number find the first half of a free. O(events), no searching.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <quire/gfp.h>

#include "replay/ops.h"

/* Frame numbers from this on are a damaged record: 1 TiB of 4 KiB pages. */
#define OPS_MAX_PFN   (UINT64_C(1) << 28)
#define OPS_MAX_ORDER 19 /* of any machine */

/** struct context - what one context has begun and not finished. */
struct context {
	uint32_t head, tail; /* choices that wait for their operation */
	uint32_t drains;     /* the operation that drains belong to */
	uint32_t ap;
	uint32_t bulk;	 /* BULK event of an open bulk request */
	uint16_t inside; /* allocations since */
};

struct builder {
	const struct trace *trace;
	struct op_list *out;
	struct context *contexts; /* nr_cpus hard, nr_cpus soft, nr_cpus idle, then tasks by pid */
	size_t nr_contexts;
	bool no_probes;
	uint32_t *last;	    /* per CPU: its last event */
	uint32_t *prepared; /* per frame: the OP_FREE that may turn out to be a first half */
};

static bool has_frame(const struct trace_event *e)
{
	switch (e->type) {
	case TRACE_PAGE_ALLOC:
	case TRACE_PAGE_FREE:
	case TRACE_PAGE_FREE_BATCHED:
	case TRACE_ZONE_LOCKED:
	case TRACE_PCPU_DRAIN:
	case TRACE_EXTFRAG:
		return e->pfn < OPS_MAX_PFN;
	default:
		return false;
	}
}

static struct context *context_of(struct builder *b, const struct trace_event *e)
{
	unsigned int cpus = b->trace->nr_cpus ? b->trace->nr_cpus : 1;
	unsigned int cpu = e->cpu < cpus ? e->cpu : 0;

	if (e->cflags & TRACE_FLAG_HARDIRQ)
		return &b->contexts[cpu];
	if (e->cflags & TRACE_FLAG_SOFTIRQ)
		return &b->contexts[cpus + cpu];
	if (e->pid <= 0)
		return &b->contexts[2 * cpus + cpu];
	return &b->contexts[3 * cpus + (unsigned int)e->pid];
}

static unsigned int cpu_of(const struct builder *b, uint32_t i)
{
	return b->trace->events[i].cpu < b->trace->nr_cpus ? b->trace->events[i].cpu : 0;
}

static uint32_t new_op(struct builder *b, enum op_kind kind, uint32_t begin, uint32_t main)
{
	struct op_list *l = b->out;
	struct op *op = &l->ops[l->nr_ops];

	*op = (struct op){ .main = main,
			   .rec = OPS_NONE,
			   .ap = OPS_NONE,
			   .kind = (uint8_t)kind,
			   .cpu = (uint8_t)b->trace->events[begin].cpu };
	l->at[begin] = l->nr_ops;
	return l->nr_ops++;
}

/* The operation that the waiting choices belong to; it begins at the first of them. */
static struct op *close_op(struct builder *b, struct context *c, enum op_kind kind, uint32_t i,
			   uint32_t main)
{
	uint32_t begin = c->head != OPS_NONE ? c->head : i;
	struct op *op = &b->out->ops[new_op(b, kind, begin, main)];

	op->rec = c->head;
	c->head = OPS_NONE;
	c->drains = OPS_NONE;
	return op;
}

/* Choices that no allocation follows: pages were taken silently. */
static void close_silent(struct builder *b, struct context *c)
{
	if (c->head != OPS_NONE)
		close_op(b, c, OP_SILENT, c->head, c->head);
}

/* A choice waits for the operation it belongs to. */
static void add_choice(struct builder *b, struct context *c, uint32_t i)
{
	/* One refill is one stretch under the zone's lock. What is not next to it is another. */
	if (c->head != OPS_NONE && c->bulk == OPS_NONE && b->last[cpu_of(b, i)] != c->tail)
		close_silent(b, c);
	c->drains = OPS_NONE;
	if (c->head == OPS_NONE)
		c->head = i;
	else
		b->out->next[c->tail] = i;
	c->tail = i;
}

static void add_alloc(struct builder *b, struct context *c, uint32_t i)
{
	const struct trace_event *e = &b->trace->events[i];
	struct op *op = close_op(b, c, OP_ALLOC, i, i);

	op->ap = c->ap;
	c->ap = OPS_NONE;
	if (c->bulk != OPS_NONE)
		c->inside++;
	if (has_frame(e))
		b->prepared[e->pfn] = OPS_NONE;
}

static void add_bulk(struct builder *b, struct context *c, uint32_t i)
{
	uint64_t got = b->trace->events[i].pfn;
	struct op *op;

	if (c->bulk == OPS_NONE)
		return;
	op = close_op(b, c, OP_BULK, i, c->bulk);
	op->silent = got > c->inside && got <= UINT16_MAX ? (uint16_t)(got - c->inside) : 0;
	c->bulk = OPS_NONE;
	c->ap = OPS_NONE;
}

static void add_free(struct builder *b, struct context *c, uint32_t i)
{
	const struct trace_event *e = &b->trace->events[i];

	c->drains = new_op(b, OP_FREE, i, i);
	if (has_frame(e))
		b->prepared[e->pfn] = e->order ? OPS_NONE : c->drains;
}

static void add_batched(struct builder *b, struct context *c, uint32_t i)
{
	const struct trace_event *e = &b->trace->events[i];
	uint32_t first = has_frame(e) ? b->prepared[e->pfn] : OPS_NONE;

	c->drains = new_op(b, OP_COMMIT, i, i);
	if (first == OPS_NONE)
		return;
	b->out->ops[first].kind = OP_PREPARE;
	b->prepared[e->pfn] = OPS_NONE;
}

static void add_drain(struct builder *b, struct context *c, uint32_t i)
{
	struct op *op;

	if (c->drains == OPS_NONE)
		c->drains = new_op(b, OP_DRAIN, i, i);
	op = &b->out->ops[c->drains];
	if (op->rec == OPS_NONE)
		op->rec = i;
	else
		b->out->next[c->tail] = i;
	c->tail = i;
}

/* No request asks for two zones, or for movable and reclaimable pages at once. */
static bool impossible_gfp(uint32_t gfp)
{
	uint32_t zones = gfp & (__GFP_DMA | __GFP_HIGHMEM | __GFP_DMA32);

	return (zones & (zones - 1)) || (gfp & GFP_MOVABLE_MASK) == GFP_MOVABLE_MASK;
}

/* Damaged fields: a frame number that no block of that order has, a type that does not exist. */
static bool damaged(const struct trace_event *e)
{
	switch (e->type) {
	case TRACE_BULK:
		return impossible_gfp(e->gfp);
	case TRACE_PAGE_ALLOC:
		if (impossible_gfp(e->gfp))
			return true;
		if (e->pfn == TRACE_NO_PFN)
			return e->order < 0 || e->order > OPS_MAX_ORDER;
		break;
	case TRACE_PAGE_FREE:
	case TRACE_ZONE_LOCKED:
	case TRACE_PCPU_DRAIN:
		break;
	case TRACE_PAGE_FREE_BATCHED:
		return e->pfn >= OPS_MAX_PFN || e->order;
	case TRACE_EXTFRAG:
		return e->pfn >= OPS_MAX_PFN || e->order < 0 || e->order > OPS_MAX_ORDER;
	default:
		return false;
	}
	return e->pfn >= OPS_MAX_PFN || e->order < 0 || e->order > OPS_MAX_ORDER || e->mt < 0 ||
	       e->mt > 2 || (e->pfn & ((UINT64_C(1) << e->order) - 1));
}

static void add_event(struct builder *b, uint32_t i)
{
	const struct trace_event *e = &b->trace->events[i];
	struct context *c;

	if (damaged(e)) {
		b->out->damaged++;
		return;
	}
	c = context_of(b, e);
	if (b->no_probes && e->type >= TRACE_BULK && e->type <= TRACE_BULK_FUNC)
		return;
	if (e->type != TRACE_ZONE_LOCKED && e->type != TRACE_EXTFRAG &&
	    e->type != TRACE_PAGE_ALLOC && e->type != TRACE_BULK_RET)
		close_silent(b, c);
	switch (e->type) {
	case TRACE_ZONE_LOCKED:
	case TRACE_EXTFRAG:
		add_choice(b, c, i);
		break;
	case TRACE_PAGE_ALLOC:
		add_alloc(b, c, i);
		break;
	case TRACE_PAGE_FREE:
		add_free(b, c, i);
		break;
	case TRACE_PAGE_FREE_BATCHED:
		add_batched(b, c, i);
		break;
	case TRACE_PCPU_DRAIN:
		add_drain(b, c, i);
		break;
	case TRACE_BULK:
		if (b->out->probed_from == b->trace->nr_events)
			b->out->probed_from = i;
		c->bulk = i;
		c->inside = 0;
		c->drains = OPS_NONE;
		break;
	case TRACE_BULK_RET:
		add_bulk(b, c, i);
		break;
	case TRACE_AP:
		c->ap = i;
		c->drains = OPS_NONE;
		break;
	default:
		c->drains = OPS_NONE;
		break;
	}
}

/* Sizes of the tables: highest frame and pid. */
static void measure(struct builder *b)
{
	const struct trace *t = b->trace;
	unsigned int cpus = t->nr_cpus ? t->nr_cpus : 1;
	int32_t max_pid = 0;
	size_t i;

	for (i = 0; i < t->nr_events; i++) {
		if (has_frame(&t->events[i]) && t->events[i].pfn > b->out->max_pfn)
			b->out->max_pfn = t->events[i].pfn;
		if (t->events[i].pid > max_pid)
			max_pid = t->events[i].pid;
	}
	b->nr_contexts = 3 * (size_t)cpus + (size_t)max_pid + 1;
}

static int take_tables(struct builder *b)
{
	size_t n = b->trace->nr_events + 1;
	size_t i;

	b->out->ops = malloc(n * sizeof(*b->out->ops));
	b->out->at = malloc(n * sizeof(*b->out->at));
	b->out->next = malloc(n * sizeof(*b->out->next));
	b->contexts = malloc(b->nr_contexts * sizeof(*b->contexts));
	b->last = calloc(b->trace->nr_cpus + 1, sizeof(*b->last));
	b->prepared = malloc((b->out->max_pfn + 1) * sizeof(*b->prepared));
	if (!b->out->ops || !b->out->at || !b->out->next || !b->contexts || !b->prepared ||
	    !b->last)
		return -ENOMEM;
	memset(b->out->at, 0xff, n * sizeof(*b->out->at));
	memset(b->out->next, 0xff, n * sizeof(*b->out->next));
	memset(b->prepared, 0xff, (b->out->max_pfn + 1) * sizeof(*b->prepared));
	for (i = 0; i < b->nr_contexts; i++)
		b->contexts[i] =
			(struct context){ OPS_NONE, OPS_NONE, OPS_NONE, OPS_NONE, OPS_NONE, 0 };
	return 0;
}

static void close_all(struct builder *b)
{
	size_t i;

	for (i = 0; i < b->nr_contexts; i++)
		close_silent(b, &b->contexts[i]);
}

int ops_build(const struct trace *trace, bool no_probes, struct op_list *out)
{
	struct builder b = { .trace = trace, .out = out, .no_probes = no_probes };
	int err = -E2BIG;
	uint32_t i;

	memset(out, 0, sizeof(*out));
	if (trace->nr_events >= OPS_NONE)
		return err;
	out->probed_from = (uint32_t)trace->nr_events;
	measure(&b);
	err = take_tables(&b);
	if (!err) {
		for (i = 0; i < trace->nr_events; i++) {
			add_event(&b, i);
			b.last[cpu_of(&b, i)] = i;
		}
		close_all(&b);
	}
	free(b.contexts);
	free(b.prepared);
	free(b.last);
	if (err)
		ops_free(out);
	return err;
}

void ops_free(struct op_list *ops)
{
	free(ops->ops);
	free(ops->at);
	free(ops->next);
	memset(ops, 0, sizeof(*ops));
}
