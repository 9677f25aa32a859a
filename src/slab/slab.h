/* SPDX-License-Identifier: MIT */
/*
 * slab/slab.h - what the files of the slab room share: state, contract of a back end, CPU part.
 *
 *	front		cache.c		create, merge, destroy; the list of caches
 *			alloc.c, bulk.c	fast paths; hooks, faults, trace
 *			kmalloc.c	sizes to caches; large requests; ksize, krealloc
 *			string.c	kstrdup and friends
 *			free_rcu.c	kfree_rcu
 *			room.c		the machine's state (state.h): lazy bring-up, exit, pools
 *			parts.c		CPUs' parts of caches, numbers of caches
 *			pages.c		pages of slabs
 *			misuse.c	what callers did wrong
 *			place.c		where in an object an address lies
 *			mempool.c	reserves
 *			geometry.c	sizes, orders, alignment
 *	SLUB		slub.h		slab word, lists; who owns a slab
 *			slub.c		CPU slab, allocation
 *			slub_free.c	free
 *			slub_node.c	new slabs, node lists
 *			sheaf.c		sheaves and barns
 *			debug*.c, track.c, report.c, failslab.c	debugging: debug.h
 *	SLAB		slab_*.c	array caches, three lists a node
 *	SLOB		slob.c, slob_heap.c	first fit in three page lists
 *
 * How a request goes down:
 *
 *	kmem_cache_alloc ---- sheaf of this CPU has one ----> object
 *	       | no, or hooks
 *	slab_alloc_full: fault point -> backend->alloc -> zero, trace
 *
 * Ownership of objects: an object is the caller's from alloc to free. Free ones are in a CPU's
 * sheaf, in a barn, or on the free list of their slab. To the back end's slabs, an object in a
 * sheaf or a barn is allocated.
 *
 * Invariants
 *  O1  every page of a slab has PG_slab, slab_cache and its mark (slab_mark) set; no other has any
 *  O2  only the CPU's thread changes its kmem_cache_cpu, or a remote that holds its owner lock
 *  O3  no page is allocated or freed while a lock of this room is held, but SLAB_CACHES
 *  O4  kmem_cache_cpu.lock.count <= .cap; cap is 0 where a cache has no sheaves (debugging, SLOB)
 *
 * Lock order: SLAB_CACHES, a CPU's owner lock, a node's list lock, a barn's lock (base/lock.h).
 */
#ifndef QUIRE_SLAB_SLAB_H
#define QUIRE_SLAB_SLAB_H

#include <quire/errno.h>
#include <quire/list.h>
#include <quire/math.h>
#include <quire/mm.h>
#include <quire/slab.h>
#include <quire/trace.h>

#include "base/assert.h"
#include "base/config.h"
#include "base/lock.h"
#include "base/owner_lock.h"
#include "base/string.h"
#include "hw/machine.h"
#include "page/internal.h"

/* machine.attention bits that concern this room: faults armed, or hooks of its own. */
#define SLAB_ATTENTION_TRACE 0x00010000u
#define SLAB_ATTENTION	     (MACHINE_ATTENTION_FAULT | SLAB_ATTENTION_TRACE)

/*
 * kmem_cache.alloc_hooks and the gate of kmem_cache_cpu.lock, its copy: this cache always takes the
 * full path; no gfp flag has this bit.
 */
#define ALLOC_HOOK_ALWAYS 0x80000000u

/* kmem_cache.flags that only this room sets. */
#define __OBJECT_POISON	   0x80000000u /* objects hold patterns: no constructor, no RCU */
/*
 * SLOB's own cache: what slab_cache of pages says that objects of many caches share. Back end
 * functions get it from kfree(), and the cache that the caller named from kmem_cache_free().
 */
#define __SLAB_MIXED_PAGES 0x40000000u
#define __SLAB_SHADOW	   0x00000002u /* watched code may touch objects in use alone: shadow.c */
#define __SLAB_PLAIN_SLOTS 0x00000001u /* its slots have the usual layout, see pattern.h */

/* What keeps two caches apart, and what must agree. */
#define SLAB_NEVER_MERGE                                                                     \
	(SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER | SLAB_TRACE | SLAB_TYPESAFE_BY_RCU | \
	 SLAB_NOLEAKTRACE | SLAB_FAILSLAB | SLAB_KASAN | SLAB_NO_MERGE)
#define SLAB_MERGE_SAME (SLAB_RECLAIM_ACCOUNT | SLAB_CACHE_DMA | SLAB_CACHE_DMA32 | SLAB_ACCOUNT)

/**
 * struct slab_request - an allocation as it goes down. @size: asked of kmalloc, else object_size
 */
