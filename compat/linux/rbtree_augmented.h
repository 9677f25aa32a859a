/* SPDX-License-Identifier: MIT */
/* rbtree_augmented.h - trees whose nodes know something about all below: quire/rbtree_augmented.h.
 */
#ifndef COMPAT_LINUX_RBTREE_AUGMENTED_H
#define COMPAT_LINUX_RBTREE_AUGMENTED_H

#include <linux/rbtree.h>
#include <quire/rbtree_augmented.h>

/** __rb_change_child_rcu() - __rb_change_child() for a tree that is read without a lock. */
static inline void __rb_change_child_rcu(struct rb_node *old, struct rb_node *fresh,
					 struct rb_node *parent, struct rb_root *root)
{
	if (!parent)
		smp_store_release(&root->rb_node, fresh);
	else if (parent->rb_left == old)
		smp_store_release(&parent->rb_left, fresh);
	else
		smp_store_release(&parent->rb_right, fresh);
}

#endif /* COMPAT_LINUX_RBTREE_AUGMENTED_H */
