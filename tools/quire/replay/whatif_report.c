/* SPDX-License-Identifier: MIT */
/*
 * whatif_report.c - what came out differently on the other machine (whatif_report.h).
 */
#include <inttypes.h>

#include "replay/whatif_report.h"

/* Boot requests that found no room. */
static uint64_t boot_failed(const struct boot_fidelity *boot)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < boot->nr_differences; i++)
		n += !boot->differences[i].quire;
	return n;
}

static void some(FILE *out, uint64_t n, const char *what)
{
	if (n)
		fprintf(out, "  %" PRIu64 " %s\n", n, what);
}

void whatif_text(const struct session_run *recorded, const struct session_run *other,
		 const struct whatif_machine *m, FILE *out)
{
	const struct whatif_counts *c = &other->whatif->counts;

	fprintf(out,
		"What if: %s\n"
		"  The recorded requests and frees on that machine, which chooses by itself; "
		"nothing\n"
		"  is corrected, and nothing reclaimed beyond what the recorded kernel freed.\n",
		m->name);
	metrics_text(&recorded->metrics, &other->metrics, out);
	fprintf(out, "  Of %" PRIu64 " requests, %" PRIu64 " got the recorded page frame.\n",
		other->metrics.requests, c->same_frame);
	some(out, c->below_low, "requests found no zone above its low mark (kswapd would wake)");
	some(out, c->would_succeed, "requests failed in the recording and would not here");
	some(out, c->unseen_failed,
	     "pages in use before the first event (a trace buffer, too) found no room");
	some(out, c->silent_failed - c->unseen_failed, "pages of bulk requests were not to be had");
	some(out, c->frees_failed, "frees came to nothing: the pages were not had here");
	some(out, c->frees_elsewhere, "frees of the recorded boot's memory have no page here");
	some(out, c->frees_unknown, "frees of pages never seen allocated came to nothing");
	some(out, boot_failed(&other->boot), "requests of the recorded boot found no room here");
}

static void set(json_t *o, const char *key, uint64_t n)
{
	json_object_set_new(o, key, json_integer((json_int_t)n));
}

json_t *whatif_json(const struct session *s, const struct session_run *other,
		    const struct whatif_machine *m)
{
	const struct whatif_counts *c = &other->whatif->counts;
	json_t *o = json_object(), *notes = json_object();

	json_object_set_new(o, "name", json_string(m->name));
	json_object_set_new(o, "machine", json_string(m->config.name));
	json_object_set_new(o, "changed", whatif_machine_changes(s, m));
	json_object_set_new(o, "metrics", metrics_json(&other->metrics));
	set(notes, "same_frame_as_recorded", c->same_frame);
	set(notes, "below_low_mark", c->below_low);
	set(notes, "would_not_fail_here", c->would_succeed);
	set(notes, "silent_pages", c->silent);
	set(notes, "silent_pages_failed", c->silent_failed);
	set(notes, "early_pages_failed", c->unseen_failed);
	set(notes, "freed_pages", c->frees);
	set(notes, "frees_of_failed", c->frees_failed);
	set(notes, "frees_of_boot_memory_elsewhere", c->frees_elsewhere);
	set(notes, "frees_of_unknown_pages", c->frees_unknown);
	set(notes, "boot_requests_failed", boot_failed(&other->boot));
	json_object_set_new(o, "run", notes);
	return o;
}
