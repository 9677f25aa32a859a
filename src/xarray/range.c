/* SPDX-License-Identifier: MIT */
/*
 * range.c - xa_store_range(): a range cut into aligned runs of 2^n indices.
 *
 *	3 .. 20:  3 | 4-7 | 8-15 | 16-19 | 20
 *
 * All nodes are reserved before the first run is stored. A node that a run needs covers more
 * than lies in the range, or a larger run would be there; so it covers the range's first or last
 * index, or makes the tree higher.
 */
#include "xarray/internal.h"

/* Order of the largest aligned run that begins at @first and ends at @last or before. */
static unsigned int run_order(unsigned long first, unsigned long last)
{
	unsigned long left = last - first + 1; /* 0: all 2^64 */
	unsigned int order = left ? (unsigned int)ilog2(left) : QUIRE_BITS_PER_LONG - 1;

	if (first)
		order = min_t(unsigned int, order, (unsigned int)__ffs(first));
	return min_t(unsigned int, order, QUIRE_BITS_PER_LONG - 1);
}

static void store_runs(struct xa_state *xas, unsigned long first, unsigned long last, void *entry)
{
	for (;;) {
		unsigned int order = run_order(first, last);

		xas_set_order(xas, first, order);
		xas_store(xas, entry);
		if (entry && xn_track_free(xas->xa))
			xas_clear_mark(xas, XA_FREE_MARK);
		if (xas_error(xas) || last - first < 1ul << order)
			return;
		first += 1ul << order;
		if (!first)
			return;
	}
}

/* No fewer nodes than store_runs() will need. */
static unsigned int count_nodes(struct xa_state *xas, unsigned long first, unsigned long last)
{
	unsigned int nr, growth = 0;

	xas_set_order(xas, first, 0);
	nr = xn_missing(xas, false);
	xas_set_order(xas, last, 0);
	nr += xn_missing(xas, false);
	for (;;) {
		unsigned int order = run_order(first, last);

		xas_set_order(xas, first, order);
		growth = max(growth, xn_growth(xas));
		if (last - first < 1ul << order)
			return nr + growth;
		first += 1ul << order;
		if (!first)
			return nr + growth;
	}
}

void *xa_store_range(struct xarray *xa, unsigned long first, unsigned long last, void *entry,
		     gfp_t gfp)
{
	XA_STATE(xas, xa, 0);

	if (xa_is_internal(entry) || last < first)
		return XA_ERROR(-EINVAL);
	do {
		xas_lock(&xas);
		if (!entry || xn_reserve(&xas, count_nodes(&xas, first, last)))
			store_runs(&xas, first, last, entry);
		xas_unlock(&xas);
	} while (xn_get_memory(&xas, gfp, false));
	return xas_error(&xas) ? xas.xa_node : NULL;
}
