/* SPDX-License-Identifier: MIT */
/*
 * find.c - searches of the normal interface: first, next, many.
 */
#include "xarray/internal.h"

static void *find(struct xa_state *xas, unsigned long max, xa_mark_t filter)
{
	return filter < XA_MAX_MARKS ? xas_find_marked(xas, max, filter) : xas_find(xas, max);
}

/* Does the cursor stand in the middle of an entry of more indices? */
static bool in_the_middle(const struct xa_state *xas)
{
	const struct xa_node *node = xas->xa_node;
	unsigned long inside;

	if (!xas_is_node(xas))
		return false;
	inside = xas->xa_index & ((XA_CHUNK_SIZE << node->shift) - 1);
	return inside > (unsigned long)xas->xa_offset << node->shift;
}

void *xa_find(struct xarray *xa, unsigned long *index, unsigned long max, xa_mark_t filter)
{
	XA_STATE(xas, xa, *index);
	void *entry;

	rcu_read_lock();
	do
		entry = find(&xas, max, filter);
	while (xas_retry(&xas, entry));
	rcu_read_unlock();
	if (entry)
		*index = xas.xa_index;
	return entry;
}

void *xa_find_after(struct xarray *xa, unsigned long *index, unsigned long max, xa_mark_t filter)
{
	XA_STATE(xas, xa, *index + 1);
	void *entry;

	if (!xas.xa_index)
		return NULL;
	rcu_read_lock();
	for (;;) {
		entry = find(&xas, max, filter);
		if (xas_invalid(&xas))
			break;
		if (in_the_middle(&xas))
			continue; /* it began before */
		if (!xas_retry(&xas, entry))
			break;
	}
	rcu_read_unlock();
	if (entry)
		*index = xas.xa_index;
	return entry;
}

unsigned int xa_extract(struct xarray *xa, void **dst, unsigned long start, unsigned long max,
			unsigned int n, xa_mark_t filter)
{
	XA_STATE(xas, xa, start);
	unsigned int nr = 0;
	void *entry;

	if (!n)
		return 0;
	rcu_read_lock();
	for (entry = find(&xas, max, filter); entry; entry = find(&xas, max, filter)) {
		if (xas_retry(&xas, entry))
			continue;
		dst[nr++] = entry;
		if (nr == n)
			break;
	}
	rcu_read_unlock();
	return nr;
}
