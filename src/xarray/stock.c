/* SPDX-License-Identifier: MIT */
/*
 * stock.c - nodes set aside per CPU: radix_tree_preload(). xn_more() takes from them.
 *
 * An insertion needs at most one path down and one way up: 2 * RADIX_TREE_MAX_PATH - 1 nodes.
 * The stock is taken from where the cache has nothing for the caller's gfp flags.
 */
#include <quire/radix-tree.h>
#include <quire/slab.h>

#define STOCK_FULL (2 * RADIX_TREE_MAX_PATH - 1)

static int fill(gfp_t gfp)
{
	struct quire_xa_stock *stock = quire_xa_stock();

	while (stock && stock->nr < STOCK_FULL) {
		struct xa_node *node = kmem_cache_alloc(quire_xa_node_cache(), gfp);

		if (!node)
			return -ENOMEM;
		node->parent = stock->nodes;
		stock->nodes = node;
		stock->nr++;
	}
	return stock ? 0 : -ENOMEM;
}

int radix_tree_preload(gfp_t gfp)
{
	return fill(gfp & ~__GFP_ACCOUNT);
}

int radix_tree_maybe_preload(gfp_t gfp)
{
	return gfpflags_allow_blocking(gfp) ? radix_tree_preload(gfp) : 0;
}

void radix_tree_init(void)
{
}
