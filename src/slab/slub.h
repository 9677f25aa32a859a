/* SPDX-License-Identifier: MIT */
/*
 * slab/slub.h - SLUB's slabs: the word that says everything, the lists, the free pointer.
 *
 * Where a slab is:
 *
 *	frozen		a CPU's slab, or on a CPU's partial list: that CPU alone takes objects;
 *			others only free into it. On no node list.
 *	partial		on its node's list: some objects free, some used (or none, up to
 *			min_partial)
 *	full		on no list (with SLAB_STORE_USER: on the node's list of full slabs)
 *
 * The slab word, slab.state, 64 bits, changed by compare-and-swap:
 *
 *	63      62 ...... 48 47 ..... 32 31 ..... 16 15 ....... 0
 *	frozen  objects      inuse       (zero)      first free
 *
 *  S1  first free is the index of the first object of the slab's own free list, SLUB_NONE: none.
 *	Objects link on by pointers at kmem_cache.offset, NULL ends.
 *  S2  inuse counts the objects that are not on that list; so those on a CPU's free list
 *	count as used.
 *  S3  who finds the same word finds the same list: a free pushes one object whose link is the
 *	first free of the word it replaces; a take takes the whole list. So a word that went and
 *	came back does no harm.
 *  S4  a slab of a cache with debugging is never frozen; its word changes under the node's list
 *	lock alone.
 *
 * Sources: Ch. Lameter, "SLUB: the unqueued slab allocator" (2007); behaviour of Linux 6.1
 * (mm/slub.c). We differ in the word: an index instead of a pointer, so that one machine word
 * holds it all and any 64-bit compare-and-swap will do.
 */
#ifndef QUIRE_SLAB_SLUB_H
#define QUIRE_SLAB_SLUB_H

#include "slab/slab.h"

#define SLUB_NONE	  0xffffu
#define SLUB_FROZEN	  (1ull << 63)
#define MAX_OBJS_PER_PAGE 32767u
#define MAX_PARTIAL	  10u
#define MIN_PARTIAL	  5u

static inline unsigned int word_free(u64 w)
{
	return (unsigned int)(w & 0xffff);
}
static inline unsigned int word_inuse(u64 w)
{
	return (unsigned int)(w >> 32 & 0xffff);
}
static inline unsigned int word_objects(u64 w)
{
	return (unsigned int)(w >> 48 & 0x7fff);
}
static inline bool word_frozen(u64 w)
{
	return w >> 63;
}
static inline u64 make_word(unsigned int first, unsigned int inuse, unsigned int objects,
			    bool frozen)
{
	return (u64)frozen << 63 | (u64)objects << 48 | (u64)(u16)inuse << 32 | first;
}
static inline u64 slab_word(const struct slab *slab)
{
	return __atomic_load_n(&slab->state, __ATOMIC_ACQUIRE);
}
/** slab_word_swap() - @to if the word is still *@from; else *@from is what it is. */
static inline bool slab_word_swap(struct slab *slab, u64 *from, u64 to)
{
	return __atomic_compare_exchange_n(&slab->state, from, to, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_ACQUIRE);
}

/**
 * struct kmem_cache_node - a cache's slabs on one node.
 * @lock: the lists; rank SLAB_NODE
 * @partial: slab.slab_list, from the head: where to take next
 * @nr_slabs, @total_objects: of all slabs of the node, by atomic adds. With debugging @nr_slabs
 *	changes under @lock alone, with the lists, so that a validator can compare (count_listed())
 * @full: SLAB_STORE_USER: slabs without a free object
 * @barn: full and empty sheaves (sheaf.c)
 */
struct kmem_cache_node {
	struct quire_lock lock;
	unsigned long nr_partial;
	struct list_head partial;
	unsigned long nr_slabs;
	unsigned long total_objects;
	struct list_head full;
	struct {
		struct quire_lock lock;
		unsigned int nr_full, nr_empty;
		void *full, *empty; /* struct sheaf.next */
	} barn;
};

