/* SPDX-License-Identifier: MIT */
/*
 * whatif.c - the run through all events on another machine (whatif.h).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "replay/whatif.h"

#define PROGRESS_MASK 0xffff

/* --- what this machine does by itself ----------------------------------------------------- */

static void on_zone_locked(void *ctx, struct page *page, unsigned int order, int mt, bool refill)
{
	struct whatif *w = ctx;

	(void)mt;
	w->metrics->refills += refill;
	w->metrics->direct += !refill;
	if (refill)
		set_frames(w->r, (uint64_t)(page - w->r->mem_map), (int)order, FRAME_PCP);
}

static void on_drain(void *ctx, struct page *page, unsigned int order, int mt)
{
	struct whatif *w = ctx;

	(void)mt;
	w->metrics->drains++;
	if (w->html)
		show_html_drain(w->html, w->r);
	set_frames(w->r, (uint64_t)(page - w->r->mem_map), (int)order, FRAME_FREE);
}

static void on_extfrag(void *ctx, struct page *page, unsigned int alloc_order, int fallback_order,
		       int alloc_mt, int fallback_mt)
{
	struct whatif *w = ctx;
	bool owner = get_pageblock_migratetype(page) == alloc_mt;
	struct trace_event e = { .type = TRACE_EXTFRAG,
				 .pfn = (uint64_t)(page - w->r->mem_map),
				 .gfp = (uint32_t)fallback_mt | (uint32_t)owner << 8,
				 .order = (int8_t)alloc_order,
				 .mt = (int8_t)alloc_mt,
				 .aux = (uint8_t)fallback_order };

	if (alloc_mt < MIGRATE_PCPTYPES)
		w->metrics->fallbacks[alloc_mt]++;
	w->metrics->steals += owner;
	if (w->html)
		show_html_steal(w->html, w->r, &e);
}

/* --- made and freed --------------------------------------------------------------------------- */

static uint64_t highest_frame(const struct replay *r, const struct whatif_log *log)
{
	uint64_t max = r->ops->max_pfn;
	size_t i;

	for (i = 0; i < log->nr; i++)
		if (log->notes[i].kind <= WHATIF_ISOLATED && log->notes[i].pfn > max)
			max = log->notes[i].pfn;
	return max;
}

struct whatif *whatif_new(struct replay *r, const struct whatif_log *log,
			  const struct quire_machine_config *recorded, bool same_map,
			  struct metrics *metrics)
{
	struct whatif *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->r = r;
	w->log = log;
	w->recorded = recorded;
	w->same_map = same_map;
	w->metrics = metrics;
	w->nr_map = highest_frame(r, log) + (UINT64_C(1) << METRICS_ORDERS);
	w->map = malloc(w->nr_map * sizeof(*w->map));
	w->boost = calloc(r->nr_zones, sizeof(*w->boost));
	if (!w->map || !w->boost) {
		whatif_free(w);
		return NULL;
	}
	if (!r->config->staged_init)
		r->stage = STAGES_DONE;
	memset(w->map, 0xff, w->nr_map * sizeof(*w->map));
	w->hooks = (struct quire_page_trace){
		.ctx = w, .zone_locked = on_zone_locked, .drain = on_drain, .extfrag = on_extfrag
	};
	return w;
}

void whatif_free(struct whatif *w)
{
	if (!w)
		return;
	quire_page_trace_set(w->r->machine, NULL);
	free(w->map);
	free(w->boost);
	free(w);
}

/* --- notes ------------------------------------------------------------------------------- */

struct zone *whatif_zone(const struct whatif *w, const struct whatif_note *note)
{
	const struct replay *r = w->r;
	int nid = whatif_node(w, note->nid);
	struct zone *found = NULL;
	unsigned int i;

	if (w->same_map && note->zone < r->nr_zones)
		return r->zones[note->zone];
	/* The highest populated zone of the node: where most of a node's memory is. */
	for (i = 0; i < r->nr_zones; i++)
		if (r->zones[i]->zone_pgdat->node_id == nid && r->zones[i]->managed_pages.counter)
			found = r->zones[i];
	return found ? found : r->zones[0];
}

static void drain(struct whatif *w, const struct whatif_note *note)
{
	struct zone *zone = whatif_zone(w, note);
	int count = quire_zone_pcp(zone, w->r->cpu)->count;

	if (note->pfn < (uint64_t)count)
		count = (int)note->pfn;
	if (count)
		quire_step_drain(zone, count, 0, 0);
}

