/* SPDX-License-Identifier: MIT */
/*
 * radix_walk.c - the radix tree's walks: slot by slot within a leaf, then the next leaf.
 *
 * An iterator hands out the slots of one leaf in line (radix_tree_next_slot()); to come to the
 * next leaf, or to go on after the lock was given back, it looks its place up from the head.
 */
#include <quire/radix-tree.h>

#include "xarray/internal.h"

static void *next(struct xa_state *xas, unsigned int flags)
{
	unsigned int tag = flags & RADIX_TREE_ITER_TAG_MASK;
	void *entry;

	do {
		if (flags & RADIX_TREE_ITER_TAGGED)
			entry = xas_find_marked(xas, ULONG_MAX, tag);
		else
			entry = xas_find(xas, ULONG_MAX);
	} while (entry && xas_retry(xas, entry));
	return entry;
}

void **radix_tree_next_chunk(const struct radix_tree_root *root, struct radix_tree_iter *iter,
			     unsigned int flags)
{
	struct radix_tree_root *tree = (struct radix_tree_root *)root;
	const unsigned long start = iter->next_index;
	XA_STATE(xas, tree, start);
	struct xa_node *node;

	if (!start && iter->index) /* wrapped around */
		return NULL;
	if (!next(&xas, flags))
		return NULL;
	if ((flags & RADIX_TREE_ITER_CONTIG) && xas.xa_index != start)
		return NULL;
	node = xas.xa_node;
	iter->node = node;
	iter->index = xas.xa_index;
	iter->tags = 1;
	if (!node) {
		iter->next_index = 1;
		return &tree->xa_head;
	}
	if (node->shift) { /* an entry of more indices: its slot is the chunk */
		xas_pause(&xas);
		iter->index = xas.xa_index - 1;
		iter->next_index = xas.xa_index;
		return &node->slots[xas.xa_offset];
	}
	iter->next_index = (xas.xa_index | XA_CHUNK_MASK) + 1;
	if (flags & RADIX_TREE_ITER_TAGGED)
		iter->tags = READ_ONCE(node->marks[flags & RADIX_TREE_ITER_TAG_MASK][0]) >>
			     xas.xa_offset;
	return &node->slots[xas.xa_offset];
}

void **radix_tree_iter_resume(void **slot, struct radix_tree_iter *iter)
{
	(void)slot;
	iter->index++;
	iter->next_index = iter->index;
	iter->tags = 0;
	return NULL;
}

void radix_tree_iter_replace(struct radix_tree_root *root, const struct radix_tree_iter *iter,
			     void **slot, void *item)
{
	__radix_tree_replace(root, iter->node, slot, item);
}

void radix_tree_iter_delete(struct radix_tree_root *root, struct radix_tree_iter *iter, void **slot)
{
	XA_STATE(xas, root, iter->index);

	(void)slot;
	xas_store(&xas, NULL);
	if (xas.xa_node != iter->node) /* the leaf is gone */
		iter->index = iter->next_index;
}

void radix_tree_iter_tag_clear(struct radix_tree_root *root, const struct radix_tree_iter *iter,
			       unsigned int tag)
{
	xn_clear_mark(root, iter->node, iter->index & XA_CHUNK_MASK, tag);
}

unsigned int radix_tree_gang_lookup(const struct radix_tree_root *root, void **results,
				    unsigned long first, unsigned int max)
{
	XA_STATE(xas, (struct radix_tree_root *)root, first);
	unsigned int nr = 0;

	while (nr < max && (results[nr] = next(&xas, 0)) != NULL)
		nr++;
	return nr;
}

unsigned int radix_tree_gang_lookup_tag(const struct radix_tree_root *root, void **results,
					unsigned long first, unsigned int max, unsigned int tag)
{
	XA_STATE(xas, (struct radix_tree_root *)root, first);
	unsigned int nr = 0;

	while (nr < max && (results[nr] = next(&xas, RADIX_TREE_ITER_TAGGED | tag)) != NULL)
		nr++;
	return nr;
}

unsigned int radix_tree_gang_lookup_tag_slot(const struct radix_tree_root *root, void ***results,
					     unsigned long first, unsigned int max,
					     unsigned int tag)
{
	struct radix_tree_root *tree = (struct radix_tree_root *)root;
	XA_STATE(xas, tree, first);
	unsigned int nr = 0;

	while (nr < max && next(&xas, RADIX_TREE_ITER_TAGGED | tag))
		results[nr++] = xas.xa_node ? &xas.xa_node->slots[xas.xa_offset] : &tree->xa_head;
	return nr;
}
