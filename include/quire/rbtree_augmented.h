/* SPDX-License-Identifier: MIT */
/*
 * rbtree_augmented.h - red-black trees whose nodes know something about all below them.
 *
 * 1. Each node carries a value computed from its own data and its children's
 *    values: the largest end of an interval, the largest gap, a count. A search
 *    then skips whole subtrees.
 *
 *	             [4,5] most 9           most: the largest end
 *	            /            \          of an interval in
 *	     [1,9] most 9      [7,8] most 8  the subtree
 *
 * 2. The tree calls back where it moves nodes: rotate when two change places,
 *    copy when one takes the place of another, propagate when a subtree has
 *    changed and the values above must follow.
 * 3. Before rb_insert_augmented() the caller has set the value of the new node and
 *    brought those of its ancestors up to date, on its way down.
 *
 * Sources: Cormen, Leiserson, Rivest, Stein, "Introduction to Algorithms", chapter 14;
 * names and semantics of Linux 6.1 include/linux/rbtree_augmented.h.
 */
#ifndef QUIRE_RBTREE_AUGMENTED_H
#define QUIRE_RBTREE_AUGMENTED_H

#include <quire/rbtree.h>

QUIRE_BEGIN_DECLS

/**
 * struct rb_augment_callbacks - keeps the computed values of an augmented tree right.
 * @propagate: recomputes @node and its ancestors, until one does not change or @stop is reached
 * @copy: @fresh takes @old's place: gets @old's value
 * @rotate: @fresh has become the parent of @old: gets @old's value, @old is recomputed
 */
struct rb_augment_callbacks {
	void (*propagate)(struct rb_node *node, struct rb_node *stop);
	void (*copy)(struct rb_node *old, struct rb_node *fresh);
	void (*rotate)(struct rb_node *old, struct rb_node *fresh);
};

/** __rb_insert_augmented() - rb_insert_color() with a rotate callback. */
void __rb_insert_augmented(struct rb_node *node, struct rb_root *root,
			   void (*rotate)(struct rb_node *old, struct rb_node *fresh))
	QUIRE_RBTREE_API(__rb_insert_augmented);
/** __rb_erase_augmented() - unlinks @node. Return: where __rb_erase_color() is to begin, or NULL.
 */
struct rb_node *__rb_erase_augmented(struct rb_node *node, struct rb_root *root,
				     const struct rb_augment_callbacks *augment)
	QUIRE_API(__rb_erase_augmented);
/** __rb_erase_color() - restores R3 below @parent, one side of which lacks a black node. */
void __rb_erase_color(struct rb_node *parent, struct rb_root *root,
		      void (*rotate)(struct rb_node *old, struct rb_node *fresh))
	QUIRE_RBTREE_API(__rb_erase_color);

/** rb_insert_augmented() - balances @root after rb_link_node() of @node. */
static inline void rb_insert_augmented(struct rb_node *node, struct rb_root *root,
				       const struct rb_augment_callbacks *augment)
{
	__rb_insert_augmented(node, root, augment->rotate);
}

/** rb_erase_augmented() - takes @node off @root. */
static inline void rb_erase_augmented(struct rb_node *node, struct rb_root *root,
				      const struct rb_augment_callbacks *augment)
{
	struct rb_node *parent = __rb_erase_augmented(node, root, augment);

	if (parent)
		__rb_erase_color(parent, root, augment->rotate);
}

/** __rb_change_child() - @parent (NULL: the root) has @fresh where it had @old. */
static inline void __rb_change_child(struct rb_node *old, struct rb_node *fresh,
				     struct rb_node *parent, struct rb_root *root)
{
	if (!parent)
		WRITE_ONCE(root->rb_node, fresh);
	else if (parent->rb_left == old)
		WRITE_ONCE(parent->rb_left, fresh);
	else
		WRITE_ONCE(parent->rb_right, fresh);
}

/**
 * RB_DECLARE_CALLBACKS() - defines callbacks @name of an augmented tree.
 * @specifiers: static, or empty
 * @type, @field: the structure and its rb_node
 * @augmented: the member that holds the value
 * @compute: bool compute(type *node, bool exit): computes the member from the node and
 *	its children; with @exit: returns true when that changes nothing
 */
#define RB_DECLARE_CALLBACKS(specifiers, name, type, field, augmented, compute)                  \
	static inline void name##_propagate(struct rb_node *node, struct rb_node *stop)          \
	{                                                                                        \
		while (node != stop && !compute(rb_entry(node, type, field), true))              \
			node = rb_parent(node);                                                  \
	}                                                                                        \
	static inline void name##_copy(struct rb_node *old, struct rb_node *fresh)               \
	{                                                                                        \
		rb_entry(fresh, type, field)->augmented = rb_entry(old, type, field)->augmented; \
	}                                                                                        \
	static void name##_rotate(struct rb_node *old, struct rb_node *fresh)                    \
	{                                                                                        \
		name##_copy(old, fresh);                                                         \
		compute(rb_entry(old, type, field), false);                                      \
	}                                                                                        \
	specifiers const struct rb_augment_callbacks name = {                                    \
		.propagate = name##_propagate,                                                   \
		.copy = name##_copy,                                                             \
		.rotate = name##_rotate,                                                         \
	};

/**
 * RB_DECLARE_CALLBACKS_MAX() - the same, the value being the maximum over the subtree.
 * @value_type: of the member
 * @own: value_type own(type *node): the node's own value
 */
#define RB_DECLARE_CALLBACKS_MAX(specifiers, name, type, field, value_type, augmented, own) \
	static inline bool name##_compute_max(type *node, bool exit)                        \
	{                                                                                   \
		type *left = rb_entry_safe(node->field.rb_left, type, field);               \
		type *right = rb_entry_safe(node->field.rb_right, type, field);             \
		value_type most = own(node);                                                \
                                                                                            \
		if (left && left->augmented > most)                                         \
			most = left->augmented;                                             \
		if (right && right->augmented > most)                                       \
			most = right->augmented;                                            \
		if (exit && node->augmented == most)                                        \
			return true;                                                        \
		node->augmented = most;                                                     \
		return false;                                                               \
	}                                                                                   \
	RB_DECLARE_CALLBACKS(specifiers, name, type, field, augmented, name##_compute_max)

/** rb_insert_augmented_cached() - the same on an augmented tree. */
static inline void rb_insert_augmented_cached(struct rb_node *node, struct rb_root_cached *root,
					      bool leftmost,
					      const struct rb_augment_callbacks *augment)
{
	if (leftmost)
		root->rb_leftmost = node;
	rb_insert_augmented(node, &root->rb_root, augment);
}

/** rb_erase_augmented_cached() - takes @node off an augmented tree. */
static inline void rb_erase_augmented_cached(struct rb_node *node, struct rb_root_cached *root,
					     const struct rb_augment_callbacks *augment)
{
	if (root->rb_leftmost == node)
		root->rb_leftmost = rb_next(node);
	rb_erase_augmented(node, &root->rb_root, augment);
}

QUIRE_END_DECLS

#endif /* QUIRE_RBTREE_AUGMENTED_H */
