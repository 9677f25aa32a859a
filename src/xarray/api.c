/* SPDX-License-Identifier: MIT */
/*
 * api.c - changes through the normal interface: store, erase, compare, insert, marks, destroy.
 *
 * Each is one try under the lock, repeated while memory can be had (xn_get_memory()). In an
 * array that allocates, a stored NULL is a zero entry and what is stored is not free.
 */
#include <quire/report.h>

#include "xarray/internal.h"

/* The word that a caller sees of @curr, or the error in @xas. */
static void *result(const struct xa_state *xas, void *curr)
{
	if (xas_error(xas))
		return xas->xa_node;
	return xa_is_zero(curr) ? NULL : curr;
}

static bool storable(const void *entry)
{
	if (likely(!xa_is_advanced(entry)))
		return true;
	quire_report(NULL, QUIRE_WARNING, "xarray: %p is an internal word, it cannot be stored\n",
		     entry);
	return false;
}

void *__xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	XA_STATE(xas, xa, index);
	void *curr;

	if (!storable(entry))
		return XA_ERROR(-EINVAL);
	if (xn_track_free(xa) && !entry)
		entry = XA_ZERO_ENTRY;
	do {
		curr = xas_store(&xas, entry);
		if (xn_track_free(xa))
			xas_clear_mark(&xas, XA_FREE_MARK);
	} while (xn_get_memory(&xas, gfp, true));
	return result(&xas, curr);
}

void *xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	quire_xa_locked(void *, , xa, __xa_store(xa, index, entry, gfp));
}

void *__xa_erase(struct xarray *xa, unsigned long index)
{
	XA_STATE(xas, xa, index);

	return result(&xas, xas_store(&xas, NULL));
}

void *xa_erase(struct xarray *xa, unsigned long index)
{
	const gfp_t gfp = 0;

	quire_xa_locked(void *, , xa, __xa_erase(xa, index));
}

void *__xa_cmpxchg(struct xarray *xa, unsigned long index, void *old, void *entry, gfp_t gfp)
{
	XA_STATE(xas, xa, index);
	void *curr;

	if (!storable(entry))
		return XA_ERROR(-EINVAL);
	do {
		curr = xas_load(&xas);
		if (curr != old)
			continue;
		xas_store(&xas, entry);
		if (xn_track_free(xa) && entry && !curr)
			xas_clear_mark(&xas, XA_FREE_MARK);
	} while (xn_get_memory(&xas, gfp, true));
	return result(&xas, curr);
}

int __xa_insert(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	XA_STATE(xas, xa, index);

	if (!storable(entry))
		return -EINVAL;
	if (!entry)
		entry = XA_ZERO_ENTRY;
	do {
		if (xas_load(&xas)) {
			xas_set_err(&xas, -EBUSY);
			continue;
		}
		xas_store(&xas, entry);
		if (xn_track_free(xa))
			xas_clear_mark(&xas, XA_FREE_MARK);
	} while (xn_get_memory(&xas, gfp, true));
	return xas_error(&xas);
}

void __xa_set_mark(struct xarray *xa, unsigned long index, xa_mark_t mark)
{
	XA_STATE(xas, xa, index);

	if (xas_load(&xas))
		xas_set_mark(&xas, mark);
}

void xa_set_mark(struct xarray *xa, unsigned long index, xa_mark_t mark)
{
	xa_lock(xa);
	__xa_set_mark(xa, index, mark);
	xa_unlock(xa);
}

void __xa_clear_mark(struct xarray *xa, unsigned long index, xa_mark_t mark)
{
	XA_STATE(xas, xa, index);

	if (xas_load(&xas))
		xas_clear_mark(&xas, mark);
}

void xa_clear_mark(struct xarray *xa, unsigned long index, xa_mark_t mark)
{
	xa_lock(xa);
	__xa_clear_mark(xa, index, mark);
	xa_unlock(xa);
}

void xa_delete_node(struct xa_node *node, xa_update_node_t update)
{
	struct xa_state xas = {
		.xa = node->array,
		.xa_index = (unsigned long)node->offset << (node->shift + XA_CHUNK_SHIFT),
		.xa_shift = (unsigned char)(node->shift + XA_CHUNK_SHIFT),
		.xa_offset = node->offset,
		.xa_node = xa_parent_locked(node->array, node),
		.xa_update = update,
	};

	xas_store(&xas, NULL);
}

void xa_destroy(struct xarray *xa)
{
	struct xa_state xas = { .xa = xa };
	void *head;

	xa_lock(xa);
	head = xa_head_locked(xa);
	RCU_INIT_POINTER(xa->xa_head, NULL);
	xn_init_marks(&xas);
	if (xn_zero_busy(xa))
		xn_clear_root_mark(xa, XA_FREE_MARK);
	if (xa_is_node(head))
		xn_free_tree(&xas, xa_to_node(head));
	xa_unlock(xa);
}
