/* SPDX-License-Identifier: MIT */
/*
 * store.c - putting an entry under the cursor; see internal.h, theory 2 and 3.
 *
 *	slots [first, last] of one node become: entry, sibling of first, sibling of first ...
 *
 * 1. The run is that of the cursor where the walk reached its level. Above it an entry of more
 *    indices is in the way, which is replaced as a whole.
 * 2. NULL also takes the siblings behind the run: the entry they belong to is gone. Another
 *    entry makes them its own, values or not.
 * 3. Marks are cleared before an entry becomes NULL, so that a reader who finds a mark finds an
 *    entry. An entry that takes the place of several inherits all their marks.
 * 4. Nearly all that is erased is a pointer of one index without marks: erase_plain().
 */
#include "xarray/internal.h"

/* What a store changes in its node. */
struct span {
	unsigned int first, last;
	int count, values; /* by how much they grow */
};

/* The marks of all slots of @span go to the first; only the first keeps any. */
static void gather_marks(struct xa_node *node, const struct span *span)
{
	unsigned long rest = (2UL << span->last) - (2UL << span->first);
	xa_mark_t mark;

	for (mark = 0; mark <= XA_MARK_MAX; mark++) {
		unsigned long word = node->marks[mark][0];

		if (word & rest)
			xn_put_marks(node, mark, (word & ~rest) | 1UL << span->first);
	}
}

/* All slots of @span lose their marks, or become free. */
static void reset_marks(struct xa_state *xas, const struct span *span)
{
	unsigned int i;

	for (i = span->last; i > span->first; i--) {
		xas->xa_offset = (unsigned char)i;
		xn_init_marks(xas);
	}
	xas->xa_offset = (unsigned char)span->first;
	xn_init_marks(xas);
}

/* Writes the slots of @span, and counts what that changes. */
static void write_slots(struct xa_state *xas, struct xa_node *node, struct span *span, void *entry)
{
	void *proper = NULL; /* the entry to which a slot's old word belongs */
	void *word = entry;
	unsigned int i;

	for (i = span->first; i <= span->last; i++) {
		void *old = xa_entry_locked(xas->xa, node, i);

		if (!xa_is_sibling(old))
			proper = old;
		rcu_assign_pointer(node->slots[i], word);
		span->count += !old - !word;
		span->values += (xa_is_value(entry) ? 1 : 0) - (old && xa_is_value(proper) ? 1 : 0);
		if (xn_is_child(node, old))
			xn_free_tree(xas, xa_to_node(old));
		if (entry)
			word = xa_mk_sibling(span->first);
	}
}

/* Slots behind @span that are siblings: of the entry that is in its first slot. */
static unsigned int siblings_behind(const struct xa_state *xas, const struct xa_node *node,
				    const struct span *span)
{
	unsigned int i = span->last + 1;

	while (i < XA_CHUNK_SIZE && xa_is_sibling(xa_entry_locked(xas->xa, node, i)))
		i++;
	return i - span->last - 1;
}

static void store_slots(struct xa_state *xas, struct xa_node *node, void *entry)
{
	struct span span = { .first = xas->xa_offset, .last = xas->xa_offset };
	unsigned int more;

	if (node->shift == xas->xa_shift)
		span.last += xas->xa_sibs;
	more = siblings_behind(xas, node, &span);
	if (entry) {
		void *old = xa_entry_locked(xas->xa, node, span.first);

		gather_marks(node, &span);
		span.values = (int)more * (xa_is_value(entry) - xa_is_value(old));
	} else {
		span.last += more;
		reset_marks(xas, &span);
	}
	write_slots(xas, node, &span, entry);
	if (!span.count && !span.values)
		return;
	node->count = (unsigned char)(node->count + span.count);
	node->nr_values = (unsigned char)(node->nr_values + span.values);
	xn_update(xas, node);
	if (span.count < 0)
		xn_erased(xas);
}