static inline struct kmem_cache_node *get_node(const struct kmem_cache *s, int nid)
{
	return s->node[nid];
}

#define for_each_kmem_cache_node(s, nid, n)                                             \
	for ((nid) = 0; (nid) < (int)quire_this_cpu->machine->config.nr_nodes; (nid)++) \
		if (((n) = get_node(s, nid)))

/**
 * struct track - who allocated or freed an object; two of them behind the object (SLAB_STORE_USER).
 * @addr: return address of the call, 0: never
 * @stack: handle of the return addresses in the room's depot (debug.h), 0: unknown
 * @when_ns: quire_machine_clock_ns(), may lag a few milliseconds
 */
struct track {
	unsigned long addr;
	u32 stack;
	int cpu, pid;
	u64 when_ns;
};

/** slub_set_defaults() - min_partial, cpu_partial and what else Linux sets by size. */
void slub_set_defaults(struct kmem_cache *s);

/* --- free pointers ----------------------------------------------------------------------- */

/** freelist_ptr() - @ptr as it is stored at @at, and back: the same function twice. */
static inline void *freelist_ptr(const struct kmem_cache *s, const void *ptr, unsigned long at)
{
	return s->random ? (void *)((unsigned long)ptr ^ s->random ^ __builtin_bswap64(at))
			 : (void *)(unsigned long)ptr;
}
static inline void *get_freepointer(const struct kmem_cache *s, const void *object)
{
	unsigned long at = (unsigned long)object + s->offset;

	return freelist_ptr(s, *(void *const *)at, at);
}
static inline void set_freepointer(const struct kmem_cache *s, void *object, const void *next)
{
	unsigned long at = (unsigned long)object + s->offset;

	*(void **)at = freelist_ptr(s, next, at);
}

/** slot_object() - the object of slot @index; slot_index(): the way back. */
static inline void *slot_object(const struct kmem_cache *s, const struct slab *slab,
				unsigned int index)
{
	return (char *)slab_address(slab) + s->red_left_pad + (size_t)index * s->size;
}
static inline unsigned int slot_index(const struct kmem_cache *s, const struct slab *slab,
				      const void *object)
{
	return obj_to_index(s, slab, (const char *)object - s->red_left_pad);
}
static inline void *first_free(const struct kmem_cache *s, const struct slab *slab, u64 word)
{
	return word_free(word) == SLUB_NONE ? NULL : slot_object(s, slab, word_free(word));
}

/* --- slub_node.c ------------------------------------------------------------------------- */

/**
 * new_slab() - a slab on no list: word not frozen. With debugging the caller counts it
 * (count_listed()), and who discards it has done so.
 * @nr: in: how many of its objects the caller wants; out: how many are in @p. The others are on its
 *	list.
 * Context: no locks.
 */
struct slab *new_slab(struct kmem_cache *s, gfp_t gfp, int nid, unsigned int *nr,
		      void **p) QUIRE_MUST_CHECK;
/** discard_slab() - a slab without objects to the page allocator. Context: no locks. */
void discard_slab(struct kmem_cache *s, struct slab *slab);
/** discard_slabs() - a chain by slab.next. */
void discard_slabs(struct kmem_cache *s, struct slab *chain);
/** add_partial(), remove_partial() - Context: the node's lock. */
void add_partial(struct kmem_cache_node *n, struct slab *slab, bool to_tail);
void remove_partial(struct kmem_cache_node *n, struct slab *slab);
/**
 * count_listed() - with debugging, @slabs more are on @n's lists or full. Context: the node's lock.
 */
