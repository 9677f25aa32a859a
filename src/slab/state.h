/* SPDX-License-Identifier: MIT */
/*
 * slab/state.h - the room's state of a machine, and its pools; see room.c.
 *
 * Part of slab.h, which includes it.
 */
#ifndef QUIRE_SLAB_STATE_H
#define QUIRE_SLAB_STATE_H

#include <quire/list.h>
#include <quire/slab.h>
#include <quire/trace.h>

#include "base/lock.h"
#include "hw/machine.h"

struct slab_backend;
struct slab_rows;
struct kfree_rcu_cpu;

/**
 * struct fixed_pool - elements of one size from the page allocator, for the room's own structures.
 * Elements are zeroed when handed out. Blocks of pages are kept until the room goes.
 */
struct fixed_pool {
	struct quire_lock lock;
	size_t bytes;
	void *free;		 /* linked by the first word */
	struct list_head blocks; /* struct page.lru */
};

#define SHEAF_CLASSES	 3
#define SLAB_BOOT_CACHES 16 /* made before kmalloc works */

/**
 * struct slab_state - the room's state of one machine.
 * @kmalloc: first, since struct quire_cpu points to it
 * @lock: the list of caches, creation and destruction (held across page allocations: it is
 *	outermost and nothing below takes it)
 * @caches: kmem_cache.list, the newest first
 * @backends: by enum quire_slab_backend; another process's addresses until the machine is adopted
 * @up: kmalloc works
 * @rows: the CPUs' parts; @mark_shift: bits of a mark below the node's; @marks: by frame
 * @node_pool: struct kmem_cache_node of boot caches
 * @sheaf_pool: sheaves by capacity class
 * @rcu_slabs: slabs that wait for a grace period, by slab.next; @rcu_slabs_end: where the next goes
 * @rcu_pollers: who has taken slabs off it and not given all back yet
 * @kfree_rcu: per CPU, what kfree_rcu() has gathered
 * @trace: hooks, or NULL
 * @warned_zeroed_ctor: see slab_warn_zeroed_ctor()
 * @slob: SLOB's heap (slob.c), NULL until a cache of it is made; @slob_cache: what its pages say
 */
struct slab_state {
	struct quire_kmalloc_table kmalloc;
	struct quire_machine *machine;
	struct quire_lock lock;
	struct list_head caches, aliases;
	bool up;
	const struct slab_backend *backend, *backends[QUIRE_SLAB_SLOB + 1];
	struct kmem_cache *kmem_cache, *kmem_cache_node;
	struct slab_rows *rows;
	unsigned int mark_shift;
	u16 *marks;
	struct fixed_pool node_pool;
	struct fixed_pool sheaf_pool[SHEAF_CLASSES], batch_pool;
	struct quire_lock rcu_lock;
	struct slab *rcu_slabs, **rcu_slabs_end;
	unsigned int rcu_pollers;
	struct kfree_rcu_cpu *kfree_rcu;
	const struct quire_slab_trace *trace;
	void *debug; /* of the debugging half */
	bool warned_zeroed_ctor;
	struct slob_heap *slob;
	const struct kmem_cache *slob_cache;
	size_t bytes;
	struct kmem_cache boot_cache __quire_aligned(QUIRE_CACHELINE);
	unsigned int nr_boot_names;
	char boot_names[SLAB_BOOT_CACHES][24];
};

/** struct slab_alias - one more name of a cache. */
struct slab_alias {
	struct list_head list;
	struct kmem_cache *cache;
	char name[];
};

/**
 * this_kmalloc_table() - this CPU's, which another CPU may set meanwhile (room.c, 1). Whoever sees
 * the room's own table sees its normal row whole.
 */
static inline struct quire_kmalloc_table *this_kmalloc_table(void)
{
	return __atomic_load_n(&quire_this_cpu->kmalloc, __ATOMIC_ACQUIRE);
}

/** kmalloc_cache_at() - an entry of any row; NULL: not made yet. */
static inline struct kmem_cache *kmalloc_cache_at(unsigned int type, unsigned int index)
{
	return __atomic_load_n(&this_kmalloc_table()->caches[type][index], __ATOMIC_ACQUIRE);
}

static inline struct slab_state *this_slab_state(void)
{
	return container_of(this_kmalloc_table(), struct slab_state, kmalloc);
}

/** this_slab_state_or_null() - NULL: the room is not up. */
static inline struct slab_state *this_slab_state_or_null(void)
{
	return __atomic_load_n(&quire_this_cpu->machine->slab, __ATOMIC_ACQUIRE);
}

#endif /* QUIRE_SLAB_STATE_H */
