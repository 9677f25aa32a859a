/* SPDX-License-Identifier: MIT */
/*
 * alloc.c - ids: the lowest free index of a range, and cyclic allocation.
 *
 * A free index has mark 0 in the tree, or lies behind the tree. The search for that mark ends
 * on it, at XAS_BOUNDS behind the tree, or at XAS_RESTART when the range has none.
 */
#include "xarray/internal.h"

int __xa_alloc(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit, gfp_t gfp)
{
	const u32 before = *id;
	XA_STATE(xas, xa, 0);

	if (xa_is_advanced(entry) || !xn_track_free(xa))
		return -EINVAL;
	if (!entry)
		entry = XA_ZERO_ENTRY;
	do {
		xas.xa_index = limit.min;
		xas_find_marked(&xas, limit.max, XA_FREE_MARK);
		if (xas.xa_node == XAS_RESTART)
			xas_set_err(&xas, -EBUSY);
		else
			*id = (u32)xas.xa_index; /* before anybody can see the entry */
		xas_store(&xas, entry);
		xas_clear_mark(&xas, XA_FREE_MARK);
	} while (xn_get_memory(&xas, gfp, true));
	if (xas_error(&xas))
		*id = before;
	return xas_error(&xas);
}

int __xa_alloc_cyclic(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit, u32 *next,
		      gfp_t gfp)
{
	struct xa_limit rest = limit;
	int ret;

	rest.min = max(limit.min, *next);
	ret = __xa_alloc(xa, id, entry, rest, gfp);
	if (xa->xa_flags & XA_FLAGS_ALLOC_WRAPPED && ret == 0) {
		WRITE_ONCE(xa->xa_flags, xa->xa_flags & ~XA_FLAGS_ALLOC_WRAPPED);
		ret = 1;
	}
	if (ret == -EBUSY && rest.min > limit.min) {
		ret = __xa_alloc(xa, id, entry, limit, gfp);
		if (ret == 0)
			ret = 1;
	}
	if (ret >= 0) {
		*next = *id + 1;
		if (!*next)
			WRITE_ONCE(xa->xa_flags, xa->xa_flags | XA_FLAGS_ALLOC_WRAPPED);
	}
	return ret;
}
