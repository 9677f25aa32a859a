/* SPDX-License-Identifier: MIT */
/*
 * xarray/internal.h - the room's own view of the tree, and its invariants.
 *
 *	xa_head -> node (shift 12) -> node (shift 6) -> leaf (shift 0) -> entries
 *	            slot = index >> 12    >> 6 & 63        & 63
 *
 * Theory
 *   1. A node of shift s covers 64 << s indices; each slot covers 1 << s. The tree is as high
 *      as its highest index needs. One entry at index 0 alone stands in xa_head itself.
 *   2. An entry of 2^n indices stands at the level s <= n < s + 6, in 2^(n - s) slots: the
 *      first holds it, the others are siblings that name the first.
 *   3. Readers go down without a lock and may be in a node that was just taken out. So a slot
 *      is overwritten before what it led to is freed, a node is freed by RCU, and one whose
 *      entries live on elsewhere says "retry" in its slots.
 *   4. A change first counts the nodes it will need (xn_missing()), then reserves all of them,
 *      then commits: nothing can fail halfway, and nothing is built that must be taken down.
 *   5. An allocating array (XA_FLAGS_TRACK_FREE) uses mark 0 for "free": a new node is all
 *      free, and the mark in a parent says "somewhere below". With XA_FLAGS_ZERO_BUSY index 0
 *      is taken by a zero entry as soon as there is a node.
 *
 * Invariants (quire_xa_validate())
 *   X1  child->shift = parent->shift - XA_CHUNK_SHIFT; child->parent, ->offset, ->array say
 *       where it hangs; a leaf has shift 0 and holds no nodes.
 *   X2  count = slots that are not NULL, nr_values = slots of values and their siblings.
 *       count = 0 only below xas_create_range().
 *   X3  a sibling names a slot before it that is neither NULL, sibling nor node, and all
 *       slots between are siblings of the same.
 *   X4  a parent's mark of a slot is set if and only if the child has it somewhere; xa_flags
 *       say the same of the top. Siblings and, but for the free mark, NULL have none.
 *   X5  the top is no node that could be spared: not count 1 in slot 0 above a node or an
 *       entry that the head could hold.
 *   X6  no retry word stands in a node that can be reached.
 *
 * Locks: xa_lock of the array for changes. Nothing here takes any; call_rcu() and the slab
 * allocator are called below it.
 *
 * Objects: files that define names of the public interface define nothing that other files
 * need, so that a program may bring an xarray, IDR or radix tree of its own in place of any of
 * them; what they share (xn_...) stands in nodes.c and create.c.
 *
 * Sources: Linux 6.1 Documentation/core-api/xarray.rst; M. Wilcox, "The XArray data structure"
 * (linux.conf.au 2018); J. Corbet, "The XArray data structure" (LWN 745073). Differences from
 * Linux: point 4 (Linux builds level by level and leaves empty nodes when it fails); an entry
 * erased from an allocating array frees all its indices; xa_store_range() ties runs of 2^n.
 */
#ifndef QUIRE_XARRAY_INTERNAL_H
#define QUIRE_XARRAY_INTERNAL_H

#include <quire/xarray.h>

#define XN_RCU_FREE ((struct xarray *)1) /* array of a node that waits for its readers */

/* xa_state.xa_pad: the head is never an entry (IDR, whose entries may be any word) */
#define XN_LEAF_ONLY 1

/** xn_reserve() - makes sure that @nr nodes are in reserve. Return: false: -ENOMEM, set in @xas. */
bool xn_reserve(struct xa_state *xas, unsigned int nr) QUIRE_MUST_CHECK;
/** xn_new() - a blank node for the reserve, or NULL. */
struct xa_node *xn_new(const struct xa_state *xas, gfp_t gfp);
/** xn_push() - puts @node into the reserve. */
void xn_push(struct xa_state *xas, struct xa_node *node);
/** xn_take() - a node from the reserve, to hang in slot @offset of @parent (NULL: at the head). */
struct xa_node *xn_take(struct xa_state *xas, unsigned int shift, struct xa_node *parent,
			unsigned int offset);
/** xn_release() - gives back the reserve. */
void xn_release(struct xa_state *xas);
/** xn_free_tree() - frees @top and all below, which no slot leads to any more. */
void xn_free_tree(struct xa_state *xas, struct xa_node *top);
/** xn_erased() - the cursor's node has lost entries: takes out what has become empty or needless.
 */
void xn_erased(struct xa_state *xas);
/** xn_get_memory() - xas_nomem(), @locked: with the lock held, given back where it may sleep. */
bool xn_get_memory(struct xa_state *xas, gfp_t gfp, bool locked);

/**
 * xn_more() - after an error: one more node in reserve, from the cache or from what this CPU has
 * set aside. Return: is it worth trying again?
 */
bool xn_more(struct xa_state *xas, gfp_t gfp);

/** xn_missing() - how many nodes xn_create() would have to make. */
unsigned int xn_missing(const struct xa_state *xas, bool allow_root);
/** xn_growth() - how many levels the tree lacks for @xas's run. */
unsigned int xn_growth(const struct xa_state *xas);
/**
 * xn_create() - walks to the level of @xas's run, making nodes; stops above at an entry.
 * @allow_root: an entry at index 0 may stand in the head
 * Return: the word there; on failure NULL and an error in @xas.
 */
void *xn_create(struct xa_state *xas, bool allow_root);
/**
 * xn_find_free() - a free id at @xas's index or above, up to @max, with its leaf made.
 * Return: 0; -ENOSPC, -ENOMEM.
 */
