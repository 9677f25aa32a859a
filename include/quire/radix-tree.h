/* SPDX-License-Identifier: MIT */
/*
 * radix-tree.h - the XArray under its older names, as far as Linux 6.1 still has them.
 *
 * A root is a struct xarray, a node a struct xa_node, a tag a mark. The root's gfp flags, given
 * when it is made, say how radix_tree_insert() gets nodes. Nothing here locks: whoever changes
 * the tree keeps others out, readers hold RCU's lock or keep writers out.
 *
 *	radix_tree_preload(GFP_KERNEL);		may sleep
 *	spin_lock(&lock);
 *	err = radix_tree_insert(&tree, index, item);	with GFP_ATOMIC: uses what is set aside
 *	spin_unlock(&lock);
 *	radix_tree_preload_end();
 *
 * New code uses xarray.h. Source: names and semantics of Linux 6.1.
 */
#ifndef QUIRE_RADIX_TREE_H
#define QUIRE_RADIX_TREE_H

#include <quire/xarray.h>

QUIRE_BEGIN_DECLS

#ifndef radix_tree_root
#define radix_tree_root xarray
#endif
#ifndef radix_tree_node
#define radix_tree_node xa_node
#endif

#define RADIX_TREE_ENTRY_MASK	 3UL
#define RADIX_TREE_INTERNAL_NODE 2UL
#define RADIX_TREE_MAP_SHIFT	 XA_CHUNK_SHIFT
#define RADIX_TREE_MAP_SIZE	 (1UL << RADIX_TREE_MAP_SHIFT)
#define RADIX_TREE_MAP_MASK	 (RADIX_TREE_MAP_SIZE - 1)
#define RADIX_TREE_MAX_TAGS	 XA_MAX_MARKS
#define RADIX_TREE_TAG_LONGS	 XA_MARK_LONGS
#define RADIX_TREE_INDEX_BITS	 QUIRE_BITS_PER_LONG
#define RADIX_TREE_MAX_PATH	 DIV_ROUND_UP(RADIX_TREE_INDEX_BITS, RADIX_TREE_MAP_SHIFT)
#define ROOT_IS_IDR		 XA_FLAGS_TRACK_FREE
#define ROOT_TAG_SHIFT		 __GFP_BITS_SHIFT

#define RADIX_TREE_INIT(name, mask) XARRAY_INIT(name, mask)
#define RADIX_TREE(name, mask)	    struct radix_tree_root name = RADIX_TREE_INIT(name, mask)
#define INIT_RADIX_TREE(root, mask) xa_init_flags(root, mask)

/** struct quire_xa_stock - nodes set aside for a CPU, chained by parent. */
struct quire_xa_stock {
	struct xa_node *nodes;
	unsigned int nr;
};

/** quire_xa_node_cache() - this machine's slab cache of nodes; NULL: no memory to make it. */
QUIRE_PUBLIC struct kmem_cache *quire_xa_node_cache(void);
/** quire_xa_stock() - this CPU's nodes set aside; NULL: no memory. */
QUIRE_PUBLIC struct quire_xa_stock *quire_xa_stock(void);

/** radix_tree_node_rcu_free() - a dead node, blank again, goes back to its cache; for call_rcu().
 */
void radix_tree_node_rcu_free(struct rcu_head *head) QUIRE_API(radix_tree_node_rcu_free);

/** radix_tree_is_internal_node() - a word that no user stored: node, retry ... */
static inline bool radix_tree_is_internal_node(void *ptr)
{
	return ((unsigned long)ptr & RADIX_TREE_ENTRY_MASK) == RADIX_TREE_INTERNAL_NODE;
}

/** radix_tree_exception() - internal word or value? */
static inline int radix_tree_exception(void *arg)
{
	return ((unsigned long)arg & RADIX_TREE_ENTRY_MASK) != 0;
}

/** radix_tree_empty() - has the tree no entry? */
static inline bool radix_tree_empty(const struct radix_tree_root *root)
{
	return READ_ONCE(root->xa_head) == NULL;
}

/** radix_tree_deref_slot() - the word in @slot, under RCU; see radix_tree_deref_retry(). */
static inline void *radix_tree_deref_slot(void **slot)
{
	return rcu_dereference(*slot);
}

/** radix_tree_deref_slot_protected() - the word in @slot; writers are kept out. */
static inline void *radix_tree_deref_slot_protected(void **slot, spinlock_t *lock)
{
	(void)lock;
	return rcu_dereference_protected(*slot, 1);
}

/** radix_tree_deref_retry() - is the lookup that led to word @arg to be done again? */
static inline int radix_tree_deref_retry(void *arg)
{
	return unlikely(radix_tree_is_internal_node(arg));
}

/**
 * radix_tree_insert() - puts @item at @index.
 * @item: no internal word, not NULL
 * Return: 0, -EEXIST, -ENOMEM: the root's gfp flags got no node and none is set aside.
 */
