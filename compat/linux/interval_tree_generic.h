/* SPDX-License-Identifier: MIT */
/*
 * interval_tree_generic.h - a tree of closed intervals in the caller's structures.
 *
 * 1. Nodes are ordered by their first value. Each knows the largest last value of its subtree, so
 *    that a search for what overlaps [start, last] skips whole subtrees:
 *
 *		          [4,5] most 9
 *		       /               \
 *		[1,9] most 9       [7,8] most 8
 *
 * 2. A subtree can hold an overlap only if its most is >= start. If the left one can, the first
 *    overlap is there, or there is none at all: its node with the largest last value then begins
 *    behind @last, and so does all to its right.
 *
 * Source: Cormen, Leiserson, Rivest, Stein, "Introduction to Algorithms", 14.3.
 */
#ifndef COMPAT_LINUX_INTERVAL_TREE_GENERIC_H
#define COMPAT_LINUX_INTERVAL_TREE_GENERIC_H

#include <linux/rbtree_augmented.h>

/**
 * INTERVAL_TREE_DEFINE() - defines @prefix_insert, _remove, _iter_first, _iter_next.
 * @type, @rb: the structure and its rb_node
 * @value, @most: type of the ends, the member for the largest last value of a subtree
 * @START, @LAST: macros or functions from the structure to its ends, both inclusive
 * @scope: static, or empty
 */
#define INTERVAL_TREE_DEFINE(type, rb, value, most, START, LAST, scope, prefix)               \
	RB_DECLARE_CALLBACKS_MAX(static, prefix##_augment, type, rb, value, most, LAST)       \
	scope void prefix##_insert(type *node, struct rb_root_cached *root)                   \
	{                                                                                     \
		struct rb_node **link = &root->rb_root.rb_node, *above = NULL;                \
		value start = START(node), last = LAST(node);                                 \
		bool leftmost = true;                                                         \
                                                                                              \
		while (*link) {                                                               \
			type *parent = rb_entry(*link, type, rb);                             \
                                                                                              \
			above = *link;                                                        \
			if (parent->most < last)                                              \
				parent->most = last;                                          \
			if (start < START(parent)) {                                          \
				link = &above->rb_left;                                       \
			} else {                                                              \
				link = &above->rb_right;                                      \
				leftmost = false;                                             \
			}                                                                     \
		}                                                                             \
		node->most = last;                                                            \
		rb_link_node(&node->rb, above, link);                                         \
		rb_insert_augmented_cached(&node->rb, root, leftmost, &prefix##_augment);     \
	}                                                                                     \
	scope void prefix##_remove(type *node, struct rb_root_cached *root)                   \
	{                                                                                     \
		rb_erase_augmented_cached(&node->rb, root, &prefix##_augment);                \
	}                                                                                     \
	/* The first overlap with [start, last] below @at, the most of which is >= start. */  \
	static type *prefix##_subtree_search(type *at, value start, value last)               \
	{                                                                                     \
		while (at) {                                                                  \
			type *left = rb_entry_safe(at->rb.rb_left, type, rb);                 \
			type *right = rb_entry_safe(at->rb.rb_right, type, rb);               \
                                                                                              \
			if (left && left->most >= start) {                                    \
				at = left;                                                    \
				continue;                                                     \
			}                                                                     \
			if (START(at) > last)                                                 \
				return NULL;                                                  \
			if (LAST(at) >= start)                                                \
				return at;                                                    \
			at = right && right->most >= start ? right : NULL;                    \
		}                                                                             \
		return NULL;                                                                  \
	}                                                                                     \
	scope type *prefix##_iter_first(struct rb_root_cached *root, value start, value last) \
	{                                                                                     \
		type *top = rb_entry_safe(root->rb_root.rb_node, type, rb);                   \
		type *first = rb_entry_safe(root->rb_leftmost, type, rb);                     \
                                                                                              \
		if (!top || top->most < start || START(first) > last)                         \
			return NULL;                                                          \
		return prefix##_subtree_search(top, start, last);                             \
	}                                                                                     \
	scope type *prefix##_iter_next(type *node, value start, value last)                   \
	{                                                                                     \
		type *right = rb_entry_safe(node->rb.rb_right, type, rb);                     \
		struct rb_node *below, *above;                                                \
                                                                                              \
		if (right && right->most >= start)                                            \
			return prefix##_subtree_search(right, start, last);                   \
		for (below = &node->rb; (above = rb_parent(below)) != NULL; below = above) {  \
			type *parent = rb_entry(above, type, rb);                             \
                                                                                              \
			if (above->rb_left != below)                                          \
				continue;                                                     \
			if (START(parent) > last)                                             \
				return NULL;                                                  \
			if (LAST(parent) >= start)                                            \
				return parent;                                                \
			right = rb_entry_safe(above->rb_right, type, rb);                     \
			if (right && right->most >= start)                                    \
				return prefix##_subtree_search(right, start, last);           \
		}                                                                             \
		return NULL;                                                                  \
	}

#endif /* COMPAT_LINUX_INTERVAL_TREE_GENERIC_H */