struct slab_request {
	gfp_t gfp;
	int nid; /* NUMA_NO_NODE: the CPU's */
	size_t size;
	unsigned long caller;
};

/**
 * struct slab_backend - who serves a cache. All but the marked ones are required.
 * Context of all: on a CPU, no lock of this room held but SLAB_CACHES for @init, @shutdown and
 * @exit (the first and the last always; so they may change what caches share).
 *
 * @init: completes @s (geometry, per-CPU and node parts) from name, object_size, align, flags,
 *	ctor; 0, or -ENOMEM, -EINVAL with nothing left behind
 * @shutdown: takes every free object and slab back from CPUs and nodes. Return: slabs that still
 *	hold objects; not 0: the cache lives on
 * @exit: gives back what @init took; only after @shutdown returned 0, or init of a later step
 *	failed
 * @alloc: an object as it lies, or NULL; does not zero
 * @free: @object of @slab, which is a slab of @s; reports a bad free and leaves it
 * @alloc_bulk: as many as it can. Return: how many
 * @free_bulk: objects of @s, all on slabs of it
 * @shrink: gives free slabs back. Return: slabs left
 * @info: counts for /proc/slabinfo
 * @idle: (may be NULL: none) objects that @info counts as active though nobody outside the room has
 *	them. Writes nothing, and takes no lock that a dead machine's CPU may hold
 * @validate: (may be NULL) structures hold? first fault reported
 * @usable: bytes of the object at @object that its owner may use
 * @dump: (may be NULL) reports what is known of the object at @addr, for kmem_dump_obj()
 */
struct slab_backend {
	const char *name;
	int (*init)(struct kmem_cache *s);
	int (*shutdown)(struct kmem_cache *s);
	void (*exit)(struct kmem_cache *s);
	void *(*alloc)(struct kmem_cache *s, const struct slab_request *rq);
	void (*free)(struct kmem_cache *s, struct slab *slab, void *object, unsigned long caller);
	unsigned int (*alloc_bulk)(struct kmem_cache *s, gfp_t gfp, unsigned int nr, void **p);
	void (*free_bulk)(struct kmem_cache *s, unsigned int nr, void **p, unsigned long caller);
	unsigned long (*shrink)(struct kmem_cache *s);
	void (*info)(struct kmem_cache *s, struct quire_slabinfo *info);
	unsigned long (*idle)(const struct kmem_cache *s);
	bool (*validate)(struct kmem_cache *s);
	size_t (*usable)(struct kmem_cache *s, const void *object);
	void (*dump)(struct kmem_cache *s, struct slab *slab, void *addr);
};
extern const struct slab_backend slub_backend, slab_backend, slob_backend;

#include "slab/state.h"

#include "slab/parts.h"

/** node_data() - Linux's NODE_DATA(). */
static inline pg_data_t *node_data(int nid)
{
	return &this_page_state()->nodes[nid];
}

static inline struct slab *page_slab(struct page *page)
{
	return (struct slab *)page;
}

static inline struct page *slab_page(struct slab *slab)
{
	return (struct page *)slab;
}

/** obj_page() - the page frame that @object lies in; any address of the linear map. */
static inline struct page *obj_page(const void *object)
{
	const struct quire_cpu *cpu = quire_this_cpu;

	return cpu->mem_map +
	       ((unsigned long)((const unsigned char *)object - cpu->linear) >> cpu->page_shift);
}

/* Set in pages of a slab but the first, which alone has a list in compound_head's place. */
#define SLAB_PAGE_TAIL (1ul << PG_owner_priv_1)

/** page_slab_head() - the slab of @page, which has a mark (O1). */
static inline struct slab *page_slab_head(struct page *page)
{
	return READ_ONCE(page->flags) & SLAB_PAGE_TAIL ? (struct slab *)(page->compound_head - 1)
						       : page_slab(page);
}

/** virt_to_slab() - the slab that @object lies in; NULL: not on a slab page. */
static inline struct slab *virt_to_slab(const void *object)
{
	struct page *page = obj_page(object);

	return likely(READ_ONCE(page->flags) & 1ul << PG_slab) ? page_slab_head(page) : NULL;
}

/** slab_address() - the first byte of @slab; slabs always lie in the linear map. */
static inline void *slab_address(const struct slab *slab)
{
	const struct quire_cpu *cpu = quire_this_cpu;

	return cpu->linear +
	       ((size_t)((const struct page *)slab - cpu->mem_map) << cpu->page_shift);
}

static inline int slab_nid(const struct slab *slab)
{
	return (int)(READ_ONCE(slab->flags) >> QUIRE_NODES_SHIFT);
}

/** obj_to_index() - which slot of @slab @object lies in. */
static inline unsigned int obj_to_index(const struct kmem_cache *s, const struct slab *slab,
					const void *object)
{
	u64 offset = (u64)((const char *)object - (const char *)slab_address(slab));

	return (unsigned int)(offset * s->reciprocal >> 48);
}

