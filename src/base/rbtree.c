/* SPDX-License-Identifier: MIT */
/*
 * rbtree.c - balancing, erasing and walking of red-black trees; see quire/rbtree.h.
 *
 * 1. Mirror images. Whatever is done on the left is done on the right, mirrored;
 *    so every step below is written once, with a side `dir` (false left, true
 *    right) and link(node, dir) for the child on that side.
 *
 * 2. Rotation of `top` towards dir; its child on the other side comes up:
 *
 *	       top                 up
 *	      /   \               /  \
 *	     a     up    --->   top   c          (dir = left)
 *	          /  \         /  \
 *	         b    c       a    b
 *
 * 3. Insert: a new red node can only break R2, with its parent P (red) below the
 *    grandparent G (black). Uncle red: colours move up from G, and G is the new
 *    red node. Uncle black: one rotation brings node, P and G into a line,
 *    another brings P up; done.
 *
 * 4. Erase: the place that is emptied has at most one child, a red one, which
 *    takes the place and the black colour. No child and black: that side lacks
 *    a black node (R3). With S the sibling of the lacking side, in the order of
 *    the tests below:
 *	S red             rotate the parent, so that the sibling is black
 *	S's children black  S becomes red: now the whole parent lacks one; a red
 *	                  parent makes up for it by turning black
 *	far child black   rotate S, so that the far child is red
 *	far child red     rotate the parent: the far child, black now, makes up for it
 */
#include <quire/rbtree_augmented.h>

typedef void (*rotate_fn)(struct rb_node *old, struct rb_node *fresh);

static inline struct rb_node **link(struct rb_node *node, bool dir)
{
	return dir ? &node->rb_right : &node->rb_left;
}

static inline bool red(const struct rb_node *node)
{
	return node && rb_is_red(node);
}

static inline void set_color(struct rb_node *node, unsigned long color)
{
	node->__rb_parent_color = (node->__rb_parent_color & ~1ul) | color;
}

/* Rotates @top towards @dir. Colours stay with their nodes. Return: the node that came up. */
static inline struct rb_node *rotate(struct rb_root *root, struct rb_node *top, bool dir,
				     rotate_fn changed)
{
	struct rb_node *up = *link(top, !dir), *inner = *link(up, dir), *parent = rb_parent(top);

	*link(top, !dir) = inner;
	if (inner)
		rb_set_parent(inner, top);
	*link(up, dir) = top;
	rb_set_parent(top, up);
	rb_set_parent(up, parent);
	__rb_change_child(top, up, parent, root);
	changed(top, up);
	return up;
}

static inline __attribute__((always_inline)) void
fix_insert(struct rb_node *node, struct rb_root *root, rotate_fn changed)
{
	struct rb_node *parent, *grand, *uncle;
	bool dir;

	for (;;) {
		parent = rb_parent(node);
		if (!parent) {
			set_color(node, RB_BLACK);
			return;
		}
		if (rb_is_black(parent))
			return;
		grand = rb_parent(parent);
		dir = parent == grand->rb_right;
		uncle = *link(grand, !dir);
		if (!red(uncle))
			break;
		set_color(parent, RB_BLACK);
		set_color(uncle, RB_BLACK);
		set_color(grand, RB_RED);
		node = grand;
	}
	if (node == *link(parent, !dir))
		parent = rotate(root, parent, dir, changed);
	set_color(parent, RB_BLACK);
	set_color(grand, RB_RED);
	rotate(root, grand, !dir, changed);
}

static inline __attribute__((always_inline)) void fix_erase(struct rb_node *parent,
							    struct rb_root *root, rotate_fn changed)
{
	struct rb_node *lacking = NULL, *sibling;
	bool dir;

