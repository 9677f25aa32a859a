/* SPDX-License-Identifier: MIT */
/*
 * free_id.c - where an id is free: what the IDR and idr_get_free() share.
 */
#include "xarray/internal.h"

int xn_find_free(struct xa_state *xas, unsigned long max, gfp_t gfp)
{
	const unsigned long from = xas->xa_index;

	do {
		xas->xa_index = from;
		xas_find_marked(xas, max, XA_FREE_MARK);
		if (xas->xa_node == XAS_RESTART)
			xas_set_err(xas, -ENOSPC);
		xn_create(xas, false);
	} while (xas_error(xas) && xn_more(xas, gfp));
	xn_release(xas);
	return xas_error(xas);
}
