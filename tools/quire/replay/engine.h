/* SPDX-License-Identifier: MIT */
/*
 * engine.h - a recording replayed, operation by operation, on a Quire machine.
 *
 *	struct trace --ops.c--> operations --run.c--> steps of the allocator (steps.h)
 *	                                               | hooks (trace.h): what it chose
 *	             recorded choices  ----compare-----+
 *	                                  | different: resync.c takes the recorded one
 *	                                  v
 *	                              struct replay_counts --> report.c
 *
 * 1. A *check* is one recorded choice of a frame: the page of an allocation, a block
 *    of a refill or taken directly, a drained block, a steal, a range isolated by
 *    compaction. The replay lets the allocator choose, then looks.
 * 2. The *exact prefix* is the number of checks passed before the first difference;
 *    up to there nothing was corrected. Behind it the recorded frame is forced after
 *    each difference, so that one error is counted once.
 * 3. What the allocator could not know is an *input*: what was asked for, what was
 *    freed, the node asked for, bulk sizes, when the reclaimer ran. Inputs that stand
 *    in no event and had to be concluded from later ones are counted as *inferred*,
 *    those read off the recorded frame itself as *told*.
 *
 * Determinism: no clock, no address, no randomness enters; two runs give the same
 * counts and the same text.
 */
#ifndef QUIRE_TOOLS_REPLAY_ENGINE_H
#define QUIRE_TOOLS_REPLAY_ENGINE_H

#include <signal.h>
#include <stdio.h>

#include <quire/steps.h>
#include <quire/trace.h>

#include "replay/ops.h"

/** enum check_class - what a check is about. */
enum check_class {
	CHECK_ALLOC,
	CHECK_REFILL, /* a block taken to a per-CPU list */
	CHECK_DIRECT, /* a block taken from the free lists by the request itself */
	CHECK_DRAIN,
	CHECK_EXTFRAG, /* a steal */
	CHECK_ISOLATE,
	NR_CHECK_CLASSES
};

/** struct check_count - checks of a class: @recorded, and @same as predicted. */
struct check_count {
	uint64_t recorded, same;
};

/** struct replay_counts - everything the report says about one run. */
struct replay_counts {
	uint64_t events; /* events gone through */
	struct check_count checks[NR_CHECK_CLASSES];
	uint64_t alloc_same_block, alloc_same_zone;
	uint64_t extfrag_pairs; /* steals of the right orders and types, whatever the frame */
	uint64_t prefix;	/* checks passed before the first difference */
	uint64_t prefix_event;	/* event of the first difference; events: none */
	/* inputs */
	uint64_t frees;
	uint64_t bulk_pages;	   /* told by probes */
	uint64_t inferred_bulk;	   /* concluded */
	uint64_t unseen_pages;	   /* allocated before the first event */
	uint64_t deferred_pages;   /* freed by deferred initialisation */
	uint64_t told_nodes;	   /* node read off the frame */
	uint64_t told_write;	   /* of these, __GFP_WRITE requests */
	uint64_t reclaim_inferred; /* ends of reclaim passes concluded from drains */
	uint64_t softirq_direct;   /* frees past a per-CPU list that was in use */
	uint64_t exact_tails;	   /* tails of alloc_pages_exact() */
	uint64_t drains_alone;	   /* drains of a CPU's lists by themselves */
	/* trouble */
	uint64_t free_unknown; /* frees of frames never seen allocated */
	uint64_t free_free;    /* frees of frames that were free here */
	uint64_t bad_frame;    /* frames this machine does not have */
	uint64_t resyncs;      /* operations that had to be corrected */
	uint64_t resync_lost;  /* recorded frames that were not free here */
	uint64_t vanished;     /* pages that left a per-CPU list without any event */
	uint64_t wrong_zone;   /* allocations predicted from another zone */
};

#define TYPE_NONE 0xff /* replay.types: no free has begun */

