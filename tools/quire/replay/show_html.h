/* SPDX-License-Identifier: MIT */
/*
 * show_html.h - a run's history for the HTML page: what each frame was, over time.
 *
 *	run ---> state of frames, blocks, lists at ~120 moments ---> history (html/)
 *	trace -> steals, drains, compaction, reclaim, marks ------> marks on the time line
 *
 * The map shows the machine's own state: free blocks and lists are the allocator's,
 * whose page a used frame is comes from the request it was allocated for.
 */
#ifndef QUIRE_TOOLS_REPLAY_SHOW_HTML_H
#define QUIRE_TOOLS_REPLAY_SHOW_HTML_H

#include <stdio.h>

#include "html/history.h"
#include "replay/engine.h"

struct show_html;

/** show_html_new() - the history of @r, which is about to run. NULL: out of memory. */
struct show_html *show_html_new(const struct replay *r, const char *name);
/** show_html_free() - gives it back; @h may be NULL. */
void show_html_free(struct show_html *h);

/** show_html_due() - is it time for a sample? One comparison. */
bool show_html_due(const struct show_html *h, uint32_t event);
/** show_html_sample() - takes one; @label: a name of the moment, or NULL. */
void show_html_sample(struct show_html *h, const struct replay *r, uint32_t event,
		      const char *label);
/** show_html_finish() - the last sample, and all marks that the trace gives. */
void show_html_finish(struct show_html *h, const struct replay *r);

/**
 * show_html_own_marks() - @h is of a machine that chooses for itself: steals, drains and
 * failures are not the trace's but come by the three functions below, in order of events.
 */
void show_html_own_marks(struct show_html *h);
/** show_html_steal() - a block of another type was taken; @e: as if it were recorded. */
void show_html_steal(struct show_html *h, const struct replay *r, const struct trace_event *e);
/** show_html_drain() - a block left a per-CPU list; a burst of drains is one mark. */
void show_html_drain(struct show_html *h, const struct replay *r);
/** show_html_failure() - the request at the current event failed. */
void show_html_failure(struct show_html *h, const struct replay *r, unsigned int order);

/**
 * show_html_write() - the page for @nr runs, the recorded machine's first.
 * @json: the report; @err: one line on failure
 * Return: 0 or a negative errno.
 */
int show_html_write(struct show_html *const *runs, unsigned int nr, const char *title,
		    const char *subtitle, const char *json, FILE *out, char *err, size_t err_size);

#endif /* QUIRE_TOOLS_REPLAY_SHOW_HTML_H */
