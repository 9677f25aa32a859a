/* SPDX-License-Identifier: MIT */
/*
 * xarray_state.h - the XArray's cursor: the advanced interface, with Linux's names.
 *
 *	XA_STATE(xas, &array, index);
 *	do {
 *		xas_lock(&xas);
 *		old = xas_store(&xas, entry);
 *		xas_unlock(&xas);
 *	} while (xas_nomem(&xas, GFP_KERNEL));
 *	err = xas_error(&xas);
 *
 * 1. A struct xa_state names an index (or an aligned run of 2^n), remembers where in the tree
 *    it stands and which error happened. An error makes all further calls do nothing.
 * 2. Readers hold RCU's lock or the array's, writers the array's. To let go of it in the middle
 *    call xas_pause(); the cursor then goes on behind the last entry.
 * 3. What these functions return may be an internal word: retry (xas_retry()), zero, and with
 *    xas_next(), xas_prev() siblings.
 * 4. Where the cursor is, by xa_node:
 *
 *	XAS_RESTART	nowhere: the next call walks from the head
 *	XAS_BOUNDS	outside the tree
 *	NULL		at the head, which is the entry at index 0
 *	a node		at its slot xa_offset
 *	an error	(errno << 2) | 2
 *
 * Sources: Linux 6.1 Documentation/core-api/xarray.rst, "Advanced API".
 */
#ifndef QUIRE_XARRAY_STATE_H
#define QUIRE_XARRAY_STATE_H

#include <quire/xarray_types.h>

QUIRE_BEGIN_DECLS

#define XA_ERROR(errno) ((struct xa_node *)(((unsigned long)(errno) << 2) | 2UL))
#define XAS_BOUNDS	((struct xa_node *)1UL)
#define XAS_RESTART	((struct xa_node *)3UL)

#define QUIRE_XA_STATE(array, index, shift, sibs)                                       \
	{                                                                               \
		.xa = (array), .xa_index = (index), .xa_shift = (unsigned char)(shift), \
		.xa_sibs = (unsigned char)(sibs), .xa_node = XAS_RESTART,               \
	}
/* XA_STATE: a cursor at @index. XA_STATE_ORDER: at the 2^@order indices that hold @index. */
#define XA_STATE(name, array, index) struct xa_state name = QUIRE_XA_STATE(array, index, 0, 0)
#define XA_STATE_ORDER(name, array, index, order)                                     \
	struct xa_state name = QUIRE_XA_STATE(array, ((index) >> (order)) << (order), \
					      (order) - ((order) % XA_CHUNK_SHIFT),   \
					      (1U << ((order) % XA_CHUNK_SHIFT)) - 1)

#define xas_marked(xas, mark)		  xa_marked((xas)->xa, (mark))
#define xas_trylock(xas)		  xa_trylock((xas)->xa)
#define xas_lock(xas)			  xa_lock((xas)->xa)
#define xas_unlock(xas)			  xa_unlock((xas)->xa)
#define xas_lock_bh(xas)		  xa_lock_bh((xas)->xa)
#define xas_unlock_bh(xas)		  xa_unlock_bh((xas)->xa)
#define xas_lock_irq(xas)		  xa_lock_irq((xas)->xa)
#define xas_unlock_irq(xas)		  xa_unlock_irq((xas)->xa)
#define xas_lock_irqsave(xas, flags)	  xa_lock_irqsave((xas)->xa, flags)
#define xas_unlock_irqrestore(xas, flags) xa_unlock_irqrestore((xas)->xa, flags)

/* How many entries to pass with the lock held before letting others have it. */
enum { XA_CHECK_SCHED = 4096 };

/** xas_error() - the negative errno that happened, 0. */
static inline int xas_error(const struct xa_state *xas)
{
	return xa_err(xas->xa_node);
}

/** xas_set_err() - @err, a negative errno, happened. */
static inline void xas_set_err(struct xa_state *xas, long err)
{
	xas->xa_node = XA_ERROR(err);
}

/** xas_invalid() - at no place: restart, bounds, error. */
static inline bool xas_invalid(const struct xa_state *xas)
{
	return (unsigned long)xas->xa_node & 3;
}