int radix_tree_insert(struct radix_tree_root *root, unsigned long index, void *item)
	QUIRE_API(radix_tree_insert);
/** radix_tree_lookup() - the item at @index or NULL. */
void *radix_tree_lookup(const struct radix_tree_root *root, unsigned long index)
	QUIRE_API(radix_tree_lookup);
/** radix_tree_lookup_slot() - where the item at @index stands, or NULL. */
void **radix_tree_lookup_slot(const struct radix_tree_root *root, unsigned long index)
	QUIRE_API(radix_tree_lookup_slot);
/** __radix_tree_lookup() - the item, and where: *@nodep (NULL: the head) and *@slotp. */
void *__radix_tree_lookup(const struct radix_tree_root *root, unsigned long index,
			  struct radix_tree_node **nodep, void ***slotp)
	QUIRE_API(__radix_tree_lookup);
/** __radix_tree_replace() - another item, or NULL, in a slot that is in use. */
void __radix_tree_replace(struct radix_tree_root *root, struct radix_tree_node *node, void **slot,
			  void *item) QUIRE_API(__radix_tree_replace);
/** radix_tree_replace_slot() - another item in a slot that is in use, of the same kind. */
void radix_tree_replace_slot(struct radix_tree_root *root, void **slot, void *item)
	QUIRE_API(radix_tree_replace_slot);
/** radix_tree_delete() - takes the item at @index out. Return: it, or NULL. */
void *radix_tree_delete(struct radix_tree_root *root, unsigned long index)
	QUIRE_API(radix_tree_delete);
/** radix_tree_delete_item() - the same if it is @item; NULL: whatever it is. */
void *radix_tree_delete_item(struct radix_tree_root *root, unsigned long index, void *item)
	QUIRE_API(radix_tree_delete_item);
/** radix_tree_gang_lookup() - up to @max items from @first on. Return: how many. O(max). */
unsigned int radix_tree_gang_lookup(const struct radix_tree_root *root, void **results,
				    unsigned long first, unsigned int max)
	QUIRE_API(radix_tree_gang_lookup);
/** radix_tree_gang_lookup_tag() - the same, of those with @tag. */
unsigned int radix_tree_gang_lookup_tag(const struct radix_tree_root *root, void **results,
					unsigned long first, unsigned int max, unsigned int tag)
	QUIRE_API(radix_tree_gang_lookup_tag);
/** radix_tree_gang_lookup_tag_slot() - the same, the slots. */
unsigned int radix_tree_gang_lookup_tag_slot(const struct radix_tree_root *root, void ***results,
					     unsigned long first, unsigned int max,
					     unsigned int tag)
	QUIRE_API(radix_tree_gang_lookup_tag_slot);
/** radix_tree_tag_set() - tags the item at @index. Return: it. */
void *radix_tree_tag_set(struct radix_tree_root *root, unsigned long index, unsigned int tag)
	QUIRE_API(radix_tree_tag_set);
/** radix_tree_tag_clear() - takes the tag off the item at @index. Return: it. */
void *radix_tree_tag_clear(struct radix_tree_root *root, unsigned long index, unsigned int tag)
	QUIRE_API(radix_tree_tag_clear);
/** radix_tree_tag_get() - 1: the item at @index has the tag. */
int radix_tree_tag_get(const struct radix_tree_root *root, unsigned long index, unsigned int tag)
	QUIRE_API(radix_tree_tag_get);
/** radix_tree_tagged() - has any item the tag? */
int radix_tree_tagged(const struct radix_tree_root *root, unsigned int tag)
	QUIRE_API(radix_tree_tagged);
/**
 * radix_tree_preload() - sets aside nodes enough for one insertion on this CPU.
 * Return: 0, -ENOMEM. On success radix_tree_preload_end() must follow; no other thread comes in
 * between, since a CPU is one thread.
 */
int radix_tree_preload(gfp_t gfp) QUIRE_API(radix_tree_preload);
/** radix_tree_maybe_preload() - the same; does nothing, successfully, if @gfp may not sleep. */
int radix_tree_maybe_preload(gfp_t gfp) QUIRE_API(radix_tree_maybe_preload);
/** quire_xa_cpu_dead() - nodes set aside for @cpu go back to their cache. Return: 0. */
QUIRE_PUBLIC int quire_xa_cpu_dead(unsigned int cpu);
/**
 * quire_xa_stocked() - how many nodes are set aside for @cpu, below nr_cpus.
 *
 * Context: on a CPU of the machine; another CPU's number may change meanwhile.
 * Return: the number, 0 before the first node was asked for.
 */
QUIRE_PUBLIC unsigned int quire_xa_stocked(unsigned int cpu);

/** radix_tree_init() - nothing to do: a machine's cache is made at its first node. */
void radix_tree_init(void) QUIRE_API(radix_tree_init);

