/* SPDX-License-Identifier: MIT */
/*
 * rbtree.h - red-black trees inside the caller's structures, with Linux's names.
 *
 * 1. A binary search tree whose nodes are red or black:
 *      R1  the root is black;
 *      R2  a red node has no red child;
 *      R3  every path from a node down to a missing child passes equally many
 *          black nodes.
 *    So no path is more than twice as long as another, and the height is at
 *    most 2 log2(n + 1). Insert and erase restore R1-R3 by recolouring along
 *    the path upwards and at most two or three rotations.
 * 2. The tree knows no keys: the caller descends itself, hangs the node into the
 *    empty place (rb_link_node) and has the tree balanced (rb_insert_color).
 *    rb_add() and rb_find() do the descent by a comparison function.
 * 3. A struct rb_node keeps its parent and its colour in one word, the colour in
 *    the lowest bit (nodes are aligned to words):
 *
 *	__rb_parent_color   | parent address ......... | c |   c: 0 red, 1 black
 *	rb_right, rb_left   children
 *
 * 4. A cached root also knows its leftmost node, so that the smallest is O(1).
 *
 * Trees whose nodes carry a value computed from those below are in
 * quire/rbtree_augmented.h.
 *
 * All operations are O(log n) unless said otherwise. No locking.
 * Left out: latched and lock-free walks.
 * Sources: L. J. Guibas, R. Sedgewick, "A dichromatic framework for balanced trees"
 * (FOCS 1978); Cormen, Leiserson, Rivest, Stein, "Introduction to Algorithms", chapter 13;
 * names and semantics of Linux 6.1 include/linux/rbtree.h. Unlike Linux's,
 * the code treats both mirror images at once.
 */
#ifndef QUIRE_RBTREE_H
#define QUIRE_RBTREE_H

#include <quire/api.h>
#include <quire/types.h>

QUIRE_BEGIN_DECLS

/*
 * How the functions that walk and balance are named: as all of Quire's. A program that brings a
 * red-black tree of its own under these names (kernel code may) says so before.
 */
#ifndef QUIRE_RBTREE_API
#define QUIRE_RBTREE_API(name) QUIRE_API(name)
#endif

/** struct rb_node - lives in the caller's structure. */
struct rb_node {
	unsigned long __rb_parent_color;
	struct rb_node *rb_right;
	struct rb_node *rb_left;
} __quire_aligned(sizeof(long));

/** struct rb_root - a tree. */
struct rb_root {
	struct rb_node *rb_node;
};

/** struct rb_root_cached - a tree that knows its smallest node. */
struct rb_root_cached {
	struct rb_root rb_root;
	struct rb_node *rb_leftmost;
};

#define RB_ROOT          \
	(struct rb_root) \
	{                \
		NULL     \
	}
#define RB_ROOT_CACHED          \
	(struct rb_root_cached) \
	{                       \
		{ NULL }, NULL  \
	}

#define RB_RED	 0
#define RB_BLACK 1

#define __rb_parent(pc)	  ((struct rb_node *)((pc) & ~3ul))
#define __rb_color(pc)	  ((pc)&1)
#define __rb_is_black(pc) __rb_color(pc)
#define __rb_is_red(pc)	  (!__rb_color(pc))
#define rb_parent(node)	  __rb_parent((node)->__rb_parent_color)
#define rb_color(node)	  __rb_color((node)->__rb_parent_color)
#define rb_is_red(node)	  __rb_is_red((node)->__rb_parent_color)
#define rb_is_black(node) __rb_is_black((node)->__rb_parent_color)

#define rb_entry(ptr, type, member) container_of(ptr, type, member)
/** rb_entry_safe() - rb_entry(), NULL for NULL. */
#define rb_entry_safe(ptr, type, member)                                      \
	({                                                                    \
		__typeof__(ptr) quire_rbp = (ptr);                            \
		quire_rbp ? rb_entry(quire_rbp, type, member) : (type *)NULL; \
	})

#define RB_EMPTY_ROOT(root) (READ_ONCE((root)->rb_node) == NULL)
/* A cleared node is its own parent: on no tree. */
#define RB_EMPTY_NODE(node) ((node)->__rb_parent_color == (unsigned long)(node))
#define RB_CLEAR_NODE(node) ((node)->__rb_parent_color = (unsigned long)(node))

