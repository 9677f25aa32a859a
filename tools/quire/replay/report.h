/* SPDX-License-Identifier: MIT */
/*
 * report.h - a run's counts as text for people and as JSON.
 *
 * Both are made of counts alone: no time, no address enters but events_per_second, which
 * is left out on request, so that two runs give the same bytes.
 */
#ifndef QUIRE_TOOLS_REPLAY_REPORT_H
#define QUIRE_TOOLS_REPLAY_REPORT_H

#include <jansson.h>

#include "replay/session.h"

/** report_head() - what was replayed, on which machine, and what of the trace could not be read. */
void report_head(const struct session *s, const struct session_run *run, FILE *out);

/**
 * report_pages() - the fidelity of the page allocator in @run. On a machine that is not the
 * recorded one other frames are no mistake, so the first difference is not looked into.
 */
void report_pages(const struct session *s, const struct session_run *run, FILE *out);

/**
 * report_json() - the same as JSON; the caller owns the reference.
 * @told: a second run with the nodes of __GFP_WRITE requests told, NULL: none
 * @timing: with events_per_second
 */
json_t *report_json(const struct session *s, const struct session_run *run,
		    const struct session_run *told, bool timing);

#endif /* QUIRE_TOOLS_REPLAY_REPORT_H */
