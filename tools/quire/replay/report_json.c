/* SPDX-License-Identifier: MIT */
/*
 * report_json.c - the report for programs (report.h). Keys are described in
 * man quire-replay; none is ever renamed.
 */
#include "replay/report.h"

static json_t *number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static void set(json_t *o, const char *key, uint64_t n)
{
	json_object_set_new(o, key, number(n));
}

static json_t *pair(const struct check_count *k)
{
	json_t *o = json_object();

	set(o, "recorded", k->recorded);
	set(o, "predicted", k->same);
	return o;
}

static json_t *page_alloc(const struct replay_counts *c)
{
	json_t *o = json_object();

	set(o, "total", c->checks[CHECK_ALLOC].recorded);
	set(o, "same_pfn", c->checks[CHECK_ALLOC].same);
	set(o, "same_pageblock", c->alloc_same_block);
	set(o, "same_zone", c->alloc_same_zone);
	return o;
}

static json_t *extfrag(const struct replay_counts *c)
{
	json_t *o = json_object();

	set(o, "recorded", c->checks[CHECK_EXTFRAG].recorded);
	set(o, "predicted", c->extfrag_pairs);
	set(o, "same", c->checks[CHECK_EXTFRAG].same);
	return o;
}

static json_t *prefix(const struct session_run *run)
{
	json_t *o = json_object();
	uint64_t same, of = replay_checks(run->replay, &same);

	set(o, "events", run->replay->counts.prefix);
	set(o, "of", of);
	if (run->replay->first_difference)
		set(o, "first_difference_event", run->replay->counts.prefix_event);
	return o;
}

static json_t *snapshots(const struct snapshots *s)
{
	json_t *list = json_array();
	unsigned int i, j;

	for (i = 0; i < s->nr; i++)
		for (j = 0; j < SNAPSHOT_FILES; j++) {
			const struct snapshot_file *f = &s->list[i].files[j];
			json_t *o;

			if (!f->cells)
				continue;
			o = json_object();
			json_object_set_new(o, "name", json_string(s->list[i].name));
			json_object_set_new(o, "file", json_string(f->file));
			set(o, "cells", f->cells);
			set(o, "equal", f->equal);
			set(o, "within_2_percent", f->within_2_percent);
			set(o, "event", f->at);
			json_array_append_new(list, o);
		}
	return list;
}

static json_t *frames(const struct snapshots *s)
{
	json_t *list = json_array();
	unsigned int i;

	for (i = 0; i < s->nr; i++) {
		json_t *o;

		if (!s->list[i].frames_total)
			continue;
		o = json_object();
		json_object_set_new(o, "name", json_string(s->list[i].name));
		set(o, "total", s->list[i].frames_total);
		set(o, "same_free", s->list[i].frames_same);
		set(o, "event", s->list[i].frames_at);
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *inputs(const struct replay_counts *c)
{
	json_t *o = json_object();

	set(o, "frees", c->frees);
	set(o, "unseen_pages", c->unseen_pages);
	set(o, "deferred_pages", c->deferred_pages);
	set(o, "bulk_pages", c->bulk_pages);
	set(o, "inferred_bulk_pages", c->inferred_bulk);
	set(o, "told_nodes", c->told_nodes);
	set(o, "told_write_nodes", c->told_write);
	set(o, "inferred_reclaim_ends", c->reclaim_inferred);
	set(o, "interrupt_frees_past_lists", c->softirq_direct);
	set(o, "exact_tails", c->exact_tails);
	set(o, "drains_alone", c->drains_alone);
	return o;
}

static json_t *trouble(const struct session *s, const struct session_run *run)
{
	const struct replay_counts *c = &run->replay->counts;
	json_t *o = json_object();

	set(o, "lost_events", s->trace.counts.lost);
	set(o, "unknown_records", s->trace.counts.unknown);
	set(o, "bad_records", s->trace.counts.bad);
	set(o, "damaged_events", run->ops.damaged);
	json_object_set_new(o, "truncated", json_boolean(s->trace.counts.truncated));
	set(o, "frees_of_unknown_pages", c->free_unknown);
	set(o, "frees_of_free_pages", c->free_free);
	set(o, "frames_out_of_range", c->bad_frame);
	set(o, "vanished_pages", c->vanished);
	set(o, "corrected_operations", c->resyncs);
	set(o, "frames_not_to_be_had", c->resync_lost);
	set(o, "wrong_zone", c->wrong_zone);
	return o;
}

static json_t *fidelity(const struct session_run *run)
{
	const struct replay_counts *c = &run->replay->counts;
	json_t *o = json_object(), *boot = json_object();
	uint64_t same, of = replay_checks(run->replay, &same);

	set(boot, "total", run->boot.total);
	set(boot, "same", run->boot.same);
	json_object_set_new(o, "boot_alloc", boot);
	json_object_set_new(o, "page_alloc", page_alloc(c));
	json_object_set_new(o, "refill", pair(&c->checks[CHECK_REFILL]));
	json_object_set_new(o, "direct", pair(&c->checks[CHECK_DIRECT]));
	json_object_set_new(o, "drain", pair(&c->checks[CHECK_DRAIN]));
	json_object_set_new(o, "isolate", pair(&c->checks[CHECK_ISOLATE]));
	json_object_set_new(o, "extfrag", extfrag(c));
	json_object_set_new(
		o, "checks",
		json_pack("{s:I,s:I}", "total", (json_int_t)of, "same", (json_int_t)same));
	json_object_set_new(o, "snapshots", snapshots(&run->snapshots));
	json_object_set_new(o, "frames", frames(&run->snapshots));
	json_object_set_new(o, "exact_prefix", prefix(run));
	set(o, "inferred_bulk_pages", c->inferred_bulk);
	if (run->replay->first_difference)
		json_object_set_new(o, "first_difference",
				    json_string(run->replay->first_difference));
	return o;
}

/* Files that the recording does not have. */
static json_t *missing(const struct session *s)
{
	json_t *list = json_array();
	unsigned int i;

	if (!s->have_derived)
		json_array_append_new(list, json_string("dmesg.txt"));
	for (i = 0; s->have_derived && i < s->derived.nr_missing; i++)
		json_array_append_new(list, json_string(s->derived.missing[i]));
	return list;
}

json_t *report_json(const struct session *s, const struct session_run *run,
		    const struct session_run *told, bool timing)
{
	json_t *o = json_object();

	json_object_set_new(o, "recording", json_string(s->path));
	if (run->status)
		json_object_set_new(o, "stopped_after_event", number(run->replay->event));
	json_object_set_new(o, "missing", missing(s));
	set(o, "events", s->trace.nr_events);
	if (timing)
		json_object_set_new(o, "events_per_second",
				    json_real(run->seconds > 0
						      ? (double)s->trace.nr_events / run->seconds
						      : 0.0));
	json_object_set_new(o, "fidelity", fidelity(run));
	if (told)
		json_object_set_new(o, "fidelity_write_nodes_told", fidelity(told));
	json_object_set_new(o, "inputs", inputs(&run->replay->counts));
	json_object_set_new(o, "metrics", metrics_json(&run->metrics));
	json_object_set_new(o, "trouble", trouble(s, run));
	return o;
}