/** rb_set_parent() - changes the parent, not the colour. */
static inline void rb_set_parent(struct rb_node *node, struct rb_node *parent)
{
	node->__rb_parent_color = rb_color(node) | (unsigned long)parent;
}

/** rb_set_parent_color() - changes both. */
static inline void rb_set_parent_color(struct rb_node *node, struct rb_node *parent, int color)
{
	node->__rb_parent_color = (unsigned long)parent | (unsigned long)color;
}

/** rb_link_node() - hangs red @node at *@link, the empty child place of @parent. O(1). */
static inline void rb_link_node(struct rb_node *node, struct rb_node *parent, struct rb_node **link)
{
	node->__rb_parent_color = (unsigned long)parent;
	node->rb_left = NULL;
	node->rb_right = NULL;
	*link = node;
}

/** rb_insert_color() - balances @root after rb_link_node() of @node. */
void rb_insert_color(struct rb_node *node, struct rb_root *root) QUIRE_RBTREE_API(rb_insert_color);
/** rb_erase() - takes @node, which is on it, off @root. */
void rb_erase(struct rb_node *node, struct rb_root *root) QUIRE_RBTREE_API(rb_erase);
/** rb_replace_node() - @fresh, with an equal key, takes the place of @victim. O(1). */
void rb_replace_node(struct rb_node *victim, struct rb_node *fresh, struct rb_root *root)
	QUIRE_RBTREE_API(rb_replace_node);

/** rb_first() - the smallest node, NULL when empty. */
struct rb_node *rb_first(const struct rb_root *root) QUIRE_RBTREE_API(rb_first);
/** rb_last() - the largest node, NULL when empty. */
struct rb_node *rb_last(const struct rb_root *root) QUIRE_RBTREE_API(rb_last);
/** rb_next() - the next larger node; NULL after the last and for a cleared node. O(1) on average.
 */
struct rb_node *rb_next(const struct rb_node *node) QUIRE_RBTREE_API(rb_next);
/** rb_prev() - the next smaller node; NULL before the first and for a cleared node. */
struct rb_node *rb_prev(const struct rb_node *node) QUIRE_RBTREE_API(rb_prev);

/** rb_first_postorder() - first of a walk that meets children before their parent. */
struct rb_node *rb_first_postorder(const struct rb_root *root) QUIRE_RBTREE_API(rb_first_postorder);
/** rb_next_postorder() - next of that walk. */
struct rb_node *rb_next_postorder(const struct rb_node *node) QUIRE_RBTREE_API(rb_next_postorder);

/* Walks in postorder; @pos may be freed in the body, but not erased: the tree is given up. */
#define rbtree_postorder_for_each_entry_safe(pos, n, root, member)                                 \
	for (pos = rb_entry_safe(rb_first_postorder(root), __typeof__(*pos), member);              \
	     pos && ({                                                                             \
		     n = rb_entry_safe(rb_next_postorder(&pos->member), __typeof__(*pos), member); \
		     1;                                                                            \
	     });                                                                                   \
	     pos = n)

/**
 * rb_validate() - walks the whole tree.
 * @less: is the first node's key smaller than the second's? NULL: order is not looked at.
 * Return: NULL when R1-R3, all parent pointers and the order hold, else what is wrong. O(n).
 */
QUIRE_MUST_CHECK const char *
rb_validate(const struct rb_root *root,
	    bool (*less)(const struct rb_node *a, const struct rb_node *b)) QUIRE_API(rb_validate);

/* Cached roots. */

#define rb_first_cached(root) ((root)->rb_leftmost)

/** rb_insert_color_cached() - @leftmost: has the descent always gone left? */
static inline void rb_insert_color_cached(struct rb_node *node, struct rb_root_cached *root,
					  bool leftmost)
{
	if (leftmost)
		root->rb_leftmost = node;
	rb_insert_color(node, &root->rb_root);
}

/** rb_erase_cached() - takes @node off. Return: the new smallest node when @node was it, else NULL.
 */
static inline struct rb_node *rb_erase_cached(struct rb_node *node, struct rb_root_cached *root)
{
	struct rb_node *leftmost = NULL;

	if (root->rb_leftmost == node)
		leftmost = root->rb_leftmost = rb_next(node);
	rb_erase(node, &root->rb_root);
	return leftmost;
}

