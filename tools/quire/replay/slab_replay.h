/* SPDX-License-Identifier: MIT */
/*
 * slab_replay.h - the recorded requests for objects, made of Quire's caches.
 *
 *	trace->objects --slab_names.c--> whose cache --slab_ops.c--> struct slab_input
 *	snap-X/slabinfo --slab_rows.c-----^                            |
 *	                                              slab_run.c: a machine of its own
 *	                                              slab_compare.c: the same slab? counts?
 *
 * 1. A second machine, with contents, has a cache for each line of slabinfo, as large as
 *    recorded, and its own kmalloc classes. The replay of pages does not know of it.
 * 2. A recorded pointer tells the slab that an object was on. Of two slabs, one recorded and one
 *    here, each first met as the other's counterpart, it is *the same slab* that is chosen again,
 *    or another. Which object of it does not matter: a slab is known by how many it has left.
 * 3. What the caches could not know is an input. *Told*: objects of before the first event
 *    (from snap-boot, and from frees of objects never allocated). *Inferred*: requests without an
 *    event. Those in bulk show by frees without an allocation, and by allocations of what is not
 *    free; those of a gap in the recording by slabs that had objects left when the next was begun;
 *    kmem_cache_shrink() by pages that go back while their slab is in use here.
 * 4. Behind a difference nothing is forced: objects that went elsewhere stay there.
 *
 * Determinism: as engine.h.
 */
#ifndef QUIRE_TOOLS_REPLAY_SLAB_REPLAY_H
#define QUIRE_TOOLS_REPLAY_SLAB_REPLAY_H

#include <jansson.h>
#include <signal.h>
#include <stdio.h>

#include <quire/slab.h>
#include <quire/trace.h>

#include "trace/event.h"

#define SLAB_SNAPSHOTS	4
#define SLAB_NO_CACHE	UINT16_MAX
#define SLAB_LARGE	(UINT16_MAX - 1) /* kmalloc by whole pages */
#define SLAB_MAX_CACHES 4096
#define SLAB_NONE	UINT32_MAX
#define SLAB_LOST	(UINT32_MAX - 1) /* slab_run.place_frame: had a counterpart, not any more */

/** struct slab_line - a cache's counts at a moment. */
struct slab_line {
	unsigned long active_objs, num_slabs;
};

/**
 * struct slab_row - a cache.
 * @size: of a slot, bytes; @objects, @pages: of a slab; 0: not known
 * @listed: it stands in slabinfo
 * @type, @index: of kmalloc_caches[][]; @index 0: no kmalloc class
 * @seen: by snapshot: as recorded; all 0 where it is not listed
 * @events: allocations and frees with this cache
 * @first_slabs, @first_free: told: slabs before the first event; of them, free objects of the
 *	CPU's, which is @first_place
 */
struct slab_row {
	char name[64];
	unsigned int size, objects, pages;
	bool listed;
	enum kmalloc_cache_type type;
	unsigned int index;
	struct slab_line seen[SLAB_SNAPSHOTS];
	uint64_t events;
	uint32_t first_slabs, first_free, first_place;
};

/** enum slab_op_kind - one step of the replay. */
enum slab_op_kind {
	SLAB_OP_ALLOC,
	SLAB_OP_FREE,
	SLAB_OP_SILENT_ALLOC, /* without an event: inferred */
	SLAB_OP_SILENT_FREE,
	SLAB_OP_GONE, /* the pages of @place go back */
};

/** struct slab_op - @object: of trace->objects, which gives flags and sizes; @id: in
 * slab_run.objects */
struct slab_op {
	uint32_t object;
	uint32_t id;
	uint32_t place;
	uint16_t cache;
	uint8_t kind;
};

/** struct slab_place - a recorded slab: @frame .. of @cache; @early: of before the first event. */
struct slab_place {
	uint64_t frame;
	uint16_t cache;
	bool early;
};

/** struct slab_early - an object of before the first event: it is freed in the trace. */
struct slab_early {
	uint32_t id;
	uint32_t place;
	uint16_t cache;
};

