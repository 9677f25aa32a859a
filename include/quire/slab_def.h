/* SPDX-License-Identifier: MIT */
/*
 * slab_def.h - struct kmem_cache and struct slab: for those who look inside a cache.
 *
 * A program that only allocates needs slab.h. Debuggers, tests and the views of /proc and
 * /sys read these; all but @flags, @min_partial, @cpu_partial and @remote_node_defrag_ratio are the
 * slab room's to write.
 *
 * An object and its surroundings, from the slot's start:
 *
 *	[left red zone] object ......... [right red zone] [free ptr] [track alloc][track free][pad]
 *	|<red_left_pad>|<- object_size >|                 |                                       |
 *	               |<----- inuse ------------------->|                                        |
 *	|<----------------------------------- size ---------------------------------------------->|
 *
 * Addresses that callers see are those of the object, red_left_pad into the slot. @offset, where
 * the free pointer lies, counts from there: inside the object, or at inuse when the object's
 * contents must survive a free.
 */
#ifndef QUIRE_SLAB_DEF_H
#define QUIRE_SLAB_DEF_H

#include <quire/machine.h>
#include <quire/mm_types.h>
#include <quire/types.h>

QUIRE_BEGIN_DECLS

/** typedef slab_flags_t - SLAB_*, see slab.h. */
typedef unsigned int slab_flags_t;

struct kmem_cache;
struct kmem_cache_cpu;
struct kmem_cache_node;
struct slab_backend;

/** struct kmem_cache_order_objects - order of a slab << 16 | objects in it. */
struct kmem_cache_order_objects {
	unsigned int x;
};

#define OO_SHIFT       16
#define OO_MASK	       ((1u << OO_SHIFT) - 1)
#define oo_order(oo)   ((oo).x >> OO_SHIFT)
#define oo_objects(oo) ((oo).x & OO_MASK)

/**
 * struct kmem_cache - a cache of objects of one size.
 *
 * What the fast paths read comes first.
 * @cpu0: CPU 0's part; the others' lie in rows (src/slab/parts.c)
 * @number: of its parts, and in the marks of its frames; at least 65536: frames have no mark
 * @alloc_hooks: gfp bits that make an allocation take the full path; bit 31: all do, frees too
 * @flags: SLAB_*
 * @size: a slot with everything around the object, bytes
 * @object_size: what the creator asked for, bytes. It and @inuse grow when a larger cache with
 *	slots as large is merged in: READ_ONCE()
 * @reciprocal: floor(2^48 / @size) + 1, for index = offset * reciprocal >> 48
 * @offset: of the free pointer, from the object's start
 * @inuse: end of the object with its padding to a word
 * @cpu_partial, @cpu_partial_slabs: how many free objects, slabs, a CPU may keep in partial slabs
 * @oo: order and objects of a slab; @min: the smallest that will do when memory is short
 * @page_objects: objects of a slab of a single page; 0: there is none so small
 * @allocflags: added to gfp when a slab is made
 * @refcount: users: 1, plus one per alias; -1: a boot cache, never goes
 * @min_partial: partial slabs that a node keeps even if empty
 * @useroffset, @usersize: part of the object that may be copied to user space
 * @failslab: takes part in fault injection by cache: SLAB_FAILSLAB, until something else is set
 * @random: key of hardened free pointers; 0: plain
 * @random_seq: order of objects in a new slab; NULL: ascending
 * @sheaf_capacity: pointers of a sheaf; 0: none
 * @backend: who serves it
 * @priv: the back end's own
 * @debug: leak list, failslab and error state of the debugging half
 * @made_at: return address of the call that made it; 0: the room itself did
 * @node: one per node
 */
struct kmem_cache {
	struct kmem_cache_cpu *cpu0;
	unsigned int number;
	unsigned int alloc_hooks;
	slab_flags_t flags;
	unsigned int size;
	unsigned int object_size;
	unsigned int offset;
	unsigned int inuse;
	unsigned int align;
	unsigned int red_left_pad;
	unsigned int cpu_partial;
	unsigned int cpu_partial_slabs;
	unsigned int sheaf_capacity;
	unsigned long min_partial;
	u64 reciprocal;
	struct kmem_cache_order_objects oo, min;
	gfp_t allocflags;
	int refcount;
	void (*ctor)(void *object);
	const char *name;
	struct list_head list;
	unsigned int page_objects;
	unsigned int useroffset, usersize;
	unsigned int remote_node_defrag_ratio;
	bool failslab;
	unsigned long random;
	unsigned int *random_seq;
	const struct slab_backend *backend;
	void *priv;
	void *debug;
	unsigned long made_at;
	struct kmem_cache_node *node[QUIRE_MAX_NODES];
};

/**
 * struct slab - struct page of a slab's first frame, by another name.
 * @slab_list: on a node's list, or @next and @slabs on a CPU's partial list
 * @slab_cache: also in every tail page, so that one load finds an object's cache
 * @freelist: back ends other than SLUB: theirs; SLUB with debugging: first free object
 * @state: SLUB: first free object, counters and owner in one word (slub.h)
 * @active, @colour: SLAB: objects taken from the slab; where its first object lies, bytes
 * @first, @units: SLOB: first free block of the page; free units in it
 *
 * Offsets are those of struct page; checked by assertions in the slab room.
 */
struct slab {
	unsigned long flags;
	union {
		struct list_head slab_list;
		struct {
			struct slab *next;
			int slabs;
		};
	};
	struct kmem_cache *slab_cache;
	void *freelist;
	union {
		u64 state;
		struct {
			unsigned int inuse, objects;
		};
		struct {
			unsigned int active, colour;
		};
		struct {
			unsigned int first, units;
		};
	};
	unsigned int page_type;
	atomic_t refcount;
	unsigned long memcg_data;
};

QUIRE_END_DECLS

#endif /* QUIRE_SLAB_DEF_H */