/* What a frame is to the replay; one byte a frame. */
enum frame_state {
	FRAME_UNSEEN,	/* no event has named it */
	FRAME_RESERVED, /* reserved by the boot allocator */
	FRAME_BUSY,
	FRAME_PCP,
	FRAME_FREE,
	FRAME_LOST,	  /* in use in the recording, but could not be had here */
	FRAME_HOLE,	  /* no memory of this machine */
	FRAME_STATES = 7, /* mask */
	FRAME_EARLY = 16, /* in use since before the first event */
	FRAME_SILENT = 8, /* on a per-CPU list, and will be freed next without an allocation */
};

/** struct choice - one choice of the allocator during the current operation. */
struct choice {
	uint32_t pfn;
	uint8_t type; /* TRACE_ZONE_LOCKED, TRACE_PCPU_DRAIN, TRACE_EXTFRAG */
	int8_t order, mt;
	uint8_t aux, from;
};

/** struct compaction - the compaction that runs, as far as its free side needs it. */
struct compaction {
	bool running, migrating;
	int32_t pid;
	int order;
	struct zone *zone;
	uint64_t migrate_pfn, free_pfn, fast_start;
	int search_order, fast_fail;
	uint64_t nr_free, nr_migrate;
	uint8_t *skip; /* per page block */
};

/** struct reclaim_change - from @event on the zones of @nid up to @zone_type are (not) under
 * reclaim. */
struct reclaim_change {
	uint32_t event;
	int16_t nid;
	uint8_t zone_type;
	bool active;
};

struct replay;

/**
 * struct replay_options - how to run.
 * @tell_write_nodes: take the node of __GFP_WRITE requests from the recorded frame
 * @unknown_start: the recording begins on a running system, or nothing is known of its boot:
 *	the machine is complete, and its memory free, but for what it reserved itself
 * @no_probes: treat the recording as one without bulk probes, whatever it holds
 * @at_mark: called at each MARK, before the events behind it; NULL: not
 * @at_op: called after each operation while replay.watch_ops is set; NULL: not
 * @progress: called about every 65536 events; NULL: not
 * @cancel: the run stops when it becomes nonzero; NULL: never
 */
struct replay_options {
	bool tell_write_nodes;
	bool no_probes;
	bool unknown_start;
	void *arg;
	void (*at_mark)(void *arg, struct replay *r, uint32_t event, const char *text);
	void (*at_op)(void *arg, struct replay *r, uint32_t event);
	void (*progress)(void *arg, uint64_t done, uint64_t of);
	const volatile sig_atomic_t *cancel;
};

/** struct replay - one run. Made by replay_new(). */
struct replay {
	const struct trace *trace;
	const struct trace_event *ev;
	struct op_list *ops;
	struct replay_options options;
	struct quire_machine *machine;
	const struct quire_machine_config *config;
	struct page *mem_map;
	struct zone *const *zones;
	unsigned int nr_zones;
	unsigned int cpu;

	uint8_t *frames; /* enum frame_state by frame */
	uint8_t *types;	 /* migrate type read when a free began */
	uint64_t nr_frames;
	uint8_t *silent; /* per event, bit: the frame is next freed without an allocation */
	uint32_t probed_from;

	struct choice *pred;
	uint32_t nr_pred, cap_pred;
	uint32_t rec;	/* next recorded choice of the operation */
	bool wrong;	/* the operation has differed */
	bool exact;	/* nothing has differed yet */
	uint32_t event; /* where the run is */
	bool watch_ops;
	uint32_t recorded_types; /* bit per TRACE_ZONE_LOCKED ...: the recording has such events */

	struct reclaim_change *changes;
	uint32_t nr_changes, next_change;
	unsigned long *zone_boost; /* per zone: what the running pass found */
	bool reclaim_extended;
	int32_t extended_pid;
	uint8_t reclaim_zones; /* zones made active by a conclusion */

	int stage; /* enum boot_stage of stages.c */
	uint64_t initcall;
	int initcall_stage;
	unsigned int bulk_consumed;  /* pages the running bulk request took of its own refills */
	uint32_t exact_lo, exact_hi; /* tail pages of alloc_pages_exact() still to be freed */
	struct compaction compaction;
	struct quire_page_trace hooks;
	struct replay_counts counts;
	char *first_difference; /* text; NULL: none */
	size_t first_difference_bytes;
};

