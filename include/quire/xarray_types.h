/* SPDX-License-Identifier: MIT */
/*
 * xarray_types.h - the structures of the XArray and the words it stores; see xarray.h.
 *
 * A slot holds one word. Its lowest bits say what it is:
 *
 *	.....1	a value: (v << 1) | 1, v of 63 bits
 *	....00	a pointer, or NULL
 *	....10	an internal word n: (n << 2) | 2
 *		n = 0 .. 62		sibling: the entry proper is in slot n of this node
 *		n = 256			retry: start again from the head
 *		n = 257			zero: an occupied index whose content reads as NULL
 *		n = -4095 .. -1		an error number, in returned words only
 *		word above 4096		the address of a node, plus 2; never so in a leaf
 *
 * A program may store values, pointers that are multiples of 4 or carry a tag
 * (xa_tag_pointer()), and pointers above 4096 of any alignment: words that look like a node
 * are kept in leaves, where no node can be.
 *
 * Sources: Linux 6.1 Documentation/core-api/xarray.rst; M. Wilcox, "The XArray data
 * structure" (linux.conf.au 2018); numbers as Linux has them, so that its clients' own
 * arithmetic on entries holds.
 */
#ifndef QUIRE_XARRAY_TYPES_H
#define QUIRE_XARRAY_TYPES_H

#include <limits.h>

#include <quire/api.h>
#include <quire/bitops.h>
#include <quire/errno.h>
#include <quire/gfp.h>
#include <quire/rcupdate.h>
#include <quire/spinlock.h>
#include <quire/types.h>

QUIRE_BEGIN_DECLS

/* log2 of the slots of a node: 6 in the core; 3 makes deep trees, for tests of clients. */
#ifndef XA_CHUNK_SHIFT
#define XA_CHUNK_SHIFT 6
#endif
#define XA_CHUNK_SIZE	  (1UL << XA_CHUNK_SHIFT)
#define XA_CHUNK_MASK	  (XA_CHUNK_SIZE - 1)
#define XA_MAX_MARKS	  3
#define XA_MARK_LONGS	  DIV_ROUND_UP(XA_CHUNK_SIZE, QUIRE_BITS_PER_LONG)
#define BITS_PER_XA_VALUE (QUIRE_BITS_PER_LONG - 1)
#ifndef MAX_ERRNO
#define MAX_ERRNO 4095
#endif

/** typedef xa_mark_t - one of XA_MARK_0 .. XA_MARK_2, or for searches XA_PRESENT. */
typedef unsigned int xa_mark_t;
#define XA_MARK_0    ((xa_mark_t)0U)
#define XA_MARK_1    ((xa_mark_t)1U)
#define XA_MARK_2    ((xa_mark_t)2U)
#define XA_PRESENT   ((xa_mark_t)8U)
#define XA_MARK_MAX  XA_MARK_2
#define XA_FREE_MARK XA_MARK_0 /* of an allocating array: this index is free */

enum xa_lock_type {
	XA_LOCK_IRQ = 1,
	XA_LOCK_BH = 2,
};

/* xa_flags: how the lock is taken, what the array tracks, and per mark: is it set anywhere? */
#define XA_FLAGS_LOCK_IRQ      ((gfp_t)XA_LOCK_IRQ)
#define XA_FLAGS_LOCK_BH       ((gfp_t)XA_LOCK_BH)
#define XA_FLAGS_TRACK_FREE    ((gfp_t)4U)
#define XA_FLAGS_ZERO_BUSY     ((gfp_t)8U)
#define XA_FLAGS_ALLOC_WRAPPED ((gfp_t)16U)
#define XA_FLAGS_ACCOUNT       ((gfp_t)32U)
#define XA_FLAGS_MARK(mark)    ((gfp_t)((1U << __GFP_BITS_SHIFT) << (unsigned int)(mark)))
#define XA_FLAGS_ALLOC	       (XA_FLAGS_TRACK_FREE | XA_FLAGS_MARK(XA_FREE_MARK))
#define XA_FLAGS_ALLOC1	       (XA_FLAGS_TRACK_FREE | XA_FLAGS_ZERO_BUSY)

