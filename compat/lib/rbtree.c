/* SPDX-License-Identifier: MIT */
/*
 * rbtree.c - the core's red-black trees under the names that a client may define itself.
 *
 * All of them in one member: a client that brings its own brings all.
 */
#include <linux/rbtree_augmented.h>

#define CORE(name) __asm__("quire_" #name)

typedef void rotate_fn(struct rb_node *old, struct rb_node *fresh);

void core_insert_color(struct rb_node *node, struct rb_root *root) CORE(rb_insert_color);
void core_erase(struct rb_node *node, struct rb_root *root) CORE(rb_erase);
void core_replace_node(struct rb_node *victim, struct rb_node *fresh, struct rb_root *root)
	CORE(rb_replace_node);
struct rb_node *core_first(const struct rb_root *root) CORE(rb_first);
struct rb_node *core_last(const struct rb_root *root) CORE(rb_last);
struct rb_node *core_next(const struct rb_node *node) CORE(rb_next);
struct rb_node *core_prev(const struct rb_node *node) CORE(rb_prev);
struct rb_node *core_first_postorder(const struct rb_root *root) CORE(rb_first_postorder);
struct rb_node *core_next_postorder(const struct rb_node *node) CORE(rb_next_postorder);
void core_insert_augmented(struct rb_node *node, struct rb_root *root, rotate_fn *rotate)
	CORE(__rb_insert_augmented);
void core_erase_color(struct rb_node *parent, struct rb_root *root, rotate_fn *rotate)
	CORE(__rb_erase_color);

void rb_insert_color(struct rb_node *node, struct rb_root *root)
{
	core_insert_color(node, root);
}

void rb_erase(struct rb_node *node, struct rb_root *root)
{
	core_erase(node, root);
}

void rb_replace_node(struct rb_node *victim, struct rb_node *fresh, struct rb_root *root)
{
	core_replace_node(victim, fresh, root);
}

/* The new node is whole before anything points at it. */
void rb_replace_node_rcu(struct rb_node *victim, struct rb_node *fresh, struct rb_root *root)
{
	struct rb_node *parent = rb_parent(victim);

	*fresh = *victim;
	if (victim->rb_left)
		rb_set_parent(victim->rb_left, fresh);
	if (victim->rb_right)
		rb_set_parent(victim->rb_right, fresh);
	__rb_change_child_rcu(victim, fresh, parent, root);
}

struct rb_node *rb_first(const struct rb_root *root)
{
	return core_first(root);
}

struct rb_node *rb_last(const struct rb_root *root)
{
	return core_last(root);
}

struct rb_node *rb_next(const struct rb_node *node)
{
	return core_next(node);
}

struct rb_node *rb_prev(const struct rb_node *node)
{
	return core_prev(node);
}

struct rb_node *rb_first_postorder(const struct rb_root *root)
{
	return core_first_postorder(root);
}

struct rb_node *rb_next_postorder(const struct rb_node *node)
{
	return core_next_postorder(node);
}

void __rb_insert_augmented(struct rb_node *node, struct rb_root *root, rotate_fn *rotate)
{
	core_insert_augmented(node, root, rotate);
}

void __rb_erase_color(struct rb_node *parent, struct rb_root *root, rotate_fn *rotate)
{
	core_erase_color(parent, root, rotate);
}