/** xas_valid() - at a slot or at the head. */
static inline bool xas_valid(const struct xa_state *xas)
{
	return !xas_invalid(xas);
}

/** xas_is_node() - at a slot of a node. */
static inline bool xas_is_node(const struct xa_state *xas)
{
	return xas_valid(xas) && xas->xa_node;
}

static inline bool xas_not_node(struct xa_node *node)
{
	return ((unsigned long)node & 3) || !node;
}

/** xas_frozen() - restart or error: moving does not change the index. */
static inline bool xas_frozen(struct xa_node *node)
{
	return (unsigned long)node & 2;
}

/** xas_top() - at no node: head, bounds, restart. */
static inline bool xas_top(struct xa_node *node)
{
	return node <= XAS_RESTART;
}

/** xas_reset() - forgets place and error; the index stays. */
static inline void xas_reset(struct xa_state *xas)
{
	xas->xa_node = XAS_RESTART;
}

/** xas_retry() - is @entry for nobody's eyes? Retry: also resets the cursor; go on with the loop.
 */
static inline bool xas_retry(struct xa_state *xas, const void *entry)
{
	if (xa_is_zero(entry))
		return true;
	if (!xa_is_retry(entry))
		return false;
	xas_reset(xas);
	return true;
}

/** xas_load() - walks to the index, or as far as the tree goes. Return: the word there. */
void *xas_load(struct xa_state *xas) QUIRE_API(xas_load);
/** xas_store() - puts @entry at all the indices of @xas; NULL erases. Return: as xas_load() before.
 */
void *xas_store(struct xa_state *xas, void *entry) QUIRE_API(xas_store);
/**
 * xas_find() - the entry at the index, or when the cursor stands on one the next; up to @max.
 * Return: NULL: none. A loop ends with the cursor at XAS_BOUNDS or with its index past @max.
 */
void *xas_find(struct xa_state *xas, unsigned long max) QUIRE_API(xas_find);
/** xas_find_marked() - xas_find() among entries with @mark; none up to @max: XAS_RESTART. */
void *xas_find_marked(struct xa_state *xas, unsigned long max, xa_mark_t mark)
	QUIRE_API(xas_find_marked);
/** xas_find_conflict() - the next entry that shares an index with @xas's run; lock held. */
void *xas_find_conflict(struct xa_state *xas) QUIRE_API(xas_find_conflict);
/** xas_get_mark() - has the entry under the cursor the mark? */
bool xas_get_mark(const struct xa_state *xas, xa_mark_t mark) QUIRE_API(xas_get_mark);
/** xas_set_mark() - marks the entry under the cursor. */
void xas_set_mark(const struct xa_state *xas, xa_mark_t mark) QUIRE_API(xas_set_mark);
/** xas_clear_mark() - takes its mark. */
void xas_clear_mark(const struct xa_state *xas, xa_mark_t mark) QUIRE_API(xas_clear_mark);
/** xas_init_marks() - its marks as of a free index: none, or XA_FREE_MARK in allocating arrays. */
void xas_init_marks(const struct xa_state *xas) QUIRE_API(xas_init_marks);
/**
 * xas_nomem() - after a try: gets memory if that is what was missing; lets go of what is left over.
 * Context: no lock held; may sleep if @gfp says so.
 * Return: is it worth trying again?
 */
bool xas_nomem(struct xa_state *xas, gfp_t gfp) QUIRE_API(xas_nomem);
/** xas_destroy() - lets go of nodes held in reserve: after errors that end the tries. */
void xas_destroy(struct xa_state *xas) QUIRE_API(xas_destroy);
/** xas_pause() - the cursor outlives the lock: it goes on behind the entry it stands on. */
void xas_pause(struct xa_state *xas) QUIRE_API(xas_pause);
/**
 * xas_create_range() - makes the nodes for separate entries at all indices of @xas's run and
 * stands on the first. On -ENOMEM nodes made so far stay, empty, so that the next try goes
 * further; erase or xa_destroy() the range when giving up.
 */
