/* SPDX-License-Identifier: MIT */
/*
 * marks.c - marks under the cursor, and the search for a marked entry.
 *
 * A search looks at one word per node: the first set bit from the slot on. Without one it goes
 * up, and on behind the node. In an allocating array the free mark leads to NULL slots too, and
 * an index behind the tree is free: then the cursor ends at XAS_BOUNDS with that index.
 */
#include "xarray/internal.h"

bool xas_get_mark(const struct xa_state *xas, xa_mark_t mark)
{
	if (xas_invalid(xas))
		return false;
	if (!xas->xa_node)
		return xa_marked(xas->xa, mark);
	return xn_get_mark(xas->xa_node, xas->xa_offset, mark);
}

void xas_set_mark(const struct xa_state *xas, xa_mark_t mark)
{
	if (xas_valid(xas))
		xn_set_mark(xas->xa, xas->xa_node, xas->xa_offset, mark);
}

void xas_clear_mark(const struct xa_state *xas, xa_mark_t mark)
{
	if (xas_valid(xas))
		xn_clear_mark(xas->xa, xas->xa_node, xas->xa_offset, mark);
}

void xas_init_marks(const struct xa_state *xas)
{
	if (xas_valid(xas))
		xn_init_marks(xas);
}

static void *past_max(struct xa_state *xas)
{
	xas->xa_node = XAS_RESTART;
	return NULL;
}

/* The search has left the tree; the index is the first one behind it. */
static void *past_tree(struct xa_state *xas, unsigned long max)
{
	return xas->xa_index > max ? past_max(xas) : xn_set_bounds(xas);
}

/*
 * The first marked entry in slot @offset of @node or behind it. The index is in slot @at, and
 * stays as it is if that is the slot; else it becomes the slot's first.
 */
static void *next_marked(struct xa_state *xas, struct xa_node *node, unsigned int at,
			 unsigned int offset, unsigned long max, xa_mark_t mark)
{
	const bool empty_too = mark == XA_FREE_MARK && xn_track_free(xas->xa);

	for (;;) {
		unsigned long word = offset < XA_CHUNK_SIZE ? READ_ONCE(node->marks[mark][0]) : 0;
		unsigned int found = XA_CHUNK_SIZE;
		void *entry;

		word = word >> (offset & XA_CHUNK_MASK);
		if (word)
			found = offset + (unsigned int)__ffs(word);
		if (found != at) {
			xn_move_index(xas, node, found);
			if (xas->xa_index - 1 >= max) /* also when it wrapped around to 0 */
				return past_max(xas);
		}
		if (found == XA_CHUNK_SIZE) {
			at = offset = node->offset + 1U;
			node = xa_parent(xas->xa, node);
			if (!node)
				return past_tree(xas, max);
			continue;
		}
		entry = xa_entry(xas->xa, node, found);
		if (xn_is_child(node, entry)) {
			node = xa_to_node(entry);
			at = offset = xn_offset(xas->xa_index, node);
			entry = xa_entry(xas->xa, node, offset);
			if (!empty_too && xa_is_sibling(entry)) /* the mark is the entry's proper */
				at = offset = (unsigned int)xa_to_sibling(entry);
			continue;
		}
		if ((entry || empty_too) && !xa_is_sibling(entry)) {
			xas->xa_node = node;
			xas->xa_offset = (unsigned char)found;
			return entry;
		}
		at = found;
		offset = found + 1;
	}
}

void *xas_find_marked(struct xa_state *xas, unsigned long max, xa_mark_t mark)
{
	struct xa_node *node = xas->xa_node;
	unsigned int offset;
	void *entry;

	if (xas_error(xas))
		return NULL;
	if (xas->xa_index > max)
		return past_max(xas);
	if (!node) { /* the only entry has been seen */
		xas->xa_index = 1;
		return past_tree(xas, max);
	}
	if (!xas_top(node))
		return next_marked(xas, node, xas->xa_offset, xas->xa_offset + 1U, max, mark);

	entry = xa_head(xas->xa);
	if (xas->xa_index > xn_max_index(entry))
		return past_tree(xas, max);
	if (!xa_is_node(entry)) {
		xas->xa_node = NULL;
		if (xa_marked(xas->xa, mark))
			return entry;
		xas->xa_index = 1;
		return past_tree(xas, max);
	}
	node = xa_to_node(entry);
	offset = xn_offset(xas->xa_index, node);
	entry = xa_entry(xas->xa, node, offset);
	if (xa_is_sibling(entry) && !(mark == XA_FREE_MARK && xn_track_free(xas->xa)))
		offset = (unsigned int)xa_to_sibling(entry);
	return next_marked(xas, node, offset, offset, max, mark);
}
