/* SPDX-License-Identifier: MIT */
/*
 * slab/slab_backend.h - SLAB: what its files share. The theory of the whole stands here.
 *
 *	slab_geometry.c	bytes of a slab: order, where the list of free objects lies, colours
 *	slab_slabs.c	one slab made, taken from, given to, destroyed; a node's three lists
 *	slab_array.c	array caches: refill, flush, bulk
 *	slab_numa.c	objects of other nodes: alien caches, allocation elsewhere
 *	slab_cache.c	a cache's life; tunables
 *	slab_reap.c	giving back what lies idle
 *	slab_check.c	consistency: bad frees, validator, counts, leaks
 *
 *	          CPU 0              CPU 1       array caches: stacks of pointers, last in first out
 *	       [o o o o . .]      [o o . . . .]  the fast paths of alloc.c work on them
 *	            \ batchcount       /
 *	             [o o o o o o . . .]         node's shared array: so that one CPU's frees feed
 *	                     |                   another's allocations by copying pointers
 *	   partial: [#.#.]-[##..]  full: [####]  free: [....]      the node's slabs
 *
 *	   alien[n]: objects of node n that CPUs of this node freed, on their way home
 *
 * Theory
 *  1. A refill takes batchcount objects: from the shared array, from partial slabs, from free
 *     ones, from a new one, in this order. Full slabs are not touched, partial ones are used up
 *     before free ones are begun.
 *  2. A full array cache moves its oldest batchcount objects to the shared array, and if that
 *     is full to their slabs. The youngest stay: they are warm.
 *  3. Which objects of a slab are free says an array of their indices: entries [active, num) are
 *     free, the next one to go is entry active. It lies in the slab behind the objects, or in the
 *     last object to be taken (which is free as long as the array is needed), or off the slab in
 *     an object of kmalloc's: see slab_geometry.c for which.
 *  4. More than free_limit free objects on a node: free slabs go back to the pages.
 *  5. Slabs begin their objects at different offsets, multiples of a cache line within what is left
 *     over ("colours"), so that first objects of slabs do not all fight for the same lines.
 *  6. What lies idle is given back bit by bit by quire_slab_reap(). Linux notes each allocation in
 *     "touched"; here the inlined fast path writes nothing but the stack, so the reaper looks
 *     whether the stack's height or top, or the count of refills, changed since its last visit. (A
 *     CPU that frees exactly what it allocated last passes for idle, and loses a fifth of its
 *     limit.)
 *
 * Invariants, checked by slab_validate()
 *  L1  a slab is on full when active == num, on free when active == 0, else on partial
 *  L2  free_objects of a node is the sum of num - active over its slabs
 *  L3  entries [active, num) of a slab's list of free objects are different indices below num
 *  L4  objects in array caches are taken (not free) to their slabs, and on the CPU's memory node
 *
 * Lock order: a CPU's owner lock or an alien cache's (both SLAB_CPU), then a node's (SLAB_NODE).
 *
 * Left out: red zones, poison and owners of objects (SLUB has them); placing the array caches
 * on their CPU's node.
 *
 * Sources: J. Bonwick, "The Slab Allocator: An Object-Caching Kernel Memory Allocator" (USENIX
 * 1994); J. Bonwick, J. Adams, "Magazines and Vmem" (USENIX 2001); M. Gorman, Understanding the
 * Linux Virtual Memory Manager, ch. 8; behaviour of Linux 4.9 (mm/slab.c).
 */
#ifndef QUIRE_SLAB_SLAB_BACKEND_H
#define QUIRE_SLAB_SLAB_BACKEND_H

#include <quire/math.h>

#include "slab/slub.h"

/** struct slab_array - a node's shared array: a stack of free objects. Under the node's lock. */
struct slab_array {
	unsigned int avail, limit;
	bool touched;
	void *entry[];
};

#define ALIEN_LIMIT	  12u
#define SLAB_REAP_NODE_NS 4000000000ull /* between two looks of the reaper at a node */

/** struct slab_alien - objects of another node, on their way home. @lock: the rest */
struct slab_alien {
	struct quire_lock lock;
	unsigned int avail, limit;
	void *entry[ALIEN_LIMIT];
};

/**
 * struct slab_node - a cache's slabs on one node.
 * @lock: all but @colour_next and @alien
 * @partial, @full, @free: slab.slab_list (L1)
 * @nr_slabs, @nr_free: of all three lists; of @free
 * @free_objects: L2; @free_limit: theory point 4
 * @shared: NULL: the cache has none
 * @free_touched: a free slab was begun since the reaper's last visit
 * @next_reap: when the reaper looks again at @shared and @free, ns
 * @colour_next: of the next slab
 * @alien: by node, what CPUs of this node freed; NULL with one node
 */