void xas_create_range(struct xa_state *xas) QUIRE_API(xas_create_range);
/** xas_get_order() - log2 of the indices tied to the entry under the cursor. */
int xas_get_order(struct xa_state *xas) QUIRE_API(xas_get_order);
/**
 * xas_split_alloc() - the nodes that xas_split() will need, held in reserve.
 * @order: of the entry that is there; the new order is @xas's own, at most two levels below:
 *	else -ENOMEM with a report
 * Context: no lock held.
 */
void xas_split_alloc(struct xa_state *xas, void *entry, unsigned int order, gfp_t gfp)
	QUIRE_API(xas_split_alloc);
/** xas_split() - the entry of @order becomes entries of @xas's order, each @entry, marks kept. */
void xas_split(struct xa_state *xas, void *entry, unsigned int order) QUIRE_API(xas_split);

/** __xas_prev() - the slow half of xas_prev(). */
void *__xas_prev(struct xa_state *xas) QUIRE_API(__xas_prev);
/** __xas_next() - the slow half of xas_next(). */
void *__xas_next(struct xa_state *xas) QUIRE_API(__xas_next);

/**
 * quire_xa_follow() - what @entry, just read from slot *@offset of @node, stands for; *@offset gets
 * the slot of that. Of a sibling it is the entry of its run. While it was looked for the run may
 * have gone and another entry may have come to its first slot: the sibling is read again.
 */
static inline void *quire_xa_follow(const struct xarray *xa, const struct xa_node *node,
				    unsigned int *offset, void *entry)
{
	unsigned int from = *offset;
	void *sibling;

	while (unlikely(xa_is_sibling(entry))) {
		sibling = entry;
		*offset = (unsigned int)xa_to_sibling(sibling);
		/* Acquire: what stood in the first slot before the sibling is looked at again. */
		entry = __atomic_load_n(&node->slots[*offset], __ATOMIC_ACQUIRE);
		if (xa_is_sibling(entry)) { /* the run has grown meanwhile */
			from = *offset;
			continue;
		}
		if (likely(xa_entry(xa, node, from) == sibling))
			break;
		*offset = from;
		entry = xa_entry(xa, node, from);
	}
	return entry;
}

/** xas_reload() - the word under the cursor, as it is now, without a walk. */
static inline void *xas_reload(struct xa_state *xas)
{
	struct xa_node *node = xas->xa_node;
	unsigned int offset;
	void *entry;

	if (!node)
		return xa_head(xas->xa);
	offset = (xas->xa_index >> node->shift) & XA_CHUNK_MASK;
	entry = quire_xa_follow(xas->xa, node, &offset, xa_entry(xas->xa, node, offset));
	xas->xa_offset = (unsigned char)offset;
	return entry;
}

/** xas_set() - moves to @index, alone; the next call walks from the head. */
static inline void xas_set(struct xa_state *xas, unsigned long index)
{
	xas->xa_index = index;
	xas->xa_node = XAS_RESTART;
}

/** xas_advance() - a cursor on a multi-index entry of a leaf moves to @index, still inside it. */
static inline void xas_advance(struct xa_state *xas, unsigned long index)
{
	unsigned char shift = xas_is_node(xas) ? xas->xa_node->shift : 0;

	xas->xa_index = index;
	xas->xa_offset = (index >> shift) & XA_CHUNK_MASK;
}

/** xas_set_order() - moves to the 2^@order indices that hold @index. */
static inline void xas_set_order(struct xa_state *xas, unsigned long index, unsigned int order)
{
	xas->xa_index = order < QUIRE_BITS_PER_LONG ? (index >> order) << order : 0;
	xas->xa_shift = (unsigned char)(order - order % XA_CHUNK_SHIFT);
	xas->xa_sibs = (unsigned char)((1U << (order % XA_CHUNK_SHIFT)) - 1);
	xas->xa_node = XAS_RESTART;
}

/** xas_set_update() - @update is told of changed nodes. */
static inline void xas_set_update(struct xa_state *xas, xa_update_node_t update)
{
	xas->xa_update = update;
}

static inline void xas_set_lru(struct xa_state *xas, struct list_lru *lru)
{
	xas->xa_lru = lru;
}

