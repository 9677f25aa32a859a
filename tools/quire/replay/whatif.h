/* SPDX-License-Identifier: MIT */
/*
 * whatif.h - the recorded requests on another machine, which answers them by itself.
 *
 *	recorded   alloc -> frame 17     free 17
 *	            |                     |
 *	map         17 ----------------> 902
 *	            v                     v
 *	here       alloc -> frame 902    free 902
 *
 * 1. Nothing is compared or corrected. An allocation is asked for with its recorded order,
 *    flags and node; what it gets is remembered under the recorded frame, and whatever
 *    happens to that frame later happens to the page it got here.
 * 2. Pages that no event reports are asked for where the replay of the recorded machine
 *    found them missing (whatif_log.h).
 * 3. A request that finds nothing fails: there is no reclaim here beyond the recorded frees.
 *    It is counted, and so are the frees that come to nothing because of it.
 * 4. CPUs and nodes that this machine has not are taken modulo those it has.
 * 5. Compaction moves the recorded pages: where the recorded target is free here it is
 *    taken, else any free page.
 *
 * On the recorded machine itself, unchanged, this gives every page the recorded frame
 * (but after compaction of an order, whose search turns free lists): same_frame says so,
 * and is the measure of how far to trust a run with something changed.
 *
 * Left out: what the workload would have done otherwise (waited, reclaimed, been killed).
 */
#ifndef QUIRE_TOOLS_REPLAY_WHATIF_H
#define QUIRE_TOOLS_REPLAY_WHATIF_H

#include "replay/metrics.h"
#include "replay/show_html.h"
#include "replay/whatif_log.h"

/**
 * struct whatif_counts - what metrics.h has not.
 * @same_frame: requests that got the recorded frame
 * @below_low: requests that no zone could serve above its low mark: reclaimers would wake
 * @silent, @silent_failed: pages that no event reports: had, not to be had
 * @unseen_failed: of these, pages in use before the first event
 * @would_succeed: recorded failures that would not have failed here (nothing was taken)
 * @frees: pages freed; @frees_failed: not had here, so not freed
 * @frees_elsewhere: boot memory of the recorded machine, given up there and not here
 * @frees_unknown: frames never seen allocated
 */
struct whatif_counts {
	uint64_t same_frame, below_low;
	uint64_t silent, silent_failed, unseen_failed;
	uint64_t would_succeed;
	uint64_t frees, frees_failed, frees_elsewhere, frees_unknown;
};

/**
 * struct whatif - one run.
 * @r: the other machine, with its own states of frames, initialisation and marks; the events
 *	and operations are the recorded ones
 * @map: by recorded frame: its page here
 * @html: gets steals, drains and failures; NULL: none
 * @same_map: the machine has the recorded memory map, and boots as recorded
 */
struct whatif {
	struct replay *r;
	const struct whatif_log *log;
	const struct quire_machine_config *recorded;
	struct metrics *metrics;
	struct show_html *html;
	uint32_t *map;
	uint64_t nr_map;
	bool same_map;
	size_t next_note;
	uint64_t exact_lo, exact_hi; /* recorded tails of alloc_pages_exact() to be freed */
	unsigned long *boost;	     /* per zone: of the marks when reclaim began */
	struct quire_page_trace hooks;
	struct whatif_counts counts;
};

/**
 * whatif_new() - a run on @r's machine.
 * @r: made by replay_new() with the recorded run's trace and operations; not owned
 * @recorded: the recorded machine
 * @metrics: gets the counts; samples are the caller's
 * Return: NULL when memory is short.
 */
struct whatif *whatif_new(struct replay *r, const struct whatif_log *log,
			  const struct quire_machine_config *recorded, bool same_map,
			  struct metrics *metrics);

/** whatif_run() - goes through all events. Return: 0, -EINTR when cancelled. */
int whatif_run(struct whatif *w);

/** whatif_free() - gives back the run; @w may be NULL. */
void whatif_free(struct whatif *w);

/* --- between whatif*.c ----------------------------------------------------------------- */

#define WHATIF_NONE   UINT32_MAX       /* map: never had */
#define WHATIF_FAILED (UINT32_MAX - 1) /* map: asked for, not had */

/* whatif_pages.c: single operations */
void whatif_alloc(struct whatif *w, const struct op *op);
void whatif_free_op(struct whatif *w, const struct op *op);
void whatif_bulk(struct whatif *w, const struct op *op, const struct whatif_note *notes, size_t nr);
void whatif_silent(struct whatif *w, const struct whatif_note *notes, size_t nr);
void whatif_unseen(struct whatif *w, const struct whatif_note *notes, size_t nr);
void whatif_isolated(struct whatif *w, const struct whatif_note *note);
int whatif_node(const struct whatif *w, unsigned int nid);
struct zone *whatif_zone(const struct whatif *w, const struct whatif_note *note);

#endif /* QUIRE_TOOLS_REPLAY_WHATIF_H */