/** struct slab_snapshot - a window of operations in which slabinfo was read. */
struct slab_snapshot {
	char name[32];
	size_t begin, end; /* operations; end 0: not reached */
	uint64_t begin_event, end_event;
};

/** struct slab_input_counts - what objects_input_build() found. */
struct slab_input_counts {
	uint64_t allocs, frees, failed, empty_frees; /* empty: kfree(NULL) and the like */
	uint64_t by_site, by_page, by_count; /* how allocations without a name found their cache */
	uint64_t nameless;		     /* that did not */
	uint64_t early_objects;		     /* freed, allocated before the first event */
	uint64_t silent_allocs, silent_frees;
	uint64_t unknown_frees; /* of addresses on no known slab */
	uint64_t large;
};

/** struct slab_input - the requests, ready to be made of any machine. */
struct slab_input {
	const struct trace *trace;
	struct slab_row *rows;
	unsigned int nr_rows;
	struct slab_op *ops;
	size_t nr_ops;
	struct slab_place *places;
	uint32_t nr_places;
	struct slab_early *early;
	uint32_t nr_early;
	uint32_t nr_ids;
	struct slab_snapshot snapshots[SLAB_SNAPSHOTS];
	unsigned int nr_snapshots;
	bool have_slabinfo;
	bool addresses; /* pointers show frames: slabs can be compared */
	struct slab_input_counts counts;
};

/** objects_input_any() - has @trace events of objects? */
static inline bool objects_input_any(const struct trace *trace)
{
	return trace->nr_objects;
}

/**
 * objects_input_build() - from @trace and, if not NULL, @folder's snapshots.
 * Return: 0 or -1: memory is short; to be freed in either case.
 */
int objects_input_build(const struct trace *trace, const char *folder, struct slab_input *out);
void objects_input_free(struct slab_input *in);

/** enum slab_told_kind - what a comparing run inferred on the way. */
enum slab_told_kind {
	SLAB_TOLD_ALLOC, /* @nr objects were allocated before the operation */
	SLAB_TOLD_SHRINK,
};
struct slab_told {
	size_t op;
	uint32_t nr;
	uint16_t cache;
	uint8_t kind;
};

/** struct slab_counts - what a run counted. */
struct slab_counts {
	uint64_t bytes_total, bytes_same; /* allocations with an event: slot as large as recorded */
	uint64_t slab_total, slab_same;	  /* the same slab chosen */
	uint64_t silent_total, silent_same; /* of allocations without an event */
	uint64_t told_allocs, told_shrinks;
	uint64_t gone_total, gone_same; /* slabs given back: here, too */
	uint64_t failed;		/* requests that failed here */
	uint64_t lost_frees;		/* early objects beyond those told */
};

/**
 * struct slab_row_run - a cache in a run.
 * @base: counts before the first told object
 * @at: by snapshot, at its best moment
 * @end: at the end; @order, @per_slab: of its slabs
 * @total, @same: choices of a slab
 */
struct slab_row_run {
	struct kmem_cache *cache;
	struct slab_line base;
	struct slab_line at[SLAB_SNAPSHOTS];
	struct slab_line end;
	unsigned int order, per_slab;
	uint64_t total, same;
	uint64_t bytes_asked; /* of live objects */
	uint64_t live;
	bool tried_shrink;
};

/**
 * struct slab_frame - a frame of the run's machine that heads a slab.
 * @place: its recorded counterpart, or SLAB_NONE
 */
struct slab_frame {
	uint32_t place;
	uint32_t used;
	uint16_t cache;
	bool slab;
	uint8_t order;
};

/** struct slab_memory - what is held at a moment. */
struct slab_memory {
	char name[32];
	uint64_t pages; /* taken by caches and large requests */
	uint64_t slabs;
	uint64_t live, asked; /* objects, bytes that their owners asked for */
};

#define SLAB_SAMPLES 240

/** struct slab_sample - for the page: pages and live objects of each cache (in slab_run.samples).
 */
struct slab_sample {
	uint64_t event, pages, asked; /* event: of the others, recorded before */
	uint32_t *cache_pages;
};

