/* SPDX-License-Identifier: MIT */
/*
 * whatif_log.h - what a replay of the recorded machine learns that stands in no event.
 *
 * A what-if run allocates for itself, but must ask for the same: also for the pages that
 * no event reports. The replay of the recorded machine knows them, by probes or by
 * inference; it is watched while it runs, and each such finding becomes a note:
 *
 *	event    17           204              981          1200
 *	         UNSEEN x n   SILENT pfn, mt   DRAIN zone   RECLAIM_ON zone
 *	         (before the first event)
 *
 * 1. A frame that is in use after an operation, and neither was before nor is named by the
 *    operation's own event, was taken silently (bulk requests) or isolated by compaction.
 * 2. Frames that were free at the hand-over and are in use at the first event are UNSEEN.
 *
 * Notes are in the order of their events; those of one event in the order in which they
 * are to be done. DRAIN comes after the event's operation, all others before it.
 */
#ifndef QUIRE_TOOLS_REPLAY_WHATIF_LOG_H
#define QUIRE_TOOLS_REPLAY_WHATIF_LOG_H

#include "replay/engine.h"

/** enum whatif_note_kind - what a note says. */
enum whatif_note_kind {
	WHATIF_UNSEEN,	    /* a page was in use before the first event */
	WHATIF_SILENT,	    /* a page was taken without an event */
	WHATIF_ISOLATED,    /* compaction isolated a free page */
	WHATIF_RECLAIM_ON,  /* a zone comes under reclaim */
	WHATIF_RECLAIM_OFF, /* and is no longer */
	WHATIF_DRAIN,	    /* a CPU's lists of a zone were drained by something else than a free */
};

#define WHATIF_ALL_PAGES UINT64_MAX

/**
 * struct whatif_note - one finding.
 * @pfn: the recorded frame; DRAIN: pages, WHATIF_ALL_PAGES: the whole lists
 * @zone: index of the zone in replay.zones
 * @nid: its node
 */
struct whatif_note {
	uint64_t pfn;
	uint32_t event;
	uint8_t kind; /* enum whatif_note_kind */
	int8_t mt;
	uint8_t zone, nid;
};

/** struct whatif_log - the notes of one run. All zero: empty. */
struct whatif_log {
	struct whatif_note *notes;
	size_t nr, cap;
	bool failed; /* memory ran out: notes are missing */

	uint8_t *was_free; /* bit per frame: free at the hand-over */
	uint8_t *owned;	   /* byte per frame: in use, and known why */
	uint64_t silent;   /* counters at the last look */
	uint64_t isolated, drains;
	uint32_t active; /* bit per zone: under reclaim */
	bool started;
};

/** whatif_log_begin() - before replay_run() of @r. */
void whatif_log_begin(struct whatif_log *log, const struct replay *r);

/** whatif_log_op() - the operation that begins at @event is done. */
void whatif_log_op(struct whatif_log *log, const struct replay *r, uint32_t event);

/** whatif_log_free() - frees the notes. */
void whatif_log_free(struct whatif_log *log);

#endif /* QUIRE_TOOLS_REPLAY_WHATIF_LOG_H */
