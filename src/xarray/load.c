/* SPDX-License-Identifier: MIT */
/*
 * load.c - xa_load() and the other readers of the normal interface.
 *
 * xa_load() goes down without a cursor: one dependent load per level, and a check for siblings
 * that predicts well.
 */
#include "xarray/internal.h"

/* Slot of @index in @node, siblings followed; retry if it was split in between. */
static inline void *slot_of(const struct xarray *xa, const struct xa_node *node,
			    unsigned long index)
{
	void *entry = xa_entry(xa, node, xn_offset(index, node));

	while (unlikely(xa_is_sibling(entry))) { /* again if the run has grown meanwhile */
		entry = xa_entry(xa, node, (unsigned int)xa_to_sibling(entry));
		if (xn_is_child(node, entry))
			entry = XA_RETRY_ENTRY;
	}
	return entry;
}

static inline void *walk(const struct xarray *xa, unsigned long index)
{
	void *entry = xa_head(xa);
	const struct xa_node *node;

	if (!xa_is_node(entry))
		return index ? NULL : entry;
	node = xa_to_node(entry);
	if (unlikely(index > xn_max_of(node->shift)))
		return NULL;
	for (;;) {
		entry = slot_of(xa, node, index);
		if (!node->shift || !xa_is_node(entry))
			return entry;
		node = xa_to_node(entry);
	}
}

void *xa_load(struct xarray *xa, unsigned long index)
{
	void *entry;

	rcu_read_lock();
	do
		entry = walk(xa, index);
	while (unlikely(xa_is_retry(entry)));
	rcu_read_unlock();
	return xa_is_zero(entry) ? NULL : entry;
}

bool xa_get_mark(struct xarray *xa, unsigned long index, xa_mark_t mark)
{
	XA_STATE(xas, xa, index);
	bool marked = false;

	rcu_read_lock();
	while (xa_is_retry(xn_load(&xas)))
		xas_reset(&xas);
	if (xas_is_node(&xas))
		marked = xn_get_mark(xas.xa_node, xas.xa_offset, mark);
	else if (!xas.xa_node)
		marked = xa_marked(xa, mark);
	rcu_read_unlock();
	return marked;
}

int xas_get_order(struct xa_state *xas)
{
	const struct xa_node *node = xas->xa_node;
	unsigned int run = 1;

	if (xas_not_node(xas->xa_node))
		return 0;
	while (xas->xa_offset + run < XA_CHUNK_SIZE &&
	       xa_entry(xas->xa, node, xas->xa_offset + run) == xa_mk_sibling(xas->xa_offset))
		run++;
	return (int)(node->shift + (unsigned int)ilog2(run));
}

int xa_get_order(struct xarray *xa, unsigned long index)
{
	XA_STATE(xas, xa, index);
	int order = 0;
	void *entry;

	rcu_read_lock();
	while (xa_is_retry(entry = xn_load(&xas)))
		xas_reset(&xas);
	if (entry)
		order = xas_get_order(&xas);
	rcu_read_unlock();
	return order;
}