/** struct slab_run - one run. */
struct slab_run {
	const struct slab_input *in;
	struct quire_slab_config slab; /* debug points to the caller's */
	unsigned int nr_cpus, nr_nodes;
	bool compare;
	bool slab_counts; /* caches have slabs of their own: not so with SLOB */
	struct quire_machine *machine;
	struct quire_port port;
	struct slab_row_run *rows;
	void **objects;	 /* by id; NULL: not allocated */
	uint32_t *asked; /* by id: bytes its owner wanted */
	struct slab_frame *frames;
	uint64_t nr_frames;
	uint32_t *place_frame; /* by place: its counterpart's frame, SLAB_NONE or SLAB_LOST */
	struct slab_told *told;
	size_t nr_told, told_cap;
	const struct slab_told *follow; /* a comparing run's, made again */
	size_t nr_follow, next_follow;
	struct slab_counts counts;
	struct quire_slab_trace hooks;
	struct quire_page_trace page_hooks;
	uint64_t pages_held, peak_pages, start_pages;
	uint64_t bytes_asked, live;
	uint16_t cache_now;		/* whose allocation is under way */
	struct kmem_cache *event_cache; /* what its event said here */
	size_t event_bytes;
	bool made_slab;	  /* by the allocation under way */
	size_t shrunk_at; /* operation of the last shrink inferred */
	struct slab_memory memory[SLAB_SNAPSHOTS + 2];
	unsigned int nr_memory;
	struct slab_sample samples[SLAB_SAMPLES + 1];
	unsigned int nr_samples;
	unsigned int
		equal[SLAB_SNAPSHOTS]; /* numbers of slabinfo that are equal at the best moment */
	size_t best[SLAB_SNAPSHOTS];
	double seconds;
	bool failed_memory, sample;
	const volatile sig_atomic_t *cancel;
};

/**
 * struct slab_run_options - how to run.
 * @slab: how the machine's caches are to be
 * @nr_cpus, @nr_nodes, @cpu_nid: of the machine
 * @compare: with the recording; else nothing is inferred beyond what @follow's run did
 * @sample: keep what the page shows
 */
struct slab_run_options {
	const struct quire_slab_config *slab;
	unsigned int nr_cpus, nr_nodes;
	const unsigned char *cpu_nid;
	bool compare;
	bool sample; /* for the page */
	const struct slab_run *follow;
	const volatile sig_atomic_t *cancel;
};

/**
 * objects_run_make() - a machine for @in and all of its operations.
 * Return: 0, -EINTR, or -1 with one line in @error. To be freed in either case.
 */
int objects_run_make(const struct slab_input *in, const struct slab_run_options *o,
		     struct slab_run *run, char error[640]);
void objects_run_free(struct slab_run *run);

/**
 * struct slab_fidelity - the comparison's result, counted over caches with events and more than
 * 10 slabs: the change from the first snapshot to the last, within 2 % or one slab.
 */
struct slab_fidelity {
	unsigned int caches, active_objs, num_slabs;
	unsigned int cells, cells_equal; /* numbers of slabinfo, all snapshots */
};
void objects_fidelity(const struct slab_run *run, struct slab_fidelity *out);

/* --- reports; see slab_report.c, slab_html.c ------------------------------------------------- */

void objects_text(const struct slab_run *run, FILE *out);
/** objects_fidelity_json() - fidelity.slab; objects_json() - the caches and inputs. */
json_t *objects_fidelity_json(const struct slab_run *run);
json_t *objects_json(const struct slab_run *run);
/** objects_what_if_text(), objects_what_if_json() - two runs that were not compared, side by side.
 */
void objects_what_if_text(const struct slab_run *a, const struct slab_run *b, bool timing,
			  FILE *out);
json_t *objects_what_if_json(const struct slab_run *a, const struct slab_run *b, bool timing);
/** objects_page_json() - what the page shows. @b: a what-if run, or NULL */
json_t *objects_page_json(const struct slab_run *a, const struct slab_run *b);

#endif /* QUIRE_TOOLS_REPLAY_SLAB_REPLAY_H */
