/* SPDX-License-Identifier: MIT */
/*
 * create.c - making the path to an index: count, reserve, commit; see internal.h, theory 4.
 *
 *	head NULL		-> a top of the height that is needed, then down
 *	head an entry (index 0)	-> a leaf above it, a node above that ... then down
 *	head a node, too low	-> nodes above it, then down
 *	head a node		-> down; where a slot is NULL, a node
 */
#include "xarray/internal.h"

/* The last index of @xas's run. */
static unsigned long last_index(const struct xa_state *xas)
{
	return xas->xa_index | ((((unsigned long)xas->xa_sibs + 1) << xas->xa_shift) - 1);
}

/* The shift of a top node, @from or higher, under which @xas's run fits. */
static unsigned int top_shift(const struct xa_state *xas, unsigned int from)
{
	while (from < xas->xa_shift || xn_max_of(from) < last_index(xas))
		from += XA_CHUNK_SHIFT;
	return from;
}

static unsigned int levels(unsigned int bits)
{
	return bits / XA_CHUNK_SHIFT;
}

unsigned int xn_growth(const struct xa_state *xas)
{
	const void *head = xa_head_locked(xas->xa);
	unsigned int from = xa_is_node(head) ? xa_to_node(head)->shift : 0;

	return levels(top_shift(xas, from) - from) + !xa_is_node(head);
}

/* Is @xas's run index 0 alone, and may the entry stand in the head? */
static bool fits_head(const struct xa_state *xas, const void *head, bool allow_root)
{
	return allow_root && !xa_is_node(head) && !last_index(xas);
}

/* Nodes needed below @node on the way to the level of @xas's run. */
static unsigned int missing_below(const struct xa_state *xas, const struct xa_node *node)
{
	while (node->shift > xas->xa_shift) {
		void *entry = xa_entry_locked(xas->xa, node, xn_offset(xas->xa_index, node));

		if (!entry)
			return levels(node->shift - xas->xa_shift);
		if (!xn_is_child(node, entry))
			return 0;
		node = xa_to_node(entry);
	}
	return 0;
}

/* The cursor's node or its next ancestor at or above the level of the run; NULL: from the head. */
static struct xa_node *start_node(const struct xa_state *xas)
{
	struct xa_node *node = xas->xa_node;

	if (xas_top(node))
		return NULL;
	while (node && node->shift < xas->xa_shift)
		node = xa_parent_locked(xas->xa, node);
	return node;
}

unsigned int xn_missing(const struct xa_state *xas, bool allow_root)
{
	const struct xa_node *start = start_node(xas);
	const void *head = xa_head_locked(xas->xa);
	unsigned int top, nr;

	if (start)
		return missing_below(xas, start);
	if (fits_head(xas, head, allow_root))
		return 0;
	if (xa_is_node(head)) {
		const struct xa_node *node = xa_to_node(head);

		top = top_shift(xas, node->shift);
		nr = levels(top - node->shift);
		if (!nr)
			return missing_below(xas, node);
	} else {
		top = top_shift(xas, 0);
		if (!head && !xn_zero_busy(xas->xa))
			return levels(top - xas->xa_shift) + 1;
		nr = levels(top) + 1;
	}
	if (xas->xa_index >> top)
		nr += levels(top - xas->xa_shift);
	return nr;
}

/* A new top above @head, whose slot 0 it takes over. */
static struct xa_node *raise(struct xa_state *xas, void *head, unsigned int shift)
{
	struct xarray *xa = xas->xa;
	struct xa_node *node = xn_take(xas, shift, NULL, 0);
	xa_mark_t mark;

	node->count = 1;
	node->nr_values = xa_is_value(head);
	RCU_INIT_POINTER(node->slots[0], head);
	for (mark = 0; mark <= XA_MARK_MAX; mark++) {
		if (xn_track_free(xa) && mark == XA_FREE_MARK) {
			if (!xa_marked(xa, mark))
				xn_put_marks(node, mark, XN_ALL_MARKS & ~1UL);
			xn_set_root_mark(xa, mark);
		} else if (xa_marked(xa, mark)) {
			xn_put_marks(node, mark, 1);
		}
	}
	if (xa_is_node(head))
		__atomic_store_n(&xa_to_node(head)->parent, node, __ATOMIC_RELEASE);
	rcu_assign_pointer(xa->xa_head, xa_mk_node(node));
	xn_update(xas, node);
	return node;
}

/* The tree, made as high as @xas's run needs. Return: its top, NULL: the run is in the head. */
static struct xa_node *grow(struct xa_state *xas, bool allow_root)
{
	struct xarray *xa = xas->xa;
	void *head = xa_head_locked(xa);
	struct xa_node *node = NULL;
	unsigned int top, shift;

	if (fits_head(xas, head, allow_root))
		return NULL;
	if (xa_is_node(head)) {
		node = xa_to_node(head);
		shift = node->shift + XA_CHUNK_SHIFT;
		top = top_shift(xas, node->shift);
	} else {
		top = top_shift(xas, 0);
		shift = 0;
		if (!head && xn_zero_busy(xa))
			head = XA_ZERO_ENTRY;
	}
	if (!head) {
		node = xn_take(xas, top, NULL, 0);
		rcu_assign_pointer(xa->xa_head, xa_mk_node(node));
		return node;
	}
	for (; shift <= top; shift += XA_CHUNK_SHIFT) {
		node = raise(xas, head, shift);
		head = xa_mk_node(node);
	}
	return node;
}

/* A new node in the empty slot under the cursor. */
static struct xa_node *add_child(struct xa_state *xas, struct xa_node *node)
{
	struct xa_node *child = xn_take(xas, node->shift - XA_CHUNK_SHIFT, node, xas->xa_offset);

	rcu_assign_pointer(node->slots[xas->xa_offset], xa_mk_node(child));
	node->count++;
	xn_update(xas, node);
	return child;
}

void *xn_create(struct xa_state *xas, bool allow_root)
{
	struct xa_node *node;
	unsigned int nr;
	void *entry;

	if (xas_error(xas))
		return NULL;
	nr = xn_missing(xas, allow_root);
	if (nr && !xn_reserve(xas, nr))
		return NULL;
	node = start_node(xas);
	if (!node) {
		node = grow(xas, allow_root);
		if (!node) {
			xas->xa_node = NULL;
			return xa_head_locked(xas->xa);
		}
	}
	for (;;) {
		entry = xn_descend(xas, node);
		if (node->shift <= xas->xa_shift || (entry && !xn_is_child(node, entry)))
			return entry;
		node = entry ? xa_to_node(entry) : add_child(xas, node);
	}
}

void xn_init_marks(const struct xa_state *xas)
{
	struct xarray *xa = xas->xa;
	struct xa_node *node = xas->xa_node;
	xa_mark_t mark;

	for (mark = 0; mark <= XA_MARK_MAX; mark++) {
		if (xn_track_free(xa) && mark == XA_FREE_MARK)
			xn_set_mark(xa, node, xas->xa_offset, mark);
		else
			xn_clear_mark(xa, node, xas->xa_offset, mark);
	}
}