/**
 * replay_new() - a run of @trace on @machine, which it does not own.
 * @machine: deterministic, with staged_init, just handed over; the caller is on its CPU 0
 * @ops: of @trace; the run may change them
 * @reserved: one bit per frame, set for frames the boot allocator had reserved; NULL: none known
 * Return: NULL when memory is short.
 */
struct replay *replay_new(struct quire_machine *machine, const struct trace *trace,
			  struct op_list *ops, const uint8_t *reserved,
			  const struct replay_options *options);

/** replay_run() - goes through all events. Return: 0, -EINTR when cancelled. */
int replay_run(struct replay *r);

/** replay_free() - gives back the run. */
void replay_free(struct replay *r);

/** replay_checks() - recorded checks gone through; @same gets those predicted. */
uint64_t replay_checks(const struct replay *r, uint64_t *same);

/* --- between the engine's files -------------------------------------------------------- */

/* hooks.c: the allocator's choices against the recorded ones */
void hooks_install(struct replay *r);
void begin_op(struct replay *r, uint32_t rec);
void end_op(struct replay *r, const struct op *op);
void check_pass(struct replay *r, enum check_class class);
void check_fail(struct replay *r, enum check_class class);
void differ(struct replay *r, const struct op *op, const char *what);

/* run.c: one operation */
void run_op(struct replay *r, struct op *op);

/* infer.c: pages taken without an event */
int infer_prepare(struct replay *r);
bool infer_before_alloc(struct replay *r, const struct op *op, const struct quire_step *step);
void infer_refills(struct replay *r);
bool infer_before_free(struct replay *r, struct page *page, const struct trace_event *e);

/* reclaim.c: when zones are under reclaim */
int reclaim_prepare(struct replay *r);
void reclaim_advance(struct replay *r);
void reclaim_other_task(struct replay *r, const struct trace_event *e);
void reclaim_before_free(struct replay *r, const struct op *op, struct zone *zone);

/* stages.c: the kernel's own initialisation */
#define STAGES_DONE 100 /* replay.stage: nothing of it is left to be done */
void stages_start(struct replay *r);
void stages_event(struct replay *r, const struct trace_event *e);
void stages_before_op(struct replay *r);

/* compact.c: isolation */
int compact_prepare(struct replay *r);
void compact_event(struct replay *r, uint32_t i);
void compact_before_free(struct replay *r, const struct trace_event *e);

/* resync.c: the recorded choice by force */
bool resync_op(struct replay *r, const struct op *op, struct page *got);

/* difference.c: the first difference in words */
void difference_write(struct replay *r, const struct op *op, const char *what);

static inline bool has_page(const struct replay *r, uint64_t pfn)
{
	return pfn < r->nr_frames && r->frames[pfn] != FRAME_HOLE;
}

/** has_block() - are all frames of the block that @e names on this machine? */
static inline bool has_block(const struct replay *r, const struct trace_event *e)
{
	/* Sections are larger than blocks: none is in part in a hole. */
	return e->order < (int)r->config->max_order && has_page(r, e->pfn) &&
	       e->pfn + (UINT64_C(1) << e->order) <= r->nr_frames;
}

static inline struct page *page_of(const struct replay *r, uint64_t pfn)
{
	return r->mem_map + pfn;
}

/** zone_at() - the zone of a frame by its place: frames inside a free block have no struct page
 * yet. */
static inline struct zone *zone_at(const struct replay *r, uint64_t pfn)
{
	unsigned int i;

	for (i = r->nr_zones; i-- > 1;)
		if (pfn >= r->zones[i]->zone_start_pfn && pfn < zone_end_pfn(r->zones[i]))
			return r->zones[i];
	return r->zones[0];
}

static inline enum frame_state frame_state(const struct replay *r, uint64_t pfn)
{
	return (enum frame_state)(r->frames[pfn] & FRAME_STATES);
}

static inline void set_frames(struct replay *r, uint64_t pfn, int order, enum frame_state state)
{
	uint64_t end = pfn + (UINT64_C(1) << order);

	for (; pfn < end; pfn++)
		r->frames[pfn] = (uint8_t)state;
}

#endif /* QUIRE_TOOLS_REPLAY_ENGINE_H */