/* --- pages.c ----------------------------------------------------------------------------- */

/* What of a caller's flags concerns a slab's pages. */
#define GFP_SLAB_PASSED                                                                          \
	(__GFP_RECLAIM | __GFP_HIGH | __GFP_IO | __GFP_FS | __GFP_NOWARN | __GFP_RETRY_MAYFAIL | \
	 __GFP_NOFAIL | __GFP_NORETRY | __GFP_MEMALLOC | __GFP_NOMEMALLOC | __GFP_ATOMIC |       \
	 __GFP_HARDWALL | __GFP_THISNODE)

/* What it must not hold: Linux's mask of the same name. */
#define GFP_SLAB_BUG_MASK (__GFP_DMA32 | __GFP_HIGHMEM | ~__GFP_BITS_MASK)

/**
 * slab_pages_alloc() - 2^@order pages as a slab of @s: O1 holds, node counter moved.
 * @gfp: for the page allocator, cache's flags included; @nid: NUMA_NO_NODE: the CPU's
 * Return: the first page (compound when @order > 0), its other words as a fresh page's; or NULL.
 * Context: no lock of the room.
 */
struct page *slab_pages_alloc(struct kmem_cache *s, gfp_t gfp, int nid,
			      unsigned int order) QUIRE_MUST_CHECK;
/**
 * slab_pages_free() - the pages of @page go back at once, whatever readers do. Context: as
 * above.
 */
void slab_pages_free(struct kmem_cache *s, struct page *page);

/* --- room.c ------------------------------------------------------------------------------ */

/**
 * slab_room_up() - the machine's state, brought up by the first caller.
 * Return: NULL when the machine has no contents, or memory is short; reported once.
 */
struct slab_state *slab_room_up(void);
/**
 * pool_alloc(), pool_free() - zeroed elements; NULL when memory is short. Context: no lock of
 * the room.
 */
void *pool_alloc(struct fixed_pool *pool, gfp_t gfp) QUIRE_MUST_CHECK;
void pool_free(struct fixed_pool *pool, void *p);
void pool_init(struct fixed_pool *pool, size_t bytes);
/** pool_exit() - gives all blocks back, whatever is still in use. */
void pool_exit(struct fixed_pool *pool);

const struct slab_backend *slab_backend_of(enum quire_slab_backend backend);

/**
 * SLAB_KEEP_FRAME() - this function links itself into the chain of frames, though its file is
 * compiled without: so that owners' call stacks go through it. Not for fast paths.
 */
#define SLAB_KEEP_FRAME()                                                 \
	do {                                                              \
		const void *volatile frame_ = __builtin_frame_address(0); \
		(void)frame_;                                             \
	} while (0)

/* --- alloc.c ----------------------------------------------------------------------------- */

/** slab_alloc_full() - an object with everything that hooks and flags ask for. */
void *slab_alloc_full(struct kmem_cache *s, const struct slab_request *rq);
/** slab_wipe_object() - init_on_free; for back ends, when a free was found good. */
void slab_wipe_object(struct kmem_cache *s, void *object);
/** slab_free_full() - from any path: checks where @object is from, traces, frees. */
void slab_free_full(struct kmem_cache *s, void *object, unsigned long caller);
/** slab_init_object() - clears @object if this allocation wants it. */
void slab_init_object(struct kmem_cache *s, gfp_t gfp, void *object, size_t size);

/** in_memory() - is @object an address of the linear map with a frame behind it? */
bool in_memory(const void *object);

/* --- cache.c ----------------------------------------------------------------------------- */

/** struct cache_args - what kmem_cache_create() was asked for. */
struct cache_args {
	const char *name;
	unsigned int size, align;
	slab_flags_t flags;
	unsigned int useroffset, usersize;
	void (*ctor)(void *);
	const struct slab_backend *backend; /* NULL: the machine's */
	unsigned int number;		    /* see slab_parts_take() */
	unsigned long caller;		    /* who asked; 0: the room */
};
/** create_cache() - without merging. Context: state->lock held. */
struct kmem_cache *create_cache(struct slab_state *state, const struct cache_args *args);
/** slab_set_hooks() - alloc_hooks from flags, the machine's settings and its attention. */
void slab_set_hooks(const struct quire_machine *m, struct kmem_cache *s);

/* --- geometry.c -------------------------------------------------------------------------- */

/** calculate_alignment() - of a cache: asked for, cache line, machine. */
unsigned int calculate_alignment(slab_flags_t flags, unsigned int align, unsigned int size);
/**
 * slub_calculate_sizes() - fills in inuse, offset, size, red_left_pad, oo, min, allocflags.
 * Return: 0, or -EINVAL when no slab can hold an object.
 */