static inline void radix_tree_preload_end(void)
{
}

/**
 * struct radix_tree_iter - a walk over slots, one node at a time.
 * @index: of the current slot
 * @next_index: of the first slot behind this node's; 0 with wrap-around: none
 * @tags: bit n: slot n from the current one on is wanted; tagged walks
 * @node: whose slots these are; NULL: the head
 */
struct radix_tree_iter {
	unsigned long index;
	unsigned long next_index;
	unsigned long tags;
	struct radix_tree_node *node;
};

#define RADIX_TREE_ITER_TAG_MASK 0x0f /* the tag in the lower nybble */
#define RADIX_TREE_ITER_TAGGED	 0x10 /* slots with the tag only */
#define RADIX_TREE_ITER_CONTIG	 0x20 /* stop at the first hole */

/** radix_tree_next_chunk() - the first slot of the next node with any; NULL: the end. */
void **radix_tree_next_chunk(const struct radix_tree_root *root, struct radix_tree_iter *iter,
			     unsigned int flags) QUIRE_API(radix_tree_next_chunk);
/** radix_tree_iter_resume() - the walk will look up its place again: the lock may be given back. */
void **radix_tree_iter_resume(void **slot, struct radix_tree_iter *iter)
	QUIRE_API(radix_tree_iter_resume);
/** radix_tree_iter_replace() - another item in the current slot. */
void radix_tree_iter_replace(struct radix_tree_root *root, const struct radix_tree_iter *iter,
			     void **slot, void *item) QUIRE_API(radix_tree_iter_replace);
/** radix_tree_iter_delete() - takes the current item out; the walk goes on. */
void radix_tree_iter_delete(struct radix_tree_root *root, struct radix_tree_iter *iter, void **slot)
	QUIRE_API(radix_tree_iter_delete);
/** radix_tree_iter_tag_clear() - takes the tag off the current item. */
void radix_tree_iter_tag_clear(struct radix_tree_root *root, const struct radix_tree_iter *iter,
			       unsigned int tag) QUIRE_API(radix_tree_iter_tag_clear);

/** radix_tree_iter_init() - a walk from @start on. Return: what the loop's slot begins with. */
static inline void **radix_tree_iter_init(struct radix_tree_iter *iter, unsigned long start)
{
	iter->index = 0;
	iter->next_index = start;
	return NULL;
}

/** __radix_tree_iter_add() - index of the slot @slots behind the current one. */
static inline unsigned long __radix_tree_iter_add(struct radix_tree_iter *iter, unsigned long slots)
{
	return iter->index + slots;
}

/** radix_tree_iter_retry() - the walk comes to this index once more, from the head. */
static inline void **radix_tree_iter_retry(struct radix_tree_iter *iter)
{
	iter->next_index = iter->index;
	iter->tags = 0;
	return NULL;
}

/** radix_tree_chunk_size() - slots from the current one to the last of this node. */
static inline long radix_tree_chunk_size(struct radix_tree_iter *iter)
{
	return (long)(iter->next_index - iter->index);
}

/** radix_tree_next_slot() - the next wanted slot of this node; NULL: none. */
static inline void **radix_tree_next_slot(void **slot, struct radix_tree_iter *iter,
					  unsigned int flags)
{
	long left;

	if (flags & RADIX_TREE_ITER_TAGGED) {
		unsigned long step;

		iter->tags >>= 1;
		if (!iter->tags)
			return NULL;
		step = __ffs(iter->tags);
		iter->tags >>= step;
		iter->index = __radix_tree_iter_add(iter, step + 1);
		return slot + step + 1;
	}
	for (left = radix_tree_chunk_size(iter) - 1; left > 0; left--) {
		slot++;
		iter->index = __radix_tree_iter_add(iter, 1);
		if (rcu_access_pointer(*slot))
			return slot;
		if (flags & RADIX_TREE_ITER_CONTIG) {
			iter->next_index = 0;
			break;
		}
	}
	return NULL;
}

#define radix_tree_for_each_slot(slot, root, iter, start)               \
	for ((slot) = radix_tree_iter_init(iter, start);                \
	     (slot) || ((slot) = radix_tree_next_chunk(root, iter, 0)); \
	     (slot) = radix_tree_next_slot(slot, iter, 0))
#define radix_tree_for_each_tagged(slot, root, iter, start, tag)                           \
	for ((slot) = radix_tree_iter_init(iter, start);                                   \
	     (slot) ||                                                                     \
	     ((slot) = radix_tree_next_chunk(root, iter, RADIX_TREE_ITER_TAGGED | (tag))); \
	     (slot) = radix_tree_next_slot(slot, iter, RADIX_TREE_ITER_TAGGED | (tag)))

QUIRE_END_DECLS

#endif /* QUIRE_RADIX_TREE_H */