	for (;;) {
		dir = parent->rb_right == lacking;
		sibling = *link(parent, !dir);
		if (rb_is_red(sibling)) {
			set_color(sibling, RB_BLACK);
			set_color(parent, RB_RED);
			rotate(root, parent, dir, changed);
			sibling = *link(parent, !dir);
		}
		if (red(sibling->rb_left) || red(sibling->rb_right))
			break;
		set_color(sibling, RB_RED);
		if (rb_is_red(parent)) {
			set_color(parent, RB_BLACK);
			return;
		}
		lacking = parent;
		parent = rb_parent(parent);
		if (!parent)
			return;
	}
	if (!red(*link(sibling, !dir))) {
		set_color(sibling, RB_RED);
		sibling = rotate(root, sibling, !dir, changed);
	}
	set_color(sibling, rb_color(parent));
	set_color(parent, RB_BLACK);
	set_color(*link(sibling, !dir), RB_BLACK);
	rotate(root, parent, dir, changed);
}

/* @child, or nothing, takes the place of @node, which has no other child. */
static inline struct rb_node *unlink_simple(struct rb_node *node, struct rb_root *root)
{
	struct rb_node *child = node->rb_left ? node->rb_left : node->rb_right;
	struct rb_node *parent = rb_parent(node);

	__rb_change_child(node, child, parent, root);
	if (child) {
		child->__rb_parent_color = node->__rb_parent_color;
		return NULL;
	}
	return rb_is_black(node) ? parent : NULL;
}

/* The next larger node takes the place and the colour of @node, which has two children. */
static inline __attribute__((always_inline)) struct rb_node *
unlink_inner(struct rb_node *node, struct rb_root *root, const struct rb_augment_callbacks *augment)
{
	struct rb_node *heir = node->rb_right, *gap, *child, *lacking = NULL;

	while (heir->rb_left)
		heir = heir->rb_left;
	child = heir->rb_right;
	gap = rb_parent(heir);
	if (gap == node) {
		gap = heir;
	} else {
		gap->rb_left = child;
		heir->rb_right = node->rb_right;
		rb_set_parent(heir->rb_right, heir);
	}
	if (child)
		rb_set_parent_color(child, gap, RB_BLACK);
	else if (rb_is_black(heir))
		lacking = gap;
	heir->rb_left = node->rb_left;
	rb_set_parent(heir->rb_left, heir);
	heir->__rb_parent_color = node->__rb_parent_color;
	__rb_change_child(node, heir, rb_parent(node), root);
	augment->copy(node, heir);
	if (gap != heir)
		augment->propagate(gap, heir);
	augment->propagate(heir, NULL);
	return lacking;
}

static inline __attribute__((always_inline)) struct rb_node *
unlink_node(struct rb_node *node, struct rb_root *root, const struct rb_augment_callbacks *augment)
{
	struct rb_node *lacking;

	if (node->rb_left && node->rb_right)
		return unlink_inner(node, root, augment);
	lacking = unlink_simple(node, root);
	augment->propagate(rb_parent(node), NULL);
	return lacking;
}

static inline void plain_two(struct rb_node *a, struct rb_node *b)
{
}

static const struct rb_augment_callbacks plain = {
	.propagate = plain_two,
	.copy = plain_two,
	.rotate = plain_two,
};

void rb_insert_color(struct rb_node *node, struct rb_root *root)
{
	fix_insert(node, root, plain_two);
}

void rb_erase(struct rb_node *node, struct rb_root *root)
{
	struct rb_node *lacking = unlink_node(node, root, &plain);

	if (lacking)
		fix_erase(lacking, root, plain_two);
}

void __rb_insert_augmented(struct rb_node *node, struct rb_root *root,
			   void (*changed)(struct rb_node *old, struct rb_node *fresh))
{
	fix_insert(node, root, changed);
}

struct rb_node *__rb_erase_augmented(struct rb_node *node, struct rb_root *root,
				     const struct rb_augment_callbacks *augment)
{
	return unlink_node(node, root, augment);
}

void __rb_erase_color(struct rb_node *parent, struct rb_root *root,
		      void (*changed)(struct rb_node *old, struct rb_node *fresh))
{
	fix_erase(parent, root, changed);
}