int slub_calculate_sizes(struct kmem_cache *s);
/** slub_set_cpu_partial() - cpu_partial and cpu_partial_slabs. @objects: of the former */
void slub_set_cpu_partial(struct kmem_cache *s, unsigned int objects);
/** slab_order_for() - the smallest order that holds @bytes. */
unsigned int slab_order_for(size_t bytes);
/** slab_order_objects() - objects of @size bytes that a block of @order holds. */
unsigned int slab_order_objects(unsigned int order, unsigned int size);
/** slab_allocflags() - what SLAB_* flags of a cache add to the gfp of its pages. */
gfp_t slab_allocflags(slab_flags_t flags);

/* --- kmalloc.c --------------------------------------------------------------------------- */

/**
 * slob_kmalloc_size() - what SLOB's kmalloc() of @size bytes gives, 1 .. KMALLOC_MAX_CACHE_SIZE.
 */
size_t slob_kmalloc_size(size_t size);
/** create_kmalloc_caches() - the normal row. Context: state->lock. */
int create_kmalloc_caches(struct slab_state *state);
/** kmalloc_cache_first() - a table entry that is not there yet; brings the room up. */
struct kmem_cache *kmalloc_cache_first(unsigned int index, gfp_t gfp);
/** kfree_slow() - kfree() of anything. */
void kfree_slow(void *object, unsigned long caller);

/* --- misuse.c; context: any lock of this room ---------------------------------------------- */

/**
 * slab_misuse() - a bad free, or another misuse of an object: the text, a line without its end, who
 * called (0: nobody knows) and the stack; with config.panic_on_report the machine ends.
 * @s: concerned, or NULL
 */
void slab_misuse(const struct kmem_cache *s, unsigned long caller, const char *fmt, ...)
	QUIRE_PRINTF(3, 4);
/** slab_misuse_end() - the same after the text. */
void slab_misuse_end(const struct kmem_cache *s, unsigned long caller);
/** slab_fix_gfp() - @gfp without GFP_SLAB_BUG_MASK, of which it has some; that is told. */
gfp_t slab_fix_gfp(gfp_t gfp);
/** slab_warn_zeroed_ctor() - once a machine. */
void slab_warn_zeroed_ctor(const struct kmem_cache *s);

/** slab_checked_gfp() - @gfp of a caller for whom a slab is made. */
static inline gfp_t slab_checked_gfp(const struct kmem_cache *s, gfp_t gfp)
{
	if (unlikely(s->ctor && gfp & __GFP_ZERO))
		slab_warn_zeroed_ctor(s);
	return unlikely(gfp & GFP_SLAB_BUG_MASK) ? slab_fix_gfp(gfp) : gfp;
}

/* --- free_rcu.c -------------------------------------------------------------------------- */

extern const size_t kfree_rcu_cpu_bytes;
void kfree_rcu_init(struct slab_state *state, struct kfree_rcu_cpu *cpus);

/* --- debugging; see debug.h -------------------------------------------------------------- */

static inline bool kmem_cache_debug(const struct kmem_cache *s)
{
	return unlikely(s->flags & SLAB_DEBUG_FLAGS);
}
/** flags_keep_size() - do objects say how many bytes kmalloc() was asked for? (SLUB alone) */
static inline bool flags_keep_size(slab_flags_t flags)
{
	return (flags & (SLAB_KMALLOC | SLAB_STORE_USER)) == (SLAB_KMALLOC | SLAB_STORE_USER);
}
/** slab_debug_up(), slab_debug_down() - the machine's state of debugging; up before any cache. */
int slab_debug_up(struct slab_state *state);
void slab_debug_down(struct slab_state *state);
/** slab_debug_adopt(), slob_adopt() - what pointed to the dead process, see slab_room_adopt(). */
void slab_debug_adopt(struct slab_state *state);
void slob_adopt(struct slab_state *state);
/** kmem_cache_flags() - @flags with what slub_debug asks of a cache of this name and size. */
slab_flags_t kmem_cache_flags(const struct slab_state *state, unsigned int object_size,
			      slab_flags_t flags, const char *name);

/**
 * slab_debug_undone() - takes the debugging flags from @s that its back end, which is not SLUB,
 * does nothing for; the first time, tells it. Context: state->lock.
 */
void slab_debug_undone(struct kmem_cache *s);

/**
 * slab_should_fail() - failslab by probability (failslab.c); asked while SLAB_ATTENTION is set.
 * @s: NULL: a request of whole pages
 */
bool slab_should_fail(struct kmem_cache *s, gfp_t gfp, size_t size);

#endif /* QUIRE_SLAB_SLAB_H */
