/* SPDX-License-Identifier: MIT */
/*
 * slab/parts.h - the CPUs' parts of caches, and the marks of frames that lead to them; see parts.c.
 *
 * Part of slab.h, which includes it.
 */
#ifndef QUIRE_SLAB_PARTS_H
#define QUIRE_SLAB_PARTS_H

#include <quire/slab.h>

#include "base/config.h"
#include "base/owner_lock.h"
#include "slab/state.h"

/**
 * struct kmem_cache_cpu - a CPU's part of a cache.
 * @lock: who is inside; its gate has the bits of kmem_cache.alloc_hooks
 * @lock.count, @cap, @objs: the stack of free objects that the fast paths use: SLUB's sheaf, SLAB's
 *	array cache; @objs[count - 1] is the next to go
 * @mark: of frames of the cache on the CPU's node; SLAB_NO_NUMBER: they have none
 * @reuse: SLUB: not 0: this CPU allocates what it frees (sheaf.c, point 5)
 * @freelist: SLUB without sheaves: next object of @slab, linked through the objects
 * @slab: SLUB: the slab that this CPU allocates from (frozen)
 * @partial: SLUB: slabs with free objects kept at hand (frozen), linked by slab.next
 * @spare: SLUB: the other sheaf; SLAB: its array cache
 * @priv: the back end's
 */
struct kmem_cache_cpu {
	struct owner_lock lock;
	unsigned int cap;
	u8 reuse;
	void **objs;
	unsigned int mark;
	void *freelist;
	struct slab *slab;
	struct slab *partial;
	void *spare;
	void *priv;
} __quire_aligned(QUIRE_CACHELINE);

/**
 * struct slab_rows - a block of CPUs' parts of caches, see parts.c.
 * @first: number of the first column
 * @used: columns that a cache has
 * @parts: behind this, nr_cpus rows of SLAB_ROW
 */
#define SLAB_ROW 256
struct slab_rows {
	struct slab_rows *next;
	unsigned int first;
	u64 used[SLAB_ROW / 64];
	struct kmem_cache_cpu *parts;
};

/** cpu_slab() - CPU @cpu's part of @s; slab_part() - the same; this_cpu_slab() - this CPU's. */
static inline struct kmem_cache_cpu *cpu_slab(const struct kmem_cache *s, unsigned int cpu)
{
	return s->cpu0 + (size_t)cpu * SLAB_ROW;
}

static inline struct kmem_cache_cpu *slab_part(const struct quire_cpu *cpu,
					       const struct kmem_cache *s)
{
	return (struct kmem_cache_cpu *)((unsigned long)s->cpu0 + cpu->slab_row);
}

static inline struct kmem_cache_cpu *this_cpu_slab(const struct kmem_cache *s)
{
	return slab_part(quire_this_cpu, s);
}

/*
 * The mark of a frame: the number of the cache whose slab lies there, below the node's; 0: no slab,
 * or of a cache without a number. So a free that compares it checks both, and what all frees must
 * know of pages is in one array of two bytes a frame, which stays in the processor's cache when
 * struct pages do not.
 */
#define SLAB_NO_NUMBER 0xffffffffu
static inline u16 slab_mark(const struct slab_state *state, const struct kmem_cache *s, int nid)
{
	if (s->number == SLAB_NO_NUMBER)
		return 0;
	return (u16)(s->number | (unsigned int)nid << state->mark_shift);
}

/** slab_rows_bytes() - of a block of rows. */
size_t slab_rows_bytes(const struct quire_machine *m);
/** slab_rows_init() - the first block, in zeroed @memory; nobody uses the room yet. */
void slab_rows_init(struct slab_state *state, void *memory);
/** slab_rows_exit() - gives back all blocks but the first. */
void slab_rows_exit(struct slab_state *state);
/** slab_row() - CPU @cpu's parts in the first block. */
static inline struct kmem_cache_cpu *slab_row(const struct slab_state *state, unsigned int cpu)
{
	return state->rows->parts + (size_t)cpu * SLAB_ROW;
}
/**
 * slab_parts_take() - parts of @s for all CPUs, closed, and its number. Context: state->lock.
 * @number: a column of kmalloc's normal row, or 0: any
 * Return: false: no memory.
 */
bool slab_parts_take(struct slab_state *state, struct kmem_cache *s,
		     unsigned int number) QUIRE_MUST_CHECK;
/** slab_parts_drop() - nobody has objects of @s any more. Context: state->lock. */
void slab_parts_drop(struct slab_state *state, struct kmem_cache *s);
/** slab_set_gates() - what the fast paths of all CPUs see of @s. */
void slab_set_gates(const struct quire_machine *m, struct kmem_cache *s, unsigned int gate);

#endif /* QUIRE_SLAB_PARTS_H */
