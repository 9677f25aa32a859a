/* SPDX-License-Identifier: MIT */
/*
 * load.c - xa_load() and the other readers of the normal interface.
 *
 * xa_load() goes down without a cursor, see load.h; here is what it finds rarely.
 */
#include "xarray/internal.h"
#include "xarray/load.h"

/* What sibling @entry of @node stands for; retry if it was split in between. */
static void *follow(const struct xarray *xa, const struct xa_node *node, unsigned int shift,
		    unsigned int offset, void *entry)
{
	entry = quire_xa_follow(xa, node, &offset, entry);
	return shift && xa_is_node(entry) ? XA_RETRY_ENTRY : entry;
}

static void *walk(const struct xarray *xa, unsigned long index)
{
	void *entry = xa_head(xa);
	const struct xa_node *node;
	unsigned int shift;

	if (!xa_is_node(entry))
		return index ? NULL : entry;
	node = xa_to_node(entry);
	shift = node->shift;
	if (unlikely(index > xn_max_of(shift)))
		return NULL;
	for (;; shift -= XA_CHUNK_SHIFT) {
		entry = xa_entry(xa, node, (unsigned int)(index >> shift) & XA_CHUNK_MASK);
		if (!shift || !xa_is_node(entry))
			break;
		node = xa_to_node(entry);
	}
	return unlikely(xa_is_sibling(entry))
		       ? follow(xa, node, shift, (unsigned int)(index >> shift) & XA_CHUNK_MASK,
				entry)
		       : entry;
}

/* Of an internal word that xn_walk_down() has met. */
static __attribute__((noinline)) void *walk_all(const struct xarray *xa, unsigned long index)
{
	void *entry;

	do
		entry = walk(xa, index);
	while (unlikely(xa_is_retry(entry)));
	return xa_is_zero(entry) ? NULL : entry;
}

void *xa_load(struct xarray *xa, unsigned long index)
{
	struct quire_rcu_leaf leaf = quire_rcu_leaf_enter();
	void *entry = xn_walk_down(xa, index);

	if (unlikely(xa_is_internal(entry)))
		entry = walk_all(xa, index);
	quire_rcu_leaf_leave(leaf);
	return entry;
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
