/* SPDX-License-Identifier: MIT */
/*
 * radix_cache.c - the cache of nodes, for an XArray that a client brings without a radix tree: in
 * Linux the latter makes it.
 */
#include <linux/radix-tree.h>

#include "task_internal.h"

struct kmem_cache *radix_tree_node_cachep;

void quire_radix_renew(void)
{
	radix_tree_node_cachep = quire_xa_node_cache();
}
