/* SPDX-License-Identifier: MIT */
/*
 * radix.c - the radix tree's names over the XArray's cursor: items, tags, several at once.
 *
 * Where the XArray's functions take a lock these do not: their callers have one. Nodes come by
 * the root's gfp flags, then from what is set aside on this CPU (stock.c).
 */
#include <quire/radix-tree.h>

#include "xarray/internal.h"

static gfp_t root_gfp(const struct radix_tree_root *root)
{
	return root->xa_flags & __GFP_BITS_MASK & ~(gfp_t)GFP_ZONEMASK;
}

int radix_tree_insert(struct radix_tree_root *root, unsigned long index, void *item)
{
	XA_STATE(xas, root, index);

	do {
		if (xas_load(&xas))
			xas_set_err(&xas, -EEXIST);
		xas_store(&xas, item);
	} while (xas_error(&xas) && xn_more(&xas, root_gfp(root)));
	xn_release(&xas);
	return xas_error(&xas);
}

void *__radix_tree_lookup(const struct radix_tree_root *root, unsigned long index,
			  struct radix_tree_node **nodep, void ***slotp)
{
	struct radix_tree_root *tree = (struct radix_tree_root *)root;
	XA_STATE(xas, tree, index);
	void *entry;

	while (xa_is_retry(entry = xas_load(&xas)))
		xas_reset(&xas);
	if (!entry || xas_invalid(&xas))
		return NULL;
	if (nodep)
		*nodep = xas.xa_node;
	if (slotp)
		*slotp = xas.xa_node ? &xas.xa_node->slots[xas.xa_offset] : &tree->xa_head;
	return entry;
}

void *radix_tree_lookup(const struct radix_tree_root *root, unsigned long index)
{
	return __radix_tree_lookup(root, index, NULL, NULL);
}

void **radix_tree_lookup_slot(const struct radix_tree_root *root, unsigned long index)
{
	void **slot;

	return __radix_tree_lookup(root, index, NULL, &slot) ? slot : NULL;
}

void __radix_tree_replace(struct radix_tree_root *root, struct radix_tree_node *node, void **slot,
			  void *item)
{
	void *old = rcu_dereference_protected(*slot, 1);
	struct xa_state xas = { .xa = root, .xa_node = node };
	int grown;

	if (!node) {
		rcu_assign_pointer(*slot, item);
		return;
	}
	xas.xa_offset = (unsigned char)(slot - node->slots);
	if (xn_track_free(root))
		grown = xn_get_mark(node, xas.xa_offset, XA_FREE_MARK);
	else
		grown = !old - !item;
	if (!item && old)
		xn_init_marks(&xas);
	node->count = (unsigned char)(node->count + grown);
	node->nr_values = (unsigned char)(node->nr_values + xa_is_value(item) - xa_is_value(old));
	rcu_assign_pointer(*slot, item);
	if (grown < 0)
		xn_erased(&xas);
}

void radix_tree_replace_slot(struct radix_tree_root *root, void **slot, void *item)
{
	__radix_tree_replace(root, NULL, slot, item);
}

void *radix_tree_delete_item(struct radix_tree_root *root, unsigned long index, void *item)
{
	XA_STATE(xas, root, index);
	void *entry = xas_load(&xas);

	if (!entry || (item && entry != item))
		return NULL;
	xas_store(&xas, NULL);
	return entry;
}

void *radix_tree_delete(struct radix_tree_root *root, unsigned long index)
{
	return radix_tree_delete_item(root, index, NULL);
}

void *radix_tree_tag_set(struct radix_tree_root *root, unsigned long index, unsigned int tag)
{
	XA_STATE(xas, root, index);
	void *entry = xas_load(&xas);

	if (entry)
		xas_set_mark(&xas, tag);
	return entry;
}

void *radix_tree_tag_clear(struct radix_tree_root *root, unsigned long index, unsigned int tag)
{
	XA_STATE(xas, root, index);
	void *entry = xas_load(&xas);

	if (entry)
		xas_clear_mark(&xas, tag);
	return entry;
}

int radix_tree_tag_get(const struct radix_tree_root *root, unsigned long index, unsigned int tag)
{
	XA_STATE(xas, (struct radix_tree_root *)root, index);

	return xas_load(&xas) && xas_get_mark(&xas, tag);
}

int radix_tree_tagged(const struct radix_tree_root *root, unsigned int tag)
{
	return xa_marked(root, tag);
}