static inline void count_listed(const struct kmem_cache *s, struct kmem_cache_node *n, long slabs)
{
	quire_lock_assert_held(&n->lock);
	if (kmem_cache_debug(s))
		__atomic_fetch_add(&n->nr_slabs, (unsigned long)slabs, __ATOMIC_RELEASE);
}
/** init_kmem_cache_nodes(), free_kmem_cache_nodes() - a cache's struct kmem_cache_node. */
int init_kmem_cache_nodes(struct kmem_cache *s);
void free_kmem_cache_nodes(struct kmem_cache *s);

/** slub_info() - struct slab_backend's. */
void slub_info(struct kmem_cache *s, struct quire_slabinfo *info);

/** slub_random_init() - the cache's random order of objects, if the machine wants one;
 * slub_random_exit() - no longer. */
void slub_random_init(struct kmem_cache *s);
void slub_random_exit(struct kmem_cache *s);
/** slab_rcu_poll() - slabs whose grace period is over go to the page allocator. Context: no locks.
 */
void slab_rcu_poll(struct slab_state *state);
/** slab_free_after_readers() - an empty slab on no list goes into the queue. Context: no locks. */
void slab_free_after_readers(struct slab_state *state, struct slab *slab);
/** slab_rcu_drain() - waits for all of them. Context: as synchronize_rcu(). */
void slab_rcu_drain(struct slab_state *state);

/* --- slub.c, slub_free.c ----------------------------------------------------------------- */

/** slub_flush_all() - takes back all CPUs' sheaves and slabs of @s. Context: no locks. */
void slub_flush_all(struct kmem_cache *s);
/** slub_unfreeze() - a chain of frozen slabs to their nodes' lists. Context: no locks. */
void slub_unfreeze(struct kmem_cache *s, struct slab *chain);
/** cpu_slab_lock() - the lock of CPU @cpu's part, from any CPU. */
void cpu_slab_lock(struct kmem_cache_cpu *c, unsigned int cpu);
void cpu_slab_unlock(struct kmem_cache_cpu *c, unsigned int cpu);
/**
 * slub_take() - up to @most objects from CPU slab, partial lists, new slabs.
 * @enough: with so many in hand no slab is made for more
 * Return: how many; fewer than @enough only when memory is short. Context: no locks.
 */
unsigned int slub_take(struct kmem_cache *s, const struct slab_request *rq, unsigned int most,
		       unsigned int enough, void **p);
/** slub_free_array() - @nr objects to their slabs. Context: no locks. */
void slub_free_array(struct kmem_cache *s, unsigned int nr, void *const *p);
void slub_free(struct kmem_cache *s, struct slab *slab, void *object, unsigned long caller);
void slub_free_bulk(struct kmem_cache *s, unsigned int nr, void **p, unsigned long caller);
bool slub_validate(struct kmem_cache *s);

/** node_is_local() - does a request for node @nid mean the CPU's own? */
static inline bool node_is_local(int nid)
{
	return nid == NUMA_NO_NODE || nid == (int)quire_this_cpu->nid;
}

/** object_suits_node() - a CPU's array may hold another node's objects while its own has no pages.
 */
static inline bool object_suits_node(const void *object, int nid)
{
	return nid == NUMA_NO_NODE || page_to_nid(obj_page(object)) == nid;
}

/* --- sheaf.c ----------------------------------------------------------------------------- */

void sheaf_pools_init(struct slab_state *state);
/** sheaf_init() - sets sheaf_capacity. */
void sheaf_init(struct kmem_cache *s);
void sheaf_exit(struct kmem_cache *s);
/** sheaf_refill_alloc() - an object after the CPU's sheaf was found empty; NULL: no memory. */
void *sheaf_refill_alloc(struct kmem_cache *s, const struct slab_request *rq);
/** sheaf_flush_free() - takes @object after the CPU's sheaf was found full. Return: taken? */
bool sheaf_flush_free(struct kmem_cache *s, void *object);
/** sheaf_alloc_bulk(), sheaf_free_bulk() - from and to this CPU's sheaves. Return: how many. */
unsigned int sheaf_alloc_bulk(struct kmem_cache *s, unsigned int nr, void **p);
unsigned int sheaf_free_bulk(struct kmem_cache *s, unsigned int nr, void *const *p);
/** sheaf_flush_cpu() - all objects of CPU @cpu's sheaves to their slabs. Context: as
 * slub_flush_cpu(). */