void rb_replace_node(struct rb_node *victim, struct rb_node *fresh, struct rb_root *root)
{
	*fresh = *victim;
	if (fresh->rb_left)
		rb_set_parent(fresh->rb_left, fresh);
	if (fresh->rb_right)
		rb_set_parent(fresh->rb_right, fresh);
	__rb_change_child(victim, fresh, rb_parent(victim), root);
}

/* From @node as far as possible to one side. */
static struct rb_node *outermost(struct rb_node *node, bool dir)
{
	if (!node)
		return NULL;
	while (*link(node, dir))
		node = *link(node, dir);
	return node;
}

struct rb_node *rb_first(const struct rb_root *root)
{
	return outermost(root->rb_node, false);
}

struct rb_node *rb_last(const struct rb_root *root)
{
	return outermost(root->rb_node, true);
}

/* The neighbour on one side: below, or the first ancestor that is reached from the other side. */
static inline struct rb_node *neighbour(struct rb_node *node, bool dir)
{
	struct rb_node *parent;

	if (RB_EMPTY_NODE(node))
		return NULL;
	if (*link(node, dir))
		return outermost(*link(node, dir), !dir);
	while ((parent = rb_parent(node)) && node == *link(parent, dir))
		node = parent;
	return parent;
}

struct rb_node *rb_next(const struct rb_node *node)
{
	return neighbour((struct rb_node *)node, true);
}

struct rb_node *rb_prev(const struct rb_node *node)
{
	return neighbour((struct rb_node *)node, false);
}

/* The first node of a postorder walk below @node: a leaf, to the left where possible. */
static struct rb_node *deepest(struct rb_node *node)
{
	while (node && (node->rb_left || node->rb_right))
		node = node->rb_left ? node->rb_left : node->rb_right;
	return node;
}

struct rb_node *rb_first_postorder(const struct rb_root *root)
{
	return deepest(root->rb_node);
}

struct rb_node *rb_next_postorder(const struct rb_node *node)
{
	struct rb_node *parent;

	if (!node)
		return NULL;
	parent = rb_parent(node);
	if (parent && node == parent->rb_left && parent->rb_right)
		return deepest(parent->rb_right);
	return parent;
}

/* What rb_validate() carries along; @paths: black nodes on each path, 0: none ended yet. */
struct check {
	bool (*less)(const struct rb_node *a, const struct rb_node *b);
	const struct rb_node *before;
	unsigned int paths;
	const char *wrong;
};

/* A path from the root ends here, after @blacks black nodes. */
static void check_path(struct check *check, unsigned int blacks)
{
	if (!check->paths)
		check->paths = blacks;
	else if (check->paths != blacks)
		check->wrong = "R3: paths with different numbers of black nodes";
}

/*
 * Checks @node and all below it, in order. Goes down only where the child points back at its
 * parent: so it ends on every graph, for no node is met twice. On a tree that keeps R2 and R3
 * it is at most 2 log2(n + 1) calls deep.
 */
static void check_below(struct check *check, const struct rb_node *node,
			const struct rb_node *parent, unsigned int blacks)
{
	if (check->wrong)
		return;
	if (!node) {
		check_path(check, blacks);
		return;
	}
	if (rb_parent(node) != parent)
		check->wrong = "a child does not point at its parent";
	else if (rb_is_red(node) && (!parent || rb_is_red(parent)))
		check->wrong = parent ? "R2: a red node has a red child" : "R1: the root is red";
	if (check->wrong)
		return;
	blacks += rb_is_black(node);
	check_below(check, node->rb_left, node, blacks);
	if (!check->wrong && check->less && check->before && check->less(node, check->before))
		check->wrong = "a node is smaller than the one before it";
	check->before = node;
	check_below(check, node->rb_right, node, blacks);
}

const char *rb_validate(const struct rb_root *root,
			bool (*less)(const struct rb_node *a, const struct rb_node *b))
{
	struct check check = { .less = less };

	check_below(&check, root->rb_node, NULL, 0);
	return check.wrong;
}