/** xas_find_chunk() - the first slot with @mark from the cursor on, or (@advance) behind it. */
static inline unsigned int xas_find_chunk(struct xa_state *xas, bool advance, xa_mark_t mark)
{
	unsigned int offset = xas->xa_offset + (advance ? 1U : 0U);
	unsigned long word;

	if (offset >= XA_CHUNK_SIZE)
		return XA_CHUNK_SIZE;
	word = READ_ONCE(xas->xa_node->marks[mark][0]) >> offset;
	return word ? offset + (unsigned int)__ffs(word) : (unsigned int)XA_CHUNK_SIZE;
}

/** xas_next_entry() - xas_find() with the short way inside a leaf in line. */
static inline void *xas_next_entry(struct xa_state *xas, unsigned long max)
{
	struct xa_node *node = xas->xa_node;
	void *entry;

	if (unlikely(xas_not_node(node) || node->shift ||
		     xas->xa_offset != (xas->xa_index & XA_CHUNK_MASK)))
		return xas_find(xas, max);
	do {
		if (unlikely(xas->xa_index >= max || xas->xa_offset == XA_CHUNK_MASK))
			return xas_find(xas, max);
		entry = xa_entry(xas->xa, node, xas->xa_offset + 1U);
		if (unlikely(xa_is_internal(entry)))
			return xas_find(xas, max);
		xas->xa_offset++;
		xas->xa_index++;
	} while (!entry);
	return entry;
}

/** xas_next_marked() - xas_find_marked() with the short way inside a leaf in line. */
static inline void *xas_next_marked(struct xa_state *xas, unsigned long max, xa_mark_t mark)
{
	struct xa_node *node = xas->xa_node;
	unsigned int offset;
	void *entry;

	if (unlikely(xas_not_node(node) || node->shift))
		return xas_find_marked(xas, max, mark);
	offset = xas_find_chunk(xas, true, mark);
	if (offset == XA_CHUNK_SIZE)
		return xas_find_marked(xas, max, mark);
	xas->xa_offset = (unsigned char)offset;
	xas->xa_index = (xas->xa_index & ~XA_CHUNK_MASK) + offset;
	if (xas->xa_index > max)
		return NULL;
	entry = xa_entry(xas->xa, node, offset);
	/* The mark may be of before: the slot is empty now, or a run covers it. */
	return entry && !xa_is_sibling(entry) ? entry : xas_find_marked(xas, max, mark);
}

/** xas_prev() - one index back, whatever is there; from XAS_RESTART: as xas_load(). */
static inline void *xas_prev(struct xa_state *xas)
{
	struct xa_node *node = xas->xa_node;

	if (unlikely(xas_not_node(node) || node->shift || !(xas->xa_index & XA_CHUNK_MASK)))
		return __xas_prev(xas);
	xas->xa_index--;
	xas->xa_offset = xas->xa_index & XA_CHUNK_MASK;
	return xa_entry(xas->xa, node, xas->xa_offset);
}

/** xas_next() - one index on, whatever is there; from XAS_RESTART: as xas_load(). */
static inline void *xas_next(struct xa_state *xas)
{
	struct xa_node *node = xas->xa_node;

	if (unlikely(xas_not_node(node) || node->shift || !(~xas->xa_index & XA_CHUNK_MASK)))
		return __xas_next(xas);
	xas->xa_index++;
	xas->xa_offset = xas->xa_index & XA_CHUNK_MASK;
	return xa_entry(xas->xa, node, xas->xa_offset);
}

#define xas_for_each(xas, entry, max) \
	for ((entry) = xas_find(xas, max); (entry); (entry) = xas_next_entry(xas, max))
#define xas_for_each_marked(xas, entry, max, mark)               \
	for ((entry) = xas_find_marked(xas, max, mark); (entry); \
	     (entry) = xas_next_marked(xas, max, mark))
#define xas_for_each_conflict(xas, entry) while (((entry) = xas_find_conflict(xas)))

/* For clients that bring checks of their own: XA_DEBUG makes compat's header define these. */
#ifndef XA_BUG_ON
#define XA_BUG_ON(xa, x) \
	do {             \
	} while (0)
#endif
#ifndef XA_NODE_BUG_ON
#define XA_NODE_BUG_ON(node, x) \
	do {                    \
	} while (0)
#endif

QUIRE_END_DECLS

#endif /* QUIRE_XARRAY_STATE_H */
