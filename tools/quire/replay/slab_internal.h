/* SPDX-License-Identifier: MIT */
/*
 * slab_internal.h - between slab_*.c.
 */
#ifndef QUIRE_TOOLS_REPLAY_SLAB_INTERNAL_H
#define QUIRE_TOOLS_REPLAY_SLAB_INTERNAL_H

#include "replay/slab_replay.h"

/** struct slab_map - 64-bit keys to 32-bit values; at most half full. Key 0 is none. */
struct slab_map {
	uint64_t *keys;
	uint32_t *values;
	size_t nr, cap;
};
/** objects_map_at() - the value of @key, made with @init if new. NULL: memory is short. */
uint32_t *objects_map_at(struct slab_map *m, uint64_t key, uint32_t init);
/** objects_map_find() - NULL: not there. */
uint32_t *objects_map_find(const struct slab_map *m, uint64_t key);
void objects_map_free(struct slab_map *m);

/** objects_grow() - room for one more element of an array. Return: false: memory is short. */
bool objects_grow(void **array, size_t nr, size_t *cap, size_t bytes);

/* --- slab_rows.c ------------------------------------------------------------------------------ */

/** objects_rows_load() - the snapshots that @trace marks, from @folder. Return: false: no memory.
 */
bool objects_rows_load(struct slab_input *in, const char *folder);
/** objects_row_named() - the row of cache @name; made if @size is not 0. SLAB_NO_CACHE: none. */
uint16_t objects_row_named(struct slab_input *in, const char *name, unsigned int size);
/** objects_row_of_kmalloc() - the class that served @o; SLAB_LARGE: pages. */
uint16_t objects_row_of_kmalloc(struct slab_input *in, const struct trace_object *o);

/* --- slab_names.c ------------------------------------------------------------------------ */

/** struct slab_frames - recorded frames. @base: pointer >> 12 of frame 0 */
struct slab_frames {
	uint64_t base;
	uint64_t nr;
};
static inline bool objects_is_object(uint64_t ptr)
{
	return ptr >= 4096 &&
	       ptr < UINT64_MAX - 4095; /* neither NULL, ZERO_SIZE_PTR nor an error */
}
/** objects_frame_of() - the frame that @ptr lies in; UINT64_MAX: in none. */
static inline uint64_t objects_frame_of(const struct slab_frames *f, uint64_t ptr)
{
	uint64_t frame = (ptr >> 12) - f->base;

	return frame < f->nr ? frame : UINT64_MAX;
}
/** objects_head_of() - first frame of the slab of cache @row that @frame belongs to. */
static inline uint64_t objects_head_of(const struct slab_row *row, uint64_t frame)
{
	return row->pages > 1 ? frame - frame % row->pages : frame;
}
/** objects_frames_find() - where pointers point; in->addresses is set. Return: false: no memory. */
bool objects_frames_find(struct slab_input *in, struct slab_frames *f);
/** objects_names() - by object: its row, SLAB_LARGE or SLAB_NO_CACHE; to be freed. NULL: no memory.
 */
uint16_t *objects_names(struct slab_input *in, const struct slab_frames *f);

/* --- slab_ops.c -------------------------------------------------------------------------- */

/** objects_ops_build() - everything else of @in. Return: false: no memory. */
bool objects_ops_build(struct slab_input *in, const struct slab_frames *f,
		       const uint16_t *cache_of);

/* --- slab_machine.c ---------------------------------------------------------------------- */

/** objects_machine_make() - @run's machine with its caches, the caller on CPU 0. Return: 0 or
 * -errno.
 */
int objects_machine_make(struct slab_run *run, const struct slab_run_options *o);

/** objects_cache_of() - row @row's cache; NULL: a kmalloc class nobody asked for yet. */
struct kmem_cache *objects_cache_of(struct slab_run *run, unsigned int row);

/* --- slab_run.c, slab_compare.c ---------------------------------------------------------- */

/** objects_op_alloc() - makes the request of @op on @run's machine; NULL: it failed. */
void *objects_op_alloc(struct slab_run *run, const struct slab_op *op);
/** objects_op_free() - @object, of @op's cache, goes back. */
void objects_op_free(struct slab_run *run, uint16_t cache, void *object);
/** objects_run_note() - remembers what was inferred. */
void objects_run_note(struct slab_run *run, enum slab_told_kind kind, size_t op, uint16_t cache,
		      uint32_t nr);
/** objects_run_lines() - the counts of cache @row now, without what was there before the run. */
struct slab_line objects_run_line(struct slab_run *run, unsigned int row);
/** objects_object_frame() - the head frame of the slab that @object lies on. */
uint64_t objects_object_frame(const struct slab_run *run, const void *object);
/** objects_per_slab() - as recorded, or as here where that is not known. */
uint32_t objects_per_slab(struct slab_run *run, uint16_t row);
/** objects_memory_now() - what is held. */
void objects_memory_now(struct slab_run *run, const char *name);

/** objects_compare_alloc() - objects_op_alloc(), and is it the recorded slab? Infers what is
 * missing. */
void *objects_compare_alloc(struct slab_run *run, size_t op);
/** objects_compare_gone() - the pages of a recorded slab went back. */
void objects_compare_gone(struct slab_run *run, size_t op);
/** objects_compare_snapshot() - is this operation's moment the best of an open snapshot? */
void objects_compare_snapshot(struct slab_run *run, size_t op);

/** objects_row_counts() - does the fidelity count cache @row? objects_row_near(): is its change
 * near? */
bool objects_row_counts(const struct slab_run *run, unsigned int row);
bool objects_row_near(const struct slab_run *run, unsigned int row, bool slabs);

#endif /* QUIRE_TOOLS_REPLAY_SLAB_INTERNAL_H */
