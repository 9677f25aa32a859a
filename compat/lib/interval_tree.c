/* SPDX-License-Identifier: MIT */
/* interval_tree.c - the interval tree of unsigned long; see linux/interval_tree_generic.h. */
#include <linux/interval_tree.h>
#include <linux/interval_tree_generic.h>

#define START(node) ((node)->start)
#define LAST(node)  ((node)->last)

INTERVAL_TREE_DEFINE(struct interval_tree_node, rb, unsigned long, __subtree_last, START, LAST,
		     /* not static */, interval_tree)