void sheaf_flush_cpu(struct kmem_cache *s, unsigned int cpu);
void sheaf_flush_barns(struct kmem_cache *s);

/* --- debugging (debug.c): caches with SLAB_DEBUG_FLAGS ----------------------------------- */

/** slub_debug_note_shape() - sets __SLAB_PLAIN_SLOTS if it is true, clears __SLAB_SHADOW without
 * debugging. Context: sizes are known. */
void slub_debug_note_shape(struct kmem_cache *s);
/** debug_setup_slab() - patterns of a new slab; each object: red zones, poison, tracks; before the
 * ctor. */
void debug_setup_slab(struct kmem_cache *s, struct slab *slab, void *addr, unsigned int order);
void debug_setup_object(struct kmem_cache *s, struct slab *slab, void *object);
/** slub_debug_alloc() - one object, checked, under the node's lock; the whole path (S4). */
void *slub_debug_alloc(struct kmem_cache *s, const struct slab_request *rq);
/** slub_debug_free() - checks; a bad free is reported and nothing freed. */
void slub_debug_free(struct kmem_cache *s, struct slab *slab, void *object, unsigned long caller);
/** debug_check_slab_going() - a slab goes back to the pages: padding and objects checked. */
void debug_check_slab_going(struct kmem_cache *s, struct slab *slab);
/**
 * debug_report_leaks() - objects that are left at destroy. Context: no locks.
 * Return: false: all was counted by the error hook, and nothing more is to be said.
 */
bool debug_report_leaks(struct kmem_cache *s);
/** slub_drop_metadata() - 'O' of slub_debug: takes flags away. Return: sizes must be computed anew.
 */
bool slub_drop_metadata(struct kmem_cache *s);
/** slub_set_orig_size() - the owner of @object may now use @bytes of it (ksize, krealloc). */
void slub_set_orig_size(struct kmem_cache *s, const void *object, size_t bytes);
/**
 * slub_in_use() - with debugging: is @object of @slab, which is of @s, one that somebody has? As
 * far as its red zone and with it, or with checks, the free list tell; else reported, false.
 */
bool slub_in_use(struct kmem_cache *s, struct slab *slab, const void *object);
/** slub_orig_size() - bytes of @object that its owner asked for; without records, all. */
size_t slub_orig_size(struct kmem_cache *s, const void *object);
/** slub_debug_dump() - what is known of the object at @addr, for kmem_dump_obj(). */
void slub_debug_dump(struct kmem_cache *s, struct slab *slab, void *addr);
/** slub_report_double_free() - the object freed last is freed again (every build). */
void slub_report_double_free(struct kmem_cache *s, void *object, unsigned long caller);

/* --- shadow.c: caches with __SLAB_SHADOW ------------------------------------------------- */

/** slab_shadow_new() - all of a new slab is closed. */
void slab_shadow_new(struct slab *slab);
/** slab_shadow_open() - the slot of @object is open, all of it: while the room writes to it. */
void slab_shadow_open(const struct kmem_cache *s, const void *object);
/** slab_shadow_owned() - of the slot, @owned bytes at @object are open, nothing else. */
void slab_shadow_owned(const struct kmem_cache *s, const void *object, size_t owned);
/** slab_shadow_free() - @object is nobody's; readers of RCU may have it open. */
void slab_shadow_free(const struct kmem_cache *s, const void *object);
/** slab_shadow_large() - of the @bytes of a large object, @owned are open. Any machine. */
void slab_shadow_large(const void *object, size_t owned, size_t bytes);

#endif /* QUIRE_SLAB_SLUB_H */