struct slab_node {
	struct quire_lock lock;
	struct list_head partial, full, free;
	unsigned long nr_slabs, nr_free;
	unsigned long free_objects, free_limit;
	struct slab_array *shared;
	bool free_touched;
	u64 next_reap;
	unsigned int colour_next;
	struct slab_alien *alien;
} __quire_aligned(QUIRE_CACHELINE);

/**
 * struct slab_cpu - of a CPU's array cache, what the fast paths do not need; kmem_cache_cpu.priv.
 * Under the CPU's owner lock.
 * @nid: the nearest node with memory for slabs; constant
 * @touched: refilled since the reaper's last visit
 * @seen_n, @seen_top: the stack's height and top at that visit
 * @reap_nid: whose alien cache the reaper empties next; the CPU's alone
 */
struct slab_cpu {
	int nid;
	bool touched;
	unsigned int seen_n;
	void *seen_top;
	unsigned int reap_nid;
};

/** enum slab_where - where the list of free objects lies (slab_geometry.c). */
enum slab_where { SLAB_LIST_IN_OBJECT, SLAB_LIST_OFF_SLAB, SLAB_LIST_ON_SLAB };

/**
 * struct slab_cache - SLAB's part of a cache; kmem_cache.priv.
 * @num: objects of a slab; @order: of its pages
 * @colours: how many; @colour_off: bytes between two
 * @index_bytes: of an entry of a list of free objects; @list_bytes: of the list
 * @list_cache: where lists off the slab come from
 * @lists: objects of this cache that are such lists; changed by any CPU
 * @limit, @batchcount, @shared: tunables
 * @arrays: entries of array caches and shared arrays, replaced when the tunables change
 * @bytes: of this struct with its nodes, CPUs and alien caches
 */
struct slab_cache {
	unsigned int num, order;
	unsigned int colours, colour_off;
	enum slab_where where;
	unsigned int index_bytes, list_bytes;
	struct kmem_cache *list_cache;
	unsigned long lists;
	unsigned int limit, batchcount, shared;
	unsigned int nr_nodes, nr_cpus;
	void *arrays;
	size_t arrays_bytes, bytes;
	struct slab_cpu *cpu;
	struct slab_node *node;
};

static inline struct slab_cache *slab_of(const struct kmem_cache *s)
{
	return s->priv;
}

static inline struct slab_cpu *slab_cpu_of(const struct kmem_cache_cpu *c)
{
	return c->priv;
}

/** slab_base() - contents of a slab's first page. */
static inline unsigned char *slab_base(const struct slab *slab)
{
	const struct quire_cpu *cpu = quire_this_cpu;

	return cpu->linear + ((u64)((const struct page *)slab - cpu->mem_map) << cpu->page_shift);
}

static inline void *index_object(const struct kmem_cache *s, const struct slab *slab,
				 unsigned int index)
{
	return slab_base(slab) + slab->colour + (size_t)index * s->size;
}

/** object_index() - slot that @object lies in; of an address before the first one: a large number.
 */
static inline unsigned int object_index(const struct kmem_cache *s, const struct slab *slab,
					const void *object)
{
	u64 offset = (u64)((const unsigned char *)object - slab_base(slab)) - slab->colour;

	return (unsigned int)(offset * s->reciprocal >> 48);
}

/* Entry @i of a slab's list of free objects. */
static inline unsigned int free_index(const struct slab_cache *sc, const struct slab *slab,
				      unsigned int i)
{
	return sc->index_bytes == 1 ? ((const u8 *)slab->freelist)[i]
				    : ((const u16 *)slab->freelist)[i];
}

static inline void set_free_index(const struct slab_cache *sc, struct slab *slab, unsigned int i,
				  unsigned int index)
{
	if (sc->index_bytes == 1)
		((u8 *)slab->freelist)[i] = (u8)index;
	else
		((u16 *)slab->freelist)[i] = (u16)index;
}

/* --- slab_geometry.c --------------------------------------------------------------------- */

/** slab_calculate_sizes() - size, oo, allocflags of @s and all geometry of @sc. Return: 0, -EINVAL.
 */
int slab_calculate_sizes(struct kmem_cache *s, struct slab_cache *sc);
/** slab_default_tunables() - limit, batchcount, shared by the size of an object. */
void slab_default_tunables(const struct kmem_cache *s, struct slab_cache *sc);

/* --- slab_slabs.c ------------------------------------------------------------------------ */

/** slab_grow() - a slab of free objects on no list, or NULL. Context: no locks. */
struct slab *slab_grow(struct kmem_cache *s, gfp_t gfp, int nid) QUIRE_MUST_CHECK;
/**
 * slab_join() - a new slab joins its node's lists, after up to @nr objects were taken to @p.
 * Return: how many.
 */
