/* SPDX-License-Identifier: MIT */
/*
 * reclaim.c - when a zone is under reclaim, which keeps per-CPU lists short.
 *
 * 1. A pass of a node's background reclaimer begins at its KSWAPD_WAKE. Its end has no
 *    event: it is taken to be the task's last event before its next KSWAPD_WAKE or
 *    KSWAPD_SLEEP. (The sleep event comes up to 100 ms later.)
 *    Marks boosted by a steal are lowered again at the end of a pass, by what the pass
 *    found at its beginning.
 * 2. The reclaimer may lose the CPU between its last event and the end of the pass. A
 *    recorded drain that only a zone under reclaim makes (the list below its limit, but
 *    not below 4 * batch) then shows that the pass lasted, and it is taken to last until
 *    another task than the one that drained shows up. Such ends are counted as inferred.
 */
#include <stdlib.h>

#include "replay/engine.h"

struct pass {
	int32_t pid;
	uint32_t begin, last;
	int16_t nid;
	uint8_t zone_type;
	bool open;
};

static int add_change(struct replay *r, const struct pass *p, uint32_t event, bool active)
{
	if (!(r->nr_changes & (r->nr_changes - 1))) {
		size_t cap = r->nr_changes ? (size_t)r->nr_changes * 2 : 1;
		struct reclaim_change *grown = realloc(r->changes, cap * sizeof(*grown));

		if (!grown)
			return -1;
		r->changes = grown;
	}
	r->changes[r->nr_changes++] =
		(struct reclaim_change){ event, p->nid, p->zone_type, active };
	return 0;
}

static int close_pass(struct replay *r, struct pass *p)
{
	p->open = false;
	if (p->last == p->begin)
		return 0;
	return add_change(r, p, p->begin, true) || add_change(r, p, p->last, false);
}

static int by_event(const void *a, const void *b)
{
	const struct reclaim_change *x = a, *y = b;

	return x->event < y->event ? -1 : x->event > y->event ? 1 : x->active - y->active;
}

static int see_event(struct replay *r, struct pass *passes, uint32_t i)
{
	const struct trace_event *e = &r->ev[i];
	struct pass *p;
	unsigned int nid;

	if (e->type == TRACE_KSWAPD_WAKE && e->pfn < r->config->nr_nodes) {
		p = &passes[e->pfn];
		if (p->open && close_pass(r, p))
			return -1;
		*p = (struct pass){ e->pid, i, i, (int16_t)e->pfn, (uint8_t)e->gfp, true };
		return 0;
	}
	for (nid = 0; nid < r->config->nr_nodes; nid++) {
		p = &passes[nid];
		if (!p->open || p->pid != e->pid ||
		    (e->cflags & (TRACE_FLAG_HARDIRQ | TRACE_FLAG_SOFTIRQ)))
			continue;
		if (e->type == TRACE_KSWAPD_SLEEP)
			return close_pass(r, p);
		p->last = i;
	}
	return 0;
}

/** reclaim_prepare() - finds the passes. Return: 0 or -1 when memory is short. */
int reclaim_prepare(struct replay *r)
{
	struct pass *passes = calloc(r->config->nr_nodes, sizeof(*passes));
	bool any = false;
	int err;
	unsigned int nid;
	size_t i;

	r->zone_boost = calloc(r->nr_zones, sizeof(*r->zone_boost));
	err = passes && r->zone_boost ? 0 : -1;
	for (i = 0; !err && i < r->trace->nr_events; i++) {
		any |= r->ev[i].type == TRACE_KSWAPD_WAKE;
		if (any)
			err = see_event(r, passes, (uint32_t)i);
	}
	for (nid = 0; !err && nid < r->config->nr_nodes; nid++)
		if (passes[nid].open)
			err = close_pass(r, &passes[nid]);
	free(passes);
	if (!err && r->nr_changes)
		qsort(r->changes, r->nr_changes, sizeof(*r->changes), by_event);
	return err;
}

/* The trace counts zone types as an x86-64 kernel does, which has no HIGHMEM: 3 is MOVABLE. */
static bool zone_reached(const struct zone *zone, unsigned int trace_type)
{
	return trace_type >= 3 || zone->idx <= trace_type;
}

/* A pass takes back at its end the boost of the marks that it found at its beginning. */
static void boost(struct replay *r, unsigned int zone, bool begins)
{
	unsigned long *now = &r->zones[zone]->watermark_boost;

	if (begins)
		r->zone_boost[zone] = *now;
	else
		*now -= *now < r->zone_boost[zone] ? *now : r->zone_boost[zone];
}

/** reclaim_advance() - makes the changes due at the current event. */
void reclaim_advance(struct replay *r)
{
	unsigned int i;

	while (r->next_change < r->nr_changes && r->changes[r->next_change].event <= r->event) {
		const struct reclaim_change *c = &r->changes[r->next_change++];

		for (i = 0; i < r->nr_zones; i++)
			if (r->zones[i]->zone_pgdat->node_id == c->nid &&
			    zone_reached(r->zones[i], c->zone_type)) {
				quire_set_reclaim_active(r->zones[i], c->active);
				boost(r, i, c->active);
			}
	}
}

static void end_extension(struct replay *r)
{
	unsigned int i;

	for (i = 0; i < r->nr_zones; i++)
		if (r->reclaim_zones & 1u << i)
			quire_set_reclaim_active(r->zones[i], false);
	r->reclaim_zones = 0;
	r->reclaim_extended = false;
}

/** reclaim_before_free() - @op, a free with recorded drains: does it show that a pass lasts? */
void reclaim_before_free(struct replay *r, const struct op *op, struct zone *zone)
{
	const struct per_cpu_pages *pcp = quire_zone_pcp(zone, r->cpu);
	const struct trace_event *e = &r->ev[op->main];
	unsigned int i;

	if (e->order || zone->flags & 1ul << ZONE_RECLAIM_ACTIVE || !r->next_change)
		return;
	if (pcp->count + 1 >= pcp->high || pcp->count + 1 < pcp->batch * 4)
		return;
	for (i = 0; i < r->nr_zones && i < 8; i++)
		if (r->zones[i]->zone_pgdat == zone->zone_pgdat) {
			quire_set_reclaim_active(r->zones[i], true);
			r->reclaim_zones |= (uint8_t)(1u << i);
		}
	r->reclaim_extended = true;
	r->extended_pid = e->pid;
	r->counts.reclaim_inferred++;
}

/** reclaim_other_task() - the run has reached @e: an inferred pass ends with another task. */
void reclaim_other_task(struct replay *r, const struct trace_event *e)
{
	if (e->pid != r->extended_pid && !(e->cflags & (TRACE_FLAG_HARDIRQ | TRACE_FLAG_SOFTIRQ)))
		end_extension(r);
}
