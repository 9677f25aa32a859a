/* SPDX-License-Identifier: MIT */
/*
 * walk.c - moving the cursor: load, find, next, previous, pause.
 *
 * A step knows the node and the slot; the index follows from them: its upper bits are the
 * node's, the others are those of the slot (xn_move_index()). So a cursor that stands in the
 * middle of a multi-index entry moves on to the next slot that is no sibling.
 */
#include "xarray/internal.h"

void *xas_load(struct xa_state *xas)
{
	return xn_load(xas);
}

/* The next entry in slot @offset of the cursor's node or behind it, up to index @max. */
static void *next_present(struct xa_state *xas, unsigned int offset, unsigned long max)
{
	struct xa_node *node = xas->xa_node;

	for (;;) {
		void *entry;

		xn_move_index(xas, node, offset);
		if (offset == XA_CHUNK_SIZE) {
			offset = node->offset + 1U;
			node = xa_parent(xas->xa, node);
			if (!node)
				return xn_set_bounds(xas);
			continue;
		}
		if (xas->xa_index > max) {
			xas_reset(xas);
			return NULL;
		}
		entry = xa_entry(xas->xa, node, offset);
		if (xn_is_child(node, entry)) {
			node = xa_to_node(entry);
			offset = 0;
			continue;
		}
		if (entry && !xa_is_sibling(entry)) {
			xas->xa_node = node;
			xas->xa_offset = (unsigned char)offset;
			return entry;
		}
		offset++;
	}
}

void *xas_find(struct xa_state *xas, unsigned long max)
{
	if (xas_error(xas) || xas->xa_node == XAS_BOUNDS)
		return NULL;
	if (xas->xa_index > max)
		return xn_set_bounds(xas);
	if (!xas->xa_node) {
		xas->xa_index = 1;
		return xn_set_bounds(xas);
	}
	if (xas->xa_node == XAS_RESTART) {
		void *entry = xn_load(xas);

		if (entry || xas_not_node(xas->xa_node))
			return entry;
	}
	return next_present(xas, xas->xa_offset + 1U, max);
}

void xas_pause(struct xa_state *xas)
{
	struct xa_node *node = xas->xa_node;
	unsigned int offset = xas->xa_offset;

	if (xas_invalid(xas))
		return;
	xas->xa_node = XAS_RESTART;
	if (!node) {
		xas->xa_index++;
		return;
	}
	do
		offset++;
	while (offset < XA_CHUNK_SIZE && xa_is_sibling(xa_entry(xas->xa, node, offset)));
	xn_move_index(xas, node, offset);
	if (!xas->xa_index) /* that was the last index of all */
		xas->xa_node = XAS_BOUNDS;
}

/* The cursor, at a node, moves to @index: up as far as needed, then down. */
static void *move_to(struct xa_state *xas, unsigned long index)
{
	struct xa_node *node = xas->xa_node;
	unsigned long differs = xas->xa_index ^ index;
	void *entry;

	xas->xa_index = index;
	while (differs >> node->shift >> XA_CHUNK_SHIFT) {
		node = xa_parent(xas->xa, node);
		if (!node)
			return xn_set_bounds(xas);
	}
	for (;;) {
		xas->xa_node = node;
		xas->xa_offset = (unsigned char)xn_offset(index, node);
		entry = xa_entry(xas->xa, node, xas->xa_offset);
		if (!xn_is_child(node, entry))
			return entry;
		node = xa_to_node(entry);
	}
}

static void *move_by(struct xa_state *xas, unsigned long step)
{
	if (xas_is_node(xas))
		return move_to(xas, xas->xa_index + step);
	if (xas_error(xas))
		return NULL;
	if (!xas_frozen(xas->xa_node))
		xas->xa_index += step;
	if (!xas->xa_node)
		return xn_set_bounds(xas);
	return xn_load(xas);
}

void *__xas_next(struct xa_state *xas)
{
	return move_by(xas, 1);
}

void *__xas_prev(struct xa_state *xas)
{
	return move_by(xas, -1UL);
}

/* The cursor stands somewhere inside its run, in a node not above it: one slot on, or NULL. */
static void *next_conflict(struct xa_state *xas)
{
	struct xa_node *node = xas->xa_node;
	unsigned int offset = xas->xa_offset;
	void *entry;

	for (;;) {
		if (node->shift == xas->xa_shift) {
			if ((offset & xas->xa_sibs) == xas->xa_sibs)
				break;
		} else if (offset == XA_CHUNK_MASK) {
			offset = node->offset;
			node = xa_parent_locked(xas->xa, node);
			if (!node)
				break;
			continue;
		}
		entry = xa_entry_locked(xas->xa, node, ++offset);
		if (xa_is_sibling(entry))
			continue;
		while (xn_is_child(node, entry)) {
			node = xa_to_node(entry);
			offset = 0;
			entry = xa_entry_locked(xas->xa, node, 0);
		}
		if (!entry)
			continue;
		xas->xa_node = node;
		xas->xa_offset = (unsigned char)offset;
		return entry;
	}
	xas->xa_node = node ? node : XAS_RESTART;
	xas->xa_offset = (unsigned char)(offset & ~(unsigned int)xas->xa_sibs);
	return NULL;
}

/*
 * What conflicts is found from the run's first index on: an entry above or at its level, then
 * slot by slot. The index stays where the run begins, so that xas_store() may follow.
 */
void *xas_find_conflict(struct xa_state *xas)
{
	struct xa_node *node;
	void *entry;

	if (xas_error(xas) || !xas->xa_node)
		return NULL;
	if (xas_top(xas->xa_node)) {
		entry = xn_start(xas);
		if (!entry)
			return NULL;
		node = NULL;
		while (xa_is_node(entry) && !(node && !node->shift)) {
			node = xa_to_node(entry);
			entry = xn_descend(xas, node);
		}
		if (entry)
			return entry;
	}
	if (xas_not_node(xas->xa_node) || xas->xa_node->shift > xas->xa_shift)
		return NULL;
	return next_conflict(xas);
}