/**
 * struct xarray - the head of an array.
 * @xa_lock: for whoever changes the array
 * @xa_flags: XA_FLAGS_...
 * @xa_head: NULL: empty; a node; else the entry at index 0, the only one
 */
struct xarray {
	spinlock_t xa_lock;
	gfp_t xa_flags;
	void *xa_head;
};

#define XARRAY_INIT(name, flags)                                       \
	{                                                              \
		.xa_lock = { 0 }, .xa_flags = (flags), .xa_head = NULL \
	}
#define DEFINE_XARRAY_FLAGS(name, flags) struct xarray name = XARRAY_INIT(name, flags)
#define DEFINE_XARRAY(name)		 DEFINE_XARRAY_FLAGS(name, 0)
#define DEFINE_XARRAY_ALLOC(name)	 DEFINE_XARRAY_FLAGS(name, XA_FLAGS_ALLOC)
#define DEFINE_XARRAY_ALLOC1(name)	 DEFINE_XARRAY_FLAGS(name, XA_FLAGS_ALLOC1)

/**
 * struct xa_node - one node of the tree.
 * @shift: log2 of the indices each slot covers; 0 in leaves
 * @offset: of this node among its parent's slots
 * @count: slots that are not NULL, siblings included
 * @nr_values: slots that hold values or siblings of values
 * @parent: NULL at the top
 * @array: whose node this is
 * @private_list: for the array's user, see xas_set_update(); empty when the node dies
 * @rcu_head: while the dead node waits for its readers
 * @slots: the entries
 * @marks: a bit per slot and mark; of a node below: is the mark set anywhere in it?
 */
struct xa_node {
	unsigned char shift;
	unsigned char offset;
	unsigned char count;
	unsigned char nr_values;
	struct xa_node *parent;
	struct xarray *array;
	union {
		struct list_head private_list;
		struct rcu_head rcu_head;
	};
	void *slots[XA_CHUNK_SIZE];
	union {
		unsigned long tags[XA_MAX_MARKS][XA_MARK_LONGS];
		unsigned long marks[XA_MAX_MARKS][XA_MARK_LONGS];
	};
};

/** typedef xa_update_node_t - told of every node whose counts changed; under the lock. */
typedef void (*xa_update_node_t)(struct xa_node *node);

struct list_lru;

/**
 * struct xa_state - a cursor, and an operation under way; made by XA_STATE().
 * @xa: the array
 * @xa_index: where
 * @xa_shift, @xa_sibs: the entry to be stored covers (xa_sibs + 1) << xa_shift indices
 * @xa_offset: slot in @xa_node
 * @xa_node: the node, NULL: at the head itself; or XAS_RESTART, XAS_BOUNDS, an error
 * @xa_alloc: nodes held in reserve, chained by parent
 * @xa_update: told of changed nodes
 * @xa_lru: for the slab allocator
 */
struct xa_state {
	struct xarray *xa;
	unsigned long xa_index;
	unsigned char xa_shift;
	unsigned char xa_sibs;
	unsigned char xa_offset;
	unsigned char xa_pad;
	struct xa_node *xa_node;
	struct xa_node *xa_alloc;
	xa_update_node_t xa_update;
	struct list_lru *xa_lru;
};

/** struct xa_limit - a range of ids, both ends included. */
struct xa_limit {
	u32 max;
	u32 min;
};
#define XA_LIMIT(_min, _max) ((struct xa_limit){ .min = (_min), .max = (_max) })
#define xa_limit_32b	     XA_LIMIT(0, UINT_MAX)
#define xa_limit_31b	     XA_LIMIT(0, INT_MAX)
#define xa_limit_16b	     XA_LIMIT(0, USHRT_MAX)

/* Values. */

/** xa_mk_value() - the entry for the integer @v, 0 .. LONG_MAX. */
static inline void *xa_mk_value(unsigned long v)
{
	return (void *)((v << 1) | 1);
}

/** xa_to_value() - the integer of a value entry. */
static inline unsigned long xa_to_value(const void *entry)
{
	return (unsigned long)entry >> 1;
}

/** xa_is_value() - is @entry an integer? */
static inline bool xa_is_value(const void *entry)
{
	return (unsigned long)entry & 1;
}

