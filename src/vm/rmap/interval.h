/* SPDX-License-Identifier: MIT */
/*
 * rmap/interval.h - a search tree of ranges: which ranges meet [first, last]?
 *
 * 1. Nodes are sorted by where their range starts. Each knows the largest end in its subtree,
 *    so a search leaves out subtrees that end too early: O(log n + found).
 * 2. Walking goes by start, smallest first: as soon as a start lies behind @last, it ends.
 *
 * INTERVAL_TREE(specifiers, name, type, shared, first, last) defines, for a @type whose member
 * @shared holds rb and rb_subtree_last:
 *	name_insert(node, root), name_remove(node, root),
 *	name_first(root, first, last), name_next(node, first, last)
 * @first, @last: functions of a node, both inclusive; they must not change while it is inside.
 *
 * Source: Cormen et al., "Introduction to Algorithms", chapter 14.3.
 */
#ifndef QUIRE_VM_RMAP_INTERVAL_H
#define QUIRE_VM_RMAP_INTERVAL_H

#include <quire/rbtree_augmented.h>

/* clang-format off */
#define INTERVAL_TREE(specifiers, name, type, first_of, last_of)                                 \
	RB_DECLARE_CALLBACKS_MAX(static, name##_augment, type, shared.rb, unsigned long,         \
				 shared.rb_subtree_last, last_of)                                \
	specifiers void name##_insert(type *node, struct rb_root_cached *root)                   \
	{                                                                                        \
		struct rb_node **link = &root->rb_root.rb_node, *parent = NULL;                  \
		unsigned long first = first_of(node), last = last_of(node);                      \
		bool leftmost = true;                                                            \
                                                                                                 \
		while (*link) {                                                                  \
			type *at = rb_entry(*link, type, shared.rb);                             \
                                                                                                 \
			parent = *link;                                                          \
			if (at->shared.rb_subtree_last < last)                                   \
				at->shared.rb_subtree_last = last;                               \
			if (first < first_of(at)) {                                              \
				link = &parent->rb_left;                                         \
			} else {                                                                 \
				link = &parent->rb_right;                                        \
				leftmost = false;                                                \
			}                                                                        \
		}                                                                                \
		node->shared.rb_subtree_last = last;                                             \
		rb_link_node(&node->shared.rb, parent, link);                                    \
		rb_insert_augmented_cached(&node->shared.rb, root, leftmost, &name##_augment);   \
	}                                                                                        \
	specifiers void name##_remove(type *node, struct rb_root_cached *root)                   \
	{                                                                                        \
		rb_erase_augmented_cached(&node->shared.rb, root, &name##_augment);              \
	}                                                                                        \
	/* The first in the subtree of @rb that ends at or behind @first, if it starts in time. */ \
	static type *name##_below(struct rb_node *rb, unsigned long first, unsigned long last)   \
	{                                                                                        \
		while (rb) {                                                                     \
			type *at = rb_entry(rb, type, shared.rb);                                \
			type *left = rb_entry_safe(rb->rb_left, type, shared.rb);                \
                                                                                                 \
			if (left && left->shared.rb_subtree_last >= first) {                     \
				rb = rb->rb_left;                                                \
				continue;                                                        \
			}                                                                        \
			if (first_of(at) > last)                                                 \
				return NULL;                                                     \
			if (last_of(at) >= first)                                                \
				return at;                                                       \
			rb = rb->rb_right;                                                       \
		}                                                                                \
		return NULL;                                                                     \
	}                                                                                        \
	specifiers type *name##_first(struct rb_root_cached *root, unsigned long first,          \
				      unsigned long last)                                        \
	{                                                                                        \
		return name##_below(root->rb_root.rb_node, first, last);                         \
	}                                                                                        \
	specifiers type *name##_next(type *node, unsigned long first, unsigned long last)        \
	{                                                                                        \
		struct rb_node *rb = &node->shared.rb;                                           \
		type *right = rb_entry_safe(rb->rb_right, type, shared.rb);                      \
                                                                                                 \
		if (right && right->shared.rb_subtree_last >= first)                             \
			return name##_below(rb->rb_right, first, last);                          \
		for (;;) {                                                                       \
			struct rb_node *parent = rb_parent(rb);                                  \
			bool was_right = parent && parent->rb_right == rb;                       \
                                                                                                 \
			if (!parent)                                                             \
				return NULL;                                                     \
			rb = parent;                                                             \
			if (was_right)                                                           \
				continue;                                                        \
			node = rb_entry(rb, type, shared.rb);                                    \
			if (first_of(node) > last)                                               \
				return NULL;                                                     \
			if (last_of(node) >= first)                                              \
				return node;                                                     \
			right = rb_entry_safe(rb->rb_right, type, shared.rb);                    \
			if (right && right->shared.rb_subtree_last >= first)                     \
				return name##_below(rb->rb_right, first, last);                  \
		}                                                                                \
	}
/* clang-format on */

#endif /* QUIRE_VM_RMAP_INTERVAL_H */
