/* SPDX-License-Identifier: MIT */
/*
 * engine.c - the run through all events.
 *
 * Each event costs one look at its operation and one at its type; everything else
 * happens only where an operation begins or the machine's state is told to change.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "replay/engine.h"

#define PROGRESS_MASK 0xffff

static void mark_reserved(struct replay *r, const uint8_t *reserved)
{
	uint64_t pfn;

	for (pfn = 0; pfn < r->nr_frames; pfn++)
		if (reserved[pfn >> 3] >> (pfn & 7) & 1 && r->frames[pfn] != FRAME_HOLE)
			r->frames[pfn] = FRAME_RESERVED;
}

/* Frames that have a struct page: up to the end of the last zone. */
static uint64_t count_frames(const struct replay *r)
{
	uint64_t end = 0;
	unsigned int i;

	for (i = 0; i < r->nr_zones; i++)
		if (zone_end_pfn(r->zones[i]) > end)
			end = zone_end_pfn(r->zones[i]);
	return end;
}

static void mark_holes(struct replay *r)
{
	uint64_t pfn;

	for (pfn = 0; pfn < r->nr_frames; pfn++)
		if (!pfn_valid(pfn) || !zone_spans_pfn(zone_at(r, pfn), pfn))
			r->frames[pfn] = FRAME_HOLE;
}

static void find_types(struct replay *r)
{
	size_t i;

	for (i = 0; i < r->trace->nr_events; i++)
		r->recorded_types |= 1u << (r->ev[i].type & 31);
	/* A short trace may have refills and happen to have no drain, no steal. */
	if (r->recorded_types & 1u << TRACE_ZONE_LOCKED)
		r->recorded_types |= 1u << TRACE_PCPU_DRAIN | 1u << TRACE_EXTFRAG;
}

static int take_tables(struct replay *r)
{
	find_types(r);
	r->cap_pred = 1024;
	r->frames = calloc(r->nr_frames, 1);
	r->types = calloc(r->nr_frames, 1);
	r->pred = malloc(r->cap_pred * sizeof(*r->pred));
	if (!r->frames || !r->types || !r->pred)
		return -1;
	mark_holes(r);
	memset(r->types, TYPE_NONE, r->nr_frames);
	if (infer_prepare(r) || reclaim_prepare(r))
		return -1;
	return compact_prepare(r);
}

struct replay *replay_new(struct quire_machine *machine, const struct trace *trace,
			  struct op_list *ops, const uint8_t *reserved,
			  const struct replay_options *options)
{
	struct replay *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->machine = machine;
	r->config = quire_machine_config_of(machine);
	r->trace = trace;
	r->ev = trace->events;
	r->ops = ops;
	r->options = *options;
	r->mem_map = quire_this_cpu->mem_map;
	r->zones = quire_zones(machine, &r->nr_zones);
	r->nr_frames = count_frames(r);
	r->probed_from = options->no_probes ? (uint32_t)trace->nr_events : ops->probed_from;
	r->exact = true;
	r->counts.prefix_event = trace->nr_events;
	if (take_tables(r)) {
		replay_free(r);
		return NULL;
	}
	if (reserved)
		mark_reserved(r, reserved);
	return r;
}

void replay_free(struct replay *r)
{
	if (!r)
		return;
	quire_page_trace_set(r->machine, NULL);
	free(r->frames);
	free(r->types);
	free(r->silent);
	free(r->pred);
	free(r->changes);
	free(r->zone_boost);
	free(r->compaction.skip);
	free(r->first_difference);
	free(r);
}

static void at_mark(struct replay *r, const struct trace_event *e)
{
	const char *text = e->pfn < r->trace->strings_bytes ? r->trace->strings + e->pfn : "";

	if (r->options.at_mark)
		r->options.at_mark(r->options.arg, r, r->event, text);
	stages_event(r, e);
}

/* Events that are no operation. */
static void state_event(struct replay *r, const struct trace_event *e)
{
	switch (e->type) {
	case TRACE_INITCALL_LEVEL:
	case TRACE_INITCALL_START:
	case TRACE_INITCALL_FINISH:
		stages_event(r, e);
		break;
	case TRACE_MARK:
		at_mark(r, e);
		break;
	case TRACE_FOLD:
		if (e->cpu < r->config->nr_cpus)
			quire_refresh_cpu_vm_stats(r->machine, e->cpu);
		break;
	case TRACE_ISOLATE_FREE:
	case TRACE_ISOLATE_MIGRATE:
	case TRACE_COMPACT_BEGIN:
	case TRACE_COMPACT_END:
	case TRACE_KCOMPACTD_WAKE:
	case TRACE_MIGRATE_BEGIN:
	case TRACE_MIGRATE_END:
		compact_event(r, r->event);
		break;
	default:
		break;
	}
}

static void one_event(struct replay *r, uint32_t i)
{
	const struct trace_event *e = &r->ev[i];
	uint32_t op = r->ops->at[i];

	r->event = i;
	if (unlikely(r->next_change < r->nr_changes && r->changes[r->next_change].event < i))
		reclaim_advance(r);
	if (unlikely(r->reclaim_extended))
		reclaim_other_task(r, e);
	if (op != OPS_NONE) {
		if (unlikely(r->stage < 2))
			stages_before_op(r);
		run_op(r, &r->ops->ops[op]);
		if (unlikely(r->watch_ops) && r->options.at_op)
			r->options.at_op(r->options.arg, r, i);
		return;
	}
	if (e->type > TRACE_EXTFRAG)
		state_event(r, e);
}

int replay_run(struct replay *r)
{
	uint32_t i, n = (uint32_t)r->trace->nr_events;

	if (r->options.unknown_start) {
		r->stage = STAGES_DONE;
		hooks_install(r);
	} else {
		stages_start(r);
	}
	for (i = 0; i < n; i++) {
		one_event(r, i);
		if (unlikely(!(i & PROGRESS_MASK))) {
			if (r->options.progress)
				r->options.progress(r->options.arg, i, n);
			if (r->options.cancel && *r->options.cancel)
				return -EINTR;
		}
	}
	r->counts.events = n;
	return 0;
}

uint64_t replay_checks(const struct replay *r, uint64_t *same)
{
	uint64_t recorded = 0;
	int class;

	*same = 0;
	for (class = 0; class < NR_CHECK_CLASSES; class ++) {
		recorded += r->counts.checks[class].recorded;
		*same += r->counts.checks[class].same;
	}
	return recorded;
}
