/* SPDX-License-Identifier: MIT */
/*
 * rbtree.h - red-black trees: quire/rbtree.h, with functions that a client may bring itself.
 *
 * The core keeps the functions under names of its own; those declared here are an archive member
 * that calls them, and is left out where a client defines them.
 */
#ifndef COMPAT_LINUX_RBTREE_H
#define COMPAT_LINUX_RBTREE_H

#include "../surface/base.h"

#ifndef QUIRE_RBTREE_API
#define QUIRE_RBTREE_API(name)
#endif
#include <quire/rbtree.h>

/** rb_link_node_rcu() - rb_link_node() for a tree that is read without a lock. */
static inline void rb_link_node_rcu(struct rb_node *node, struct rb_node *parent,
				    struct rb_node **link)
{
	node->__rb_parent_color = (unsigned long)parent;
	node->rb_left = NULL;
	node->rb_right = NULL;
	smp_store_release(link, node);
}

/** rb_replace_node_rcu() - rb_replace_node() for a tree that is read without a lock. */
void rb_replace_node_rcu(struct rb_node *victim, struct rb_node *fresh, struct rb_root *root);

#endif /* COMPAT_LINUX_RBTREE_H */
