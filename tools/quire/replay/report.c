/* SPDX-License-Identifier: MIT */
/*
 * report.c - how far to trust the replay, in words (report.h).
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "replay/report.h"

static double percent(uint64_t part, uint64_t of)
{
	return of ? 100.0 * (double)part / (double)of : 100.0;
}

static void line(FILE *out, const char *what, uint64_t same, uint64_t of)
{
	if (of)
		fprintf(out, "  %-46s %9" PRIu64 " of %9" PRIu64 "  %8.4f %%\n", what, same, of,
			percent(same, of));
	else
		fprintf(out, "  %-46s %25s\n", what, "none recorded");
}

static void input(FILE *out, const char *what, uint64_t n)
{
	if (n)
		fprintf(out, "  %-58s %10" PRIu64 "\n", what, n);
}

static void write_missing(const struct derived *d, FILE *out)
{
	unsigned int i;

	if (!d->log->mem_total_kb)
		fputs("  the boot log has no line \"Memory: ... available\": it ends early,\n"
		      "  and what was in use at boot is not known as a whole\n",
		      out);
	for (i = 0; i < d->nr_missing; i++)
		fprintf(out, "  not in the recording: %s (Linux's defaults instead)\n",
			d->missing[i]);
}

static void write_trace(const struct session *s, const struct session_run *run, FILE *out)
{
	const struct trace_counts *c = &s->trace.counts;
	const struct quire_machine_config *m = run->replay->config;

	fprintf(out,
		"Replay of %s: the requests that %s%s made of its %s,\n"
		"answered by Quire's, choice by choice.\n",
		s->path, s->have_derived ? "Linux " : "a kernel",
		s->have_derived ? s->derived.log->kernel : "",
		s->have_derived ? "page allocator" : "memory management");
	fprintf(out, "  %zu events on %u CPU%s; machine of %u node%s and %u CPU%s, %s\n",
		s->trace.nr_events, s->trace.nr_cpus, s->trace.nr_cpus == 1 ? "" : "s", m->nr_nodes,
		m->nr_nodes == 1 ? "" : "s", m->nr_cpus, m->nr_cpus == 1 ? "" : "s",
		s->have_derived ? "from the recording's boot log" : "not the recorded one");
	if (!s->have_derived)
		fputs("  what the recorded machine had in use at the first event is not known\n",
		      out);
	else
		write_missing(&s->derived, out);
	if (run->status)
		fprintf(out, "  stopped after event %" PRIu32 "\n", run->replay->event);
	if (c->truncated)
		fputs("  the file ends early\n", out);
	if (c->lost)
		fprintf(out, "  events lost by the kernel: %" PRIu64 "\n", c->lost);
	if (c->unknown || c->bad)
		fprintf(out,
			"  records without a known format: %" PRIu64 ", damaged: %" PRIu64 "\n",
			c->unknown, c->bad);
	if (c->unknown)
		fputs("  (formats that a trace.dat lacks are read from a folder formats in the "
		      "recording or beside it)\n",
		      out);
}

static void write_checks(const struct session *s, const struct session_run *run, FILE *out)
{
	const struct replay_counts *c = &run->replay->counts;
	const struct check_count *k = c->checks;
	uint64_t same, of = replay_checks(run->replay, &same);

	fprintf(out, "\n%-48s %22s\n",
		s->have_derived ? "How often Quire chose what the kernel chose"
				: "Page frames, on a machine not the recorded one",
		"same of recorded");
	if (run->boot.total)
		line(out, "boot memory, same address", run->boot.same, run->boot.total);
	line(out, "pages allocated, same page frame", k[CHECK_ALLOC].same, k[CHECK_ALLOC].recorded);
	line(out, "  same page block", c->alloc_same_block, k[CHECK_ALLOC].recorded);
	line(out, "  same zone", c->alloc_same_zone, k[CHECK_ALLOC].recorded);
	line(out, "refills of per-CPU lists", k[CHECK_REFILL].same, k[CHECK_REFILL].recorded);
	line(out, "drains of per-CPU lists", k[CHECK_DRAIN].same, k[CHECK_DRAIN].recorded);
	line(out, "blocks taken past these lists", k[CHECK_DIRECT].same, k[CHECK_DIRECT].recorded);
	line(out, "fallbacks to another migrate type", k[CHECK_EXTFRAG].same,
	     k[CHECK_EXTFRAG].recorded);
	line(out, "isolations by compaction", k[CHECK_ISOLATE].same, k[CHECK_ISOLATE].recorded);
	line(out, "all of these checks but boot memory", same, of);
	line(out, "checks before the first difference", c->prefix, of);
}

/* What a snapshot has, or should have, that was not compared. */
static void not_compared(FILE *out, const char *what, int err)
{
	if (err == ENOENT)
		fprintf(out, "  %-47s not recorded\n", what);
	else
		fprintf(out, "  %-47s not compared: %s\n", what,
			!err		 ? "no number of the page allocator in it"
			: err == EBADMSG ? "the file is damaged"
					 : strerror(err));
}

