/* SPDX-License-Identifier: MIT */
/* interval_tree.h - a tree of closed intervals of unsigned long; see interval_tree_generic.h. */
#ifndef COMPAT_LINUX_INTERVAL_TREE_H
#define COMPAT_LINUX_INTERVAL_TREE_H

#include <linux/rbtree.h>

/** struct interval_tree_node - [@start, @last], both inclusive; set before insertion. */
struct interval_tree_node {
	struct rb_node rb;
	unsigned long start;
	unsigned long last;
	unsigned long __subtree_last;
};

/** interval_tree_insert(), interval_tree_remove() - O(log n); equal intervals may be many. */
void interval_tree_insert(struct interval_tree_node *node, struct rb_root_cached *root);
void interval_tree_remove(struct interval_tree_node *node, struct rb_root_cached *root);
/** interval_tree_iter_first() - the first that shares a value with [@start, @last], or NULL. */
struct interval_tree_node *interval_tree_iter_first(struct rb_root_cached *root,
						    unsigned long start, unsigned long last);
/** interval_tree_iter_next() - the next one after @node that does. */
struct interval_tree_node *interval_tree_iter_next(struct interval_tree_node *node,
						   unsigned long start, unsigned long last);

#endif /* COMPAT_LINUX_INTERVAL_TREE_H */
