/* SPDX-License-Identifier: MIT */
/*
 * validate.c - the invariants of internal.h, checked node by node.
 */
#include <quire/report.h>

#include "xarray/internal.h"

static int bad(const struct xarray *xa, const struct xa_node *node, unsigned int offset,
	       const char *text)
{
	quire_report(NULL, QUIRE_ERR, "quire: xarray %p, node %p, slot %u: %s\n", xa, node, offset,
		     text);
	return -EUCLEAN;
}

/* X3, X6, and X4 of siblings and NULL: slot @i of @node holds @entry. */
static int check_slot(const struct xarray *xa, const struct xa_node *node, unsigned int i,
		      const void *entry)
{
	const bool ids = xn_track_free(xa); /* maybe an IDR: its words may look like anything */
	const void *proper;
	xa_mark_t mark;

	if (xa_is_retry(entry) && !(ids && !node->shift))
		return bad(xa, node, i, "X6: retry in a node that can be reached");
	if (xa_is_sibling(entry) && !(ids && !node->shift)) {
		if (xa_to_sibling(entry) >= i)
			return bad(xa, node, i, "X3: sibling of a slot that is not before it");
		proper = node->slots[xa_to_sibling(entry)];
		if (!proper || xa_is_sibling(proper) || xn_is_child(node, proper))
			return bad(xa, node, i, "X3: sibling of no entry");
		if (xa_to_sibling(entry) + 1 != i && node->slots[i - 1] != entry)
			return bad(xa, node, i, "X3: another entry between siblings");
	}
	for (mark = 0; mark <= XA_MARK_MAX; mark++) {
		if (!xn_get_mark(node, i, mark) || (ids && mark == XA_FREE_MARK))
			continue;
		if (!entry && !ids)
			return bad(xa, node, i, "X4: a mark on NULL");
		if (xa_is_sibling(entry) && !ids)
			return bad(xa, node, i, "X4: a mark on a sibling");
	}
	return 0;
}

/* X1 and X4 of a child in slot @i. */
static int check_child(const struct xarray *xa, const struct xa_node *node, unsigned int i,
		       const struct xa_node *child)
{
	xa_mark_t mark;

	if (child->parent != node || child->offset != i)
		return bad(xa, node, i, "X1: the node below hangs elsewhere");
	if (child->shift + XA_CHUNK_SHIFT != node->shift)
		return bad(xa, node, i, "X1: the node below is of another level");
	for (mark = 0; mark <= XA_MARK_MAX; mark++)
		if (xn_get_mark(node, i, mark) != (child->marks[mark][0] != 0))
			return bad(xa, node, i, "X4: the mark differs from those below");
	return 0;
}

static int check_node(const struct xarray *xa, const struct xa_node *node)
{
	unsigned int count = 0, values = 0, i;
	const void *proper = NULL;
	int err = 0;

	if (node->array != xa || node->shift % XA_CHUNK_SHIFT)
		return bad(xa, node, 0, "X1: of another array, or no level");
	for (i = 0; i < XA_CHUNK_SIZE && !err; i++) {
		const void *entry = node->slots[i];

		if (!xa_is_sibling(entry))
			proper = entry;
		count += entry != NULL;
		values += entry && xa_is_value(proper);
		if (xn_is_child(node, entry)) {
			err = check_child(xa, node, i, xa_to_node(entry));
			if (!err)
				err = check_node(xa, xa_to_node(entry));
		} else {
			err = check_slot(xa, node, i, entry);
		}
	}
	if (err)
		return err;
	if (node->nr_values != values)
		return bad(xa, node, 0, "X2: nr_values is wrong");
	if (node->count != count && !(xn_track_free(xa) && !node->shift && node->count > count))
		return bad(xa, node, 0, "X2: count is wrong");
	return 0;
}

/* X4 and X5 of the top. */
static int check_top(const struct xarray *xa, const struct xa_node *top)
{
	const void *entry = top->slots[0];
	xa_mark_t mark;

	if (top->parent)
		return bad(xa, top, 0, "X1: the top has a parent");
	for (mark = 0; mark <= XA_MARK_MAX; mark++)
		if (xa_marked(xa, mark) != (top->marks[mark][0] != 0))
			return bad(xa, top, 0, "X4: xa_flags differ from the top's marks");
	if (top->count == 1 && entry && top->shift && xa_is_node(entry))
		return bad(xa, top, 0, "X5: a top above a single node");
	return 0;
}

int quire_xa_validate(const struct xarray *xa)
{
	const void *head = xa_head_locked(xa);
	int err;

	if (!xa_is_node(head)) {
		if (xa_is_retry(head) || (xa_is_sibling(head) && !xn_track_free(xa)))
			return bad(xa, NULL, 0, "X6: the head holds an internal word");
		if (!head && (xa_marked(xa, XA_MARK_1) || xa_marked(xa, XA_MARK_2)))
			return bad(xa, NULL, 0, "X4: a mark on an empty array");
		return 0;
	}
	err = check_top(xa, xa_to_node(head));
	return err ? err : check_node(xa, xa_to_node(head));
}
