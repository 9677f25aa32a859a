/* SPDX-License-Identifier: MIT */
/*
 * idr_slot.c - idr_get_free(), by which an IDR of a program's own asks the radix tree.
 *
 * In Linux it belongs to the radix tree: a file of its own, so that who brings an IDR, and who
 * brings a radix tree, meets no second one of the name.
 */
#include <quire/idr.h>

#include "xarray/internal.h"

void **idr_get_free(struct radix_tree_root *root, struct radix_tree_iter *iter, gfp_t gfp,
		    unsigned long max)
{
	struct xa_state xas = { .xa = root,
				.xa_index = iter->next_index,
				.xa_node = XAS_RESTART,
				.xa_pad = XN_LEAF_ONLY };
	int err = xn_find_free(&xas, max, gfp);

	if (err)
		return (void **)(long)err;
	iter->index = xas.xa_index;
	iter->next_index = (xas.xa_index | XA_CHUNK_MASK) + 1;
	iter->tags = 0;
	iter->node = xas.xa_node;
	return &xas.xa_node->slots[xas.xa_offset];
}