unsigned int slab_join(struct kmem_cache *s, struct slab *slab, unsigned int nr, void **p);
/** slab_take_listed() - up to @nr objects from the slabs of @node. Context: its lock. */
unsigned int slab_take_listed(struct kmem_cache *s, struct slab_node *node, unsigned int nr,
			      void **p);
/**
 * slab_give_listed() - @nr objects to their slabs on @node; none to a slab that has all of its
 * own, which is told. Context: the node's lock.
 * @doomed: slabs above the node's free limit, for slab_destroy_list()
 */
void slab_give_listed(struct kmem_cache *s, struct slab_node *node, unsigned int nr, void *const *p,
		      struct list_head *doomed);
/** slab_give() - the same with the lock taken and the doomed destroyed. Context: no locks. */
void slab_give(struct kmem_cache *s, struct slab_node *node, unsigned int nr, void *const *p);
/** slab_destroy_list() - slabs without objects back to the pages. Context: no locks. */
void slab_destroy_list(struct kmem_cache *s, struct list_head *doomed);
/** slab_drain_free() - up to @nr free slabs of @node back to the pages. Return: how many. */
unsigned long slab_drain_free(struct kmem_cache *s, struct slab_node *node, unsigned long nr);

/* --- slab_array.c ------------------------------------------------------------------------ */

void *slab_alloc(struct kmem_cache *s, const struct slab_request *rq);
unsigned int slab_alloc_bulk(struct kmem_cache *s, gfp_t gfp, unsigned int nr, void **p);
void slab_free(struct kmem_cache *s, struct slab *slab, void *object, unsigned long caller);
void slab_free_bulk(struct kmem_cache *s, unsigned int nr, void **p, unsigned long caller);
/**
 * slab_give_shared() - up to @nr objects to the shared array of @node, as long as there is room.
 * Context: the node's lock. Return: how many.
 */
unsigned int slab_give_shared(struct slab_node *node, unsigned int nr, void *const *p);
/** slab_drain_cpu() - all of CPU @cpu's array cache to the slabs. Context: any CPU, no locks. */
void slab_drain_cpu(struct kmem_cache *s, unsigned int cpu);
/** slab_drain_shared() - all of the shared array of @node to the slabs. */
void slab_drain_shared(struct kmem_cache *s, struct slab_node *node);

/* --- slab_numa.c ------------------------------------------------------------------------- */

/** slab_memory_node() - the nearest node to @nid from whose zones slabs can be made. */
int slab_memory_node(unsigned int nid);
/** slab_alloc_node() - an object of node @nid, or if @gfp allows of any. */
void *slab_alloc_node(struct kmem_cache *s, gfp_t gfp, int nid);
/** slab_alloc_anywhere() - node @nid has none: an object of the nearest that has, or of a new slab.
 */
void *slab_alloc_anywhere(struct kmem_cache *s, gfp_t gfp, int nid);
/** slab_free_alien() - @object of node @nid, freed by a CPU of node @from. */
void slab_free_alien(struct kmem_cache *s, int from, int nid, void *object, unsigned long caller);
/** slab_drain_alien() - what CPUs of node @from freed of node @nid goes home. Return: was there
 * any? */
bool slab_drain_alien(struct kmem_cache *s, int from, int nid, bool try_only);
/** gfp_exact_node() - @gfp for one attempt on one node, without insisting. */
static inline gfp_t gfp_exact_node(gfp_t gfp)
{
	return (gfp | __GFP_THISNODE | __GFP_NOWARN) & ~__GFP_NOFAIL;
}

/* --- slab_check.c ------------------------------------------------------------------------ */

/** slab_check_free() - may @object be freed? If not, it is told. Context: no locks. */
bool slab_check_free(struct kmem_cache *s, struct slab *slab, void *object, unsigned long caller);
/** slab_report_twice() - @object is freed, and was free. @caller: 0: nobody knows any more */
void slab_report_twice(const struct kmem_cache *s, const void *object, unsigned long caller);
void slab_info(struct kmem_cache *s, struct quire_slabinfo *info);
/** slab_idle() - objects in array, shared and alien caches, or lists of other caches' slabs. */
unsigned long slab_idle(const struct kmem_cache *s);
bool slab_validate(struct kmem_cache *s);
void slab_dump(struct kmem_cache *s, struct slab *slab, void *addr);
/** slab_report_leaks() - the objects that are still taken. Context: nobody else uses @s. */
void slab_report_leaks(struct kmem_cache *s);

#endif /* QUIRE_SLAB_SLAB_BACKEND_H */