int xn_find_free(struct xa_state *xas, unsigned long max, gfp_t gfp);
/** xn_init_marks() - the marks of the cursor's slot as of a free index. */
void xn_init_marks(const struct xa_state *xas);

static inline bool xn_track_free(const struct xarray *xa)
{
	return READ_ONCE(xa->xa_flags) & XA_FLAGS_TRACK_FREE;
}

static inline bool xn_zero_busy(const struct xarray *xa)
{
	return READ_ONCE(xa->xa_flags) & XA_FLAGS_ZERO_BUSY;
}

/* Does @entry, from a slot of @node, lead to a node? In leaves nothing does. */
static inline bool xn_is_child(const struct xa_node *node, const void *entry)
{
	return node->shift && xa_is_node(entry);
}

static inline unsigned int xn_offset(unsigned long index, const struct xa_node *node)
{
	return (unsigned int)(index >> node->shift) & XA_CHUNK_MASK;
}

/* The last index that a top node of @shift covers. */
static inline unsigned long xn_max_of(unsigned int shift)
{
	return (XA_CHUNK_SIZE << shift) - 1;
}

/* The last index a tree with this head covers. */
static inline unsigned long xn_max_index(const void *head)
{
	return xa_is_node(head) ? xn_max_of(xa_to_node(head)->shift) : 0;
}

static inline void *xn_set_bounds(struct xa_state *xas)
{
	xas->xa_node = XAS_BOUNDS;
	return NULL;
}

static inline void xn_update(const struct xa_state *xas, struct xa_node *node)
{
	if (xas->xa_update)
		xas->xa_update(node);
}

/* The cursor's index becomes the first one of slot @offset of its node; SIZE: behind the node. */
static inline void xn_move_index(struct xa_state *xas, const struct xa_node *node,
				 unsigned int offset)
{
	xas->xa_index &= ~XA_CHUNK_MASK << node->shift;
	xas->xa_index += (unsigned long)offset << node->shift;
}

/* Steps down into @node. Return: the word there, siblings followed. */
static inline void *xn_descend(struct xa_state *xas, struct xa_node *node)
{
	unsigned int offset = xn_offset(xas->xa_index, node);
	void *entry = xa_entry(xas->xa, node, offset);

	xas->xa_node = node;
	if (unlikely(xa_is_sibling(entry))) {
		entry = quire_xa_follow(xas->xa, node, &offset, entry);
		if (xn_is_child(node, entry)) /* split since the sibling was read */
			entry = XA_RETRY_ENTRY;
	}
	xas->xa_offset = (unsigned char)offset;
	return entry;
}

/* The word at the cursor, or the head when the cursor is nowhere. */
static inline void *xn_start(struct xa_state *xas)
{
	void *entry;

	if (xas_valid(xas))
		return xas_reload(xas);
	if (xas_error(xas))
		return NULL;
	entry = xa_head(xas->xa);
	if (xas->xa_index > xn_max_index(entry))
		return xn_set_bounds(xas);
	xas->xa_node = NULL;
	return entry;
}

/* xas_load() */
static inline void *xn_load(struct xa_state *xas)
{
	void *entry = xn_start(xas);

	if (xas_is_node(xas) && !xas->xa_node->shift)
		return entry;
	while (xa_is_node(entry)) {
		struct xa_node *node = xa_to_node(entry);

		if (xas->xa_shift > node->shift)
			break;
		entry = xn_descend(xas, node);
		if (!node->shift)
			break;
	}
	return entry;
}

/* Marks: one word per node and mark; readers see it without the lock. */

static inline bool xn_get_mark(const struct xa_node *node, unsigned int offset, xa_mark_t mark)
{
	return READ_ONCE(node->marks[mark][0]) >> offset & 1;
}

static inline void xn_put_marks(struct xa_node *node, xa_mark_t mark, unsigned long word)
{
	WRITE_ONCE(node->marks[mark][0], word);
}

static inline void xn_set_root_mark(struct xarray *xa, xa_mark_t mark)
{
	if (!xa_marked(xa, mark))
		WRITE_ONCE(xa->xa_flags, xa->xa_flags | XA_FLAGS_MARK(mark));
}

static inline void xn_clear_root_mark(struct xarray *xa, xa_mark_t mark)
{
	if (xa_marked(xa, mark))
		WRITE_ONCE(xa->xa_flags, xa->xa_flags & ~XA_FLAGS_MARK(mark));
}

/* All bits of a node's word. */
#define XN_ALL_MARKS (~0UL >> (QUIRE_BITS_PER_LONG - XA_CHUNK_SIZE))

/* Sets @mark of slot @offset of @node, and upwards. */
static inline void xn_set_mark(struct xarray *xa, struct xa_node *node, unsigned int offset,
			       xa_mark_t mark)
{
	while (node) {
		if (xn_get_mark(node, offset, mark))
			return;
		xn_put_marks(node, mark, node->marks[mark][0] | 1UL << offset);
		offset = node->offset;
		node = xa_parent_locked(xa, node);
	}
	xn_set_root_mark(xa, mark);
}

/* Clears @mark of slot @offset of @node, and upwards where it was the last. */
static inline void xn_clear_mark(struct xarray *xa, struct xa_node *node, unsigned int offset,
				 xa_mark_t mark)
{
	while (node) {
		if (!xn_get_mark(node, offset, mark))
			return;
		xn_put_marks(node, mark, node->marks[mark][0] & ~(1UL << offset));
		if (node->marks[mark][0])
			return;
		offset = node->offset;
		node = xa_parent_locked(xa, node);
	}
	xn_clear_root_mark(xa, mark);
}

#endif /* QUIRE_XARRAY_INTERNAL_H */