/** xa_tag_pointer() - the pointer @p, a multiple of 4, with a @tag of 0, 1 or 3. */
static inline void *xa_tag_pointer(void *p, unsigned long tag)
{
	return (void *)((unsigned long)p | tag);
}

/** xa_untag_pointer() - the pointer of a tagged entry. */
static inline void *xa_untag_pointer(void *entry)
{
	return (void *)((unsigned long)entry & ~3UL);
}

/** xa_pointer_tag() - the tag of a tagged entry. */
static inline unsigned int xa_pointer_tag(void *entry)
{
	return (unsigned long)entry & 3UL;
}

/* Internal words. */

static inline void *xa_mk_internal(unsigned long v)
{
	return (void *)((v << 2) | 2);
}

static inline unsigned long xa_to_internal(const void *entry)
{
	return (unsigned long)entry >> 2;
}

static inline bool xa_is_internal(const void *entry)
{
	return ((unsigned long)entry & 3) == 2;
}

#define XA_ZERO_ENTRY  xa_mk_internal(257)
#define XA_RETRY_ENTRY xa_mk_internal(256)

/** xa_is_zero() - occupied, reads as NULL? */
static inline bool xa_is_zero(const void *entry)
{
	return entry == XA_ZERO_ENTRY;
}

/** xa_is_retry() - is a reader to start again from the head? */
static inline bool xa_is_retry(const void *entry)
{
	return entry == XA_RETRY_ENTRY;
}

/** xa_is_err() - is the returned @entry an error? */
static inline bool xa_is_err(const void *entry)
{
	return xa_is_internal(entry) &&
	       (unsigned long)entry >= (unsigned long)xa_mk_internal((unsigned long)-MAX_ERRNO);
}

/** xa_err() - the negative errno of a returned @entry, 0 when it is none. */
static inline int xa_err(void *entry)
{
	return xa_is_err(entry) ? (int)((long)entry >> 2) : 0;
}

/** xa_is_advanced() - a word that the normal interface does not store? */
static inline bool xa_is_advanced(const void *entry)
{
	return xa_is_internal(entry) && (unsigned long)entry <= (unsigned long)XA_RETRY_ENTRY;
}

static inline void *xa_mk_node(const struct xa_node *node)
{
	return (void *)((unsigned long)node | 2);
}

static inline struct xa_node *xa_to_node(const void *entry)
{
	return (struct xa_node *)((unsigned long)entry - 2);
}

/** xa_is_node() - the address of a node? In leaves pointers may look so. */
static inline bool xa_is_node(const void *entry)
{
	return xa_is_internal(entry) && (unsigned long)entry > 4096;
}

static inline void *xa_mk_sibling(unsigned int offset)
{
	return xa_mk_internal(offset);
}

static inline unsigned long xa_to_sibling(const void *entry)
{
	return xa_to_internal(entry);
}

/** xa_is_sibling() - is the entry proper in a slot further down in this node? */
static inline bool xa_is_sibling(const void *entry)
{
	return xa_is_internal(entry) &&
	       (unsigned long)entry < (unsigned long)xa_mk_sibling(XA_CHUNK_SIZE - 1);
}

/* Reading slots: under RCU, or (_locked) with the lock held. */

static inline void *xa_head(const struct xarray *xa)
{
	return rcu_dereference(xa->xa_head);
}

static inline void *xa_head_locked(const struct xarray *xa)
{
	return rcu_dereference_protected(xa->xa_head, 1);
}

static inline void *xa_entry(const struct xarray *xa, const struct xa_node *node,
			     unsigned int offset)
{
	(void)xa;
	return rcu_dereference(node->slots[offset]);
}

static inline void *xa_entry_locked(const struct xarray *xa, const struct xa_node *node,
				    unsigned int offset)
{
	(void)xa;
	return rcu_dereference_protected(node->slots[offset], 1);
}

static inline struct xa_node *xa_parent(const struct xarray *xa, const struct xa_node *node)
{
	(void)xa;
	return rcu_dereference(node->parent);
}

static inline struct xa_node *xa_parent_locked(const struct xarray *xa, const struct xa_node *node)
{
	(void)xa;
	return rcu_dereference_protected(node->parent, 1);
}

QUIRE_END_DECLS

#endif /* QUIRE_XARRAY_TYPES_H */