static void reclaim(struct whatif *w, const struct whatif_note *note)
{
	struct zone *zone = whatif_zone(w, note);
	bool on = note->kind == WHATIF_RECLAIM_ON;
	unsigned long *now = &zone->watermark_boost;
	unsigned int i = 0;

	while (w->r->zones[i] != zone)
		i++;
	quire_set_reclaim_active(zone, on);
	if (on)
		w->boost[i] = *now;
	else
		*now -= *now < w->boost[i] ? *now : w->boost[i];
}

static size_t same_kind(const struct whatif *w, size_t from)
{
	const struct whatif_note *n = w->log->notes;
	size_t end = from + 1;

	while (end < w->log->nr && n[end].event == n[from].event && n[end].kind == n[from].kind)
		end++;
	return end - from;
}

/* What @event has noted, but drains: before its operation. Silent pages of a bulk are its own. */
static void notes_before(struct whatif *w, uint32_t event, const struct op *op)
{
	while (w->next_note < w->log->nr) {
		const struct whatif_note *note = &w->log->notes[w->next_note];
		size_t nr = same_kind(w, w->next_note);

		if (note->event > event || note->kind == WHATIF_DRAIN)
			return;
		w->next_note += nr;
		switch (note->kind) {
		case WHATIF_UNSEEN:
			whatif_unseen(w, note, nr);
			break;
		case WHATIF_SILENT:
			if (op->kind == OP_BULK)
				whatif_bulk(w, op, note, nr);
			else
				whatif_silent(w, note, nr);
			break;
		case WHATIF_ISOLATED:
			for (; nr; nr--, note++)
				whatif_isolated(w, note);
			break;
		default:
			for (; nr; nr--, note++)
				reclaim(w, note);
			break;
		}
	}
}

static void notes_behind(struct whatif *w, uint32_t event)
{
	while (w->next_note < w->log->nr && w->log->notes[w->next_note].event == event &&
	       w->log->notes[w->next_note].kind == WHATIF_DRAIN)
		drain(w, &w->log->notes[w->next_note++]);
}

/* --- events ------------------------------------------------------------------------------ */

static void on_cpu(struct whatif *w, unsigned int cpu)
{
	cpu %= w->r->config->nr_cpus;
	if (cpu != w->r->cpu && !quire_cpu_enter(w->r->machine, cpu))
		w->r->cpu = cpu;
}

static void request(struct whatif *w, uint32_t event, uint32_t index)
{
	const struct op *op = &w->r->ops->ops[index];

	on_cpu(w, op->cpu);
	notes_before(w, event, op);
	switch (op->kind) {
	case OP_ALLOC:
		/* Moved by inference: it takes place at its own event. */
		if (event == op->main || w->r->ops->at[op->main] != index)
			whatif_alloc(w, op);
		break;
	case OP_FREE:
	case OP_PREPARE:
	case OP_COMMIT:
		whatif_free_op(w, op);
		break;
	default:
		break;
	}
	notes_behind(w, event);
}

static void state_event(struct whatif *w, const struct trace_event *e)
{
	struct replay *r = w->r;
	const char *text;

	switch (e->type) {
	case TRACE_INITCALL_LEVEL:
	case TRACE_INITCALL_START:
	case TRACE_INITCALL_FINISH:
		stages_event(r, e);
		break;
	case TRACE_MARK:
		text = e->pfn < r->trace->strings_bytes ? r->trace->strings + e->pfn : "";
		if (r->options.at_mark)
			r->options.at_mark(r->options.arg, r, r->event, text);
		stages_event(r, e);
		break;
	case TRACE_FOLD:
		quire_refresh_cpu_vm_stats(r->machine, e->cpu % r->config->nr_cpus);
		break;
	default:
		break;
	}
}

static void one_event(struct whatif *w, uint32_t i)
{
	struct replay *r = w->r;
	uint32_t op = r->ops->at[i];

	r->event = i;
	if (op == OPS_NONE) {
		state_event(w, &r->ev[i]);
		return;
	}
	stages_before_op(r);
	request(w, i, op);
	if (r->watch_ops && r->options.at_op)
		r->options.at_op(r->options.arg, r, i);
}

int whatif_run(struct whatif *w)
{
	struct replay *r = w->r;
	uint32_t i, n = (uint32_t)r->trace->nr_events;

	quire_page_trace_set(r->machine, &w->hooks);
	for (i = 0; i < n; i++) {
		one_event(w, i);
		if (i & PROGRESS_MASK)
			continue;
		if (r->options.progress)
			r->options.progress(r->options.arg, i, n);
		if (r->options.cancel && *r->options.cancel)
			return -EINTR;
	}
	r->counts.events = n;
	return 0;
}
