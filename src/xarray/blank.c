/* SPDX-License-Identifier: MIT */
/*
 * blank.c - a dead node becomes blank again; in a file of its own as programs that bring a
 * radix tree define the function too.
 */
#include <quire/list.h>
#include <quire/radix-tree.h>
#include <quire/slab.h>

void radix_tree_node_rcu_free(struct rcu_head *head)
{
	struct xa_node *node = container_of(head, struct xa_node, rcu_head);

	__builtin_memset(node->slots, 0, sizeof(node->slots));
	__builtin_memset(node->marks, 0, sizeof(node->marks));
	INIT_LIST_HEAD(&node->private_list);
	kmem_cache_free(quire_xa_node_cache(), node);
}