static void write_snapshots(const struct session_run *run, FILE *out)
{
	const struct snapshots *s = &run->snapshots;
	unsigned int i, j;

	if (s->nr)
		fprintf(out, "\n%-48s %22s\n", "State at the recorded snapshots",
			"equal of recorded");
	for (i = 0; i < s->nr; i++) {
		const struct snapshot *snap = &s->list[i];
		char what[80];

		if (!snap->reached) {
			fprintf(out, "  %s: not reached\n", snap->name);
			continue;
		}
		for (j = 0; j < SNAPSHOT_FILES; j++) {
			snprintf(what, sizeof(what), "%s: numbers in /proc/%s", snap->name,
				 snap->files[j].file);
			if (snap->files[j].cells)
				line(out, what, snap->files[j].equal, snap->files[j].cells);
			else
				not_compared(out, what, snap->files[j].err);
		}
		snprintf(what, sizeof(what), "%s: page frames, free or not", snap->name);
		if (snap->frames_total)
			line(out, what, snap->frames_same, snap->frames_total);
		else if (!snap->flags)
			not_compared(out, what, snap->flags_err);
	}
}

static void write_inputs(const struct session_run *run, FILE *out)
{
	const struct replay_counts *c = &run->replay->counts;

	fputs("\nTold, because no allocator could know it (beside every request's size and "
	      "flags)\n",
	      out);
	input(out, "frees", c->frees);
	input(out, "pages in use at the first event (counted from it)", c->unseen_pages);
	input(out, "pages freed by deferred initialisation", c->deferred_pages);
	input(out, "pages of bulk requests, told by probes", c->bulk_pages);
	input(out, "pages of bulk requests, inferred", c->inferred_bulk);
	input(out, "nodes of requests, told by the recorded frame", c->told_nodes);
	input(out, "  of __GFP_WRITE requests, told by the recorded frame", c->told_write);
	input(out, "ends of reclaim passes, inferred from drains", c->reclaim_inferred);
	input(out, "frees in an interrupt past a list in use, by a rule", c->softirq_direct);
	input(out, "tails of alloc_pages_exact()", c->exact_tails);
	input(out, "drains of whole lists by something else than a free", c->drains_alone);
}

static void write_trouble(const struct session_run *run, FILE *out)
{
	const struct replay_counts *c = &run->replay->counts;

	if (run->ops.damaged || c->free_unknown || c->free_free || c->bad_frame || c->vanished ||
	    c->resyncs || c->wrong_zone)
		fputs("\nWhat did not fit\n", out);
	input(out, "events whose fields make no sense", run->ops.damaged);
	input(out, "frees of frames never seen allocated", c->free_unknown);
	input(out, "frees of frames that were free here", c->free_free);
	input(out, "frames that this machine does not have", c->bad_frame);
	input(out, "pages that left a list without any event", c->vanished);
	input(out, "operations corrected after a difference", c->resyncs);
	input(out, "  recorded frames that could not be had", c->resync_lost);
	input(out, "allocations predicted from another zone", c->wrong_zone);
}

void report_head(const struct session *s, const struct session_run *run, FILE *out)
{
	write_trace(s, run, out);
}

void report_pages(const struct session *s, const struct session_run *run, FILE *out)
{
	write_checks(s, run, out);
	write_snapshots(run, out);
	write_inputs(run, out);
	write_trouble(run, out);
	if (!s->have_derived)
		return;
	fputc('\n', out);
	if (run->replay->first_difference)
		fputs(run->replay->first_difference, out);
	else
		fputs("Every choice was the kernel's.\n", out);
}