/** rb_replace_node_cached() - rb_replace_node() on a cached root. */
static inline void rb_replace_node_cached(struct rb_node *victim, struct rb_node *fresh,
					  struct rb_root_cached *root)
{
	if (root->rb_leftmost == victim)
		root->rb_leftmost = fresh;
	rb_replace_node(victim, fresh, &root->rb_root);
}

/* Descents by a comparison. Equal nodes stay in the order of adding. */

/** quire_rb_place() - the empty place for @node. @leftmost: set to: is it the smallest? */
static inline struct rb_node **quire_rb_place(struct rb_node *node, struct rb_root *tree,
					      bool (*less)(struct rb_node *,
							   const struct rb_node *),
					      struct rb_node **parent, bool *leftmost)
{
	struct rb_node **link = &tree->rb_node;

	*parent = NULL;
	*leftmost = true;
	while (*link) {
		*parent = *link;
		if (less(node, *parent)) {
			link = &(*parent)->rb_left;
		} else {
			link = &(*parent)->rb_right;
			*leftmost = false;
		}
	}
	return link;
}

/** rb_add() - adds @node to @tree in the order of @less. */
static inline void rb_add(struct rb_node *node, struct rb_root *tree,
			  bool (*less)(struct rb_node *, const struct rb_node *))
{
	struct rb_node *parent;
	bool leftmost;
	struct rb_node **link = quire_rb_place(node, tree, less, &parent, &leftmost);

	rb_link_node(node, parent, link);
	rb_insert_color(node, tree);
}

/** rb_add_cached() - adds @node. Return: @node when it is the smallest now, else NULL. */
static inline struct rb_node *rb_add_cached(struct rb_node *node, struct rb_root_cached *tree,
					    bool (*less)(struct rb_node *, const struct rb_node *))
{
	struct rb_node *parent;
	bool leftmost;
	struct rb_node **link = quire_rb_place(node, &tree->rb_root, less, &parent, &leftmost);

	rb_link_node(node, parent, link);
	rb_insert_color_cached(node, tree, leftmost);
	return leftmost ? node : NULL;
}

/** rb_find_add() - adds @node unless an equal one is there. Return: that one, NULL when added. */
static inline struct rb_node *rb_find_add(struct rb_node *node, struct rb_root *tree,
					  int (*cmp)(struct rb_node *, const struct rb_node *))
{
	struct rb_node **link = &tree->rb_node, *parent = NULL;

	while (*link) {
		int order = cmp(node, *link);

		parent = *link;
		if (!order)
			return parent;
		link = order < 0 ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(node, parent, link);
	rb_insert_color(node, tree);
	return NULL;
}

/** rb_find() - any node that equals @key, or NULL. */
static inline struct rb_node *rb_find(const void *key, const struct rb_root *tree,
				      int (*cmp)(const void *key, const struct rb_node *))
{
	struct rb_node *node = tree->rb_node;

	while (node) {
		int order = cmp(key, node);

		if (!order)
			break;
		node = order < 0 ? node->rb_left : node->rb_right;
	}
	return node;
}

/** rb_find_first() - the leftmost of the nodes that equal @key, or NULL. */
static inline struct rb_node *rb_find_first(const void *key, const struct rb_root *tree,
					    int (*cmp)(const void *key, const struct rb_node *))
{
	struct rb_node *node = tree->rb_node, *match = NULL;

	while (node) {
		int order = cmp(key, node);

		if (!order)
			match = node;
		node = order <= 0 ? node->rb_left : node->rb_right;
	}
	return match;
}

/** rb_next_match() - the node after @node if it equals @key, else NULL. */
static inline struct rb_node *rb_next_match(const void *key, struct rb_node *node,
					    int (*cmp)(const void *key, const struct rb_node *))
{
	node = rb_next(node);
	return node && !cmp(key, node) ? node : NULL;
}

#define rb_for_each(node, key, tree, cmp)                          \
	for ((node) = rb_find_first((key), (tree), (cmp)); (node); \
	     (node) = rb_next_match((key), (node), (cmp)))

QUIRE_END_DECLS

#endif /* QUIRE_RBTREE_H */