static void store_head(struct xa_state *xas, void *old, void *entry)
{
	struct xarray *xa = xas->xa;

	if (!entry) {
		xn_init_marks(xas);
		if (xn_zero_busy(xa))
			xn_clear_root_mark(xa, XA_FREE_MARK);
	}
	rcu_assign_pointer(xa->xa_head, entry);
	if (xa_is_node(old))
		xn_free_tree(xas, xa_to_node(old));
}

/* A cursor that went below the level of its run comes up again. */
static void climb(struct xa_state *xas)
{
	while (xas_is_node(xas) && xas->xa_node->shift < xas->xa_shift) {
		xas->xa_offset = xas->xa_node->offset;
		xas->xa_node = xa_parent_locked(xas->xa, xas->xa_node);
	}
}

/*
 * The entry under the cursor goes, if that is all that happens: a pointer in a single slot of a
 * leaf, without marks, that leaves others behind. Return: it; NULL: not so, nothing was done.
 */
static inline void *erase_plain(struct xa_state *xas)
{
	struct xa_node *node = xas->xa_node;
	unsigned int i = xas->xa_offset;
	void *old;

	if (!xas_is_node(xas) || node->shift || xas->xa_shift || xas->xa_sibs || node->count < 2 ||
	    !xa_parent_locked(xas->xa, node) || xn_track_free(xas->xa))
		return NULL;
	old = xa_entry_locked(xas->xa, node, i);
	if (!old || xa_is_internal(old) || xa_is_value(old) ||
	    (i < XA_CHUNK_MASK && xa_is_sibling(xa_entry_locked(xas->xa, node, i + 1))) ||
	    (node->marks[0][0] | node->marks[1][0] | node->marks[2][0]) >> i & 1)
		return NULL;
	RCU_INIT_POINTER(node->slots[i], NULL);
	node->count--;
	xn_update(xas, node);
	return old;
}

_Static_assert(XA_MARK_MAX == 2, "erase_plain() looks at three");

void *xas_store(struct xa_state *xas, void *entry)
{
	struct xa_node *node;
	void *old;

	if (!entry && (old = erase_plain(xas)))
		return old;
	if (entry) {
		old = xn_create(xas, !xa_is_node(entry) && !xa_is_zero(entry));
	} else {
		climb(xas);
		old = xn_load(xas);
	}
	if (xas_invalid(xas))
		return old;
	node = xas->xa_node;
	if (!node) {
		if (old != entry)
			store_head(xas, old, entry);
		return old;
	}
	if (old != entry || (node->shift == xas->xa_shift && xas->xa_sibs))
		store_slots(xas, node, entry);
	return old;
}

/*
 * Leaves are made from the last of the run to the first, so that the tree grows at once to its
 * final height. An entry of more indices that is in the way is left alone.
 */
void xas_create_range(struct xa_state *xas)
{
	const unsigned long first = xas->xa_index;
	const unsigned char shift = xas->xa_shift, sibs = xas->xa_sibs;
	unsigned long index = first | ((((unsigned long)sibs + 1) << shift) - 1);

	if (xas_error(xas))
		return;
	xas->xa_shift = 0;
	xas->xa_sibs = 0;
	for (;;) {
		xas_set(xas, index);
		xn_create(xas, true);
		if (xas_error(xas)) {
			xas->xa_shift = shift;
			xas->xa_sibs = sibs;
			break;
		}
		if (index - first < XA_CHUNK_SIZE &&
		    (index | XA_CHUNK_MASK) == (first | XA_CHUNK_MASK))
			break;
		index -= XA_CHUNK_SIZE;
	}
	xas->xa_index = first;
	if (xas_is_node(xas))
		xas->xa_offset = (unsigned char)xn_offset(first, xas->xa_node);
}

bool xas_nomem(struct xa_state *xas, gfp_t gfp)
{
	return xn_get_memory(xas, gfp, false);
}

void xas_destroy(struct xa_state *xas)
{
	xn_release(xas);
}
