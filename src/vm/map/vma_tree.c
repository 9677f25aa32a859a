/* SPDX-License-Identifier: MIT */
/*
 * map/vma_tree.c - the tree of VMAs: searching, inserting, erasing. See vma_tree.h.
 *
 * 1. A full node is cut in two before a further entry comes. Where VMAs come in order of
 *    address, as top-down mmap makes them, the cut leaves most entries on the far side, so that
 *    nodes end up four fifths full and not half.
 * 2. A node that falls below VMA_NODE_MIN entries shares with a neighbour, or joins it when both
 *    fit well into one. The marks lie apart, so that a VMA that comes and goes does not cut and
 *    join nodes each time.
 */
#include <quire/errno.h>
#include <quire/slab.h>

#include "base/assert.h"
#include "vm/map/vma_tree.h"

#define JOIN_MOST 12u

/* What an entry of a node says. */
struct entry {
	unsigned long end, low, gap;
	void *ptr;
};

static struct vma_tree_node *node_init(struct vma_tree_node *node)
{
	unsigned int i;

	node->nr = node->wide = 0;
	for (i = 0; i < VMA_NODE_SLOTS; i++)
		node->end[i] = VMA_NO_END; /* T4 */
	return node;
}

/* T6 for what is not used, after a change of how many are, or of the last. */
static inline void pad_keys(struct vma_tree_node *node)
{
	unsigned int i;

	for (i = node->nr; node->nr && i < VMA_NODE_SLOTS; i++)
		node->key[i] = node->key[node->nr - 1];
}

static inline void set_nr(struct vma_tree_node *node, unsigned int nr)
{
	node->nr = (u16)nr;
	pad_keys(node);
}

/* T6: how wide entry @slot is. */
static inline void mark_wide(struct vma_tree_node *node, unsigned int slot)
{
	const unsigned int wide = node->end[slot] - node->low[slot] >= VMA_WIDE;

	node->wide = (u16)((node->wide & ~(1u << slot)) | wide << slot);
}

static void mark_all(struct vma_tree_node *node)
{
	unsigned int i;

	node->wide = 0;
	for (i = 0; i < node->nr; i++)
		mark_wide(node, i);
}

static inline void entry_copy(struct vma_tree_node *to, unsigned int t,
			      const struct vma_tree_node *from, unsigned int f)
{
	to->key[t] = from->key[f];
	to->end[t] = from->end[f];
	to->low[t] = from->low[f];
	to->gap[t] = from->gap[f];
	to->child[t] = from->child[f];
}

/* Entries from @slot on move up by @n; what is there then is for the caller to set. */
static void shift_up(struct vma_tree_node *node, unsigned int slot, unsigned int n)
{
	const unsigned int below = (1u << slot) - 1;
	unsigned int i;

	for (i = node->nr; i-- > slot;)
		entry_copy(node, i + n, node, i);
	node->wide = (u16)((node->wide & below) | (node->wide & ~below) << n);
	node->nr = (u16)(node->nr + n);
}

/* Entries from @slot + @n on move down by @n. */
static void shift_down(struct vma_tree_node *node, unsigned int slot, unsigned int n)
{
	const unsigned int below = (1u << slot) - 1;
	unsigned int i;

	for (i = slot + n; i < node->nr; i++)
		entry_copy(node, i - n, node, i);
	node->wide = (u16)((node->wide & below) | (node->wide >> n & ~below));
	node->nr = (u16)(node->nr - n);
	if (n > 1 || slot == node->nr)
		pad_keys(node);
	for (i = 0; i < n; i++)
		node->end[node->nr + i] = VMA_NO_END; /* T4 */
}

static void put_entry(struct vma_tree_node *node, unsigned int slot, const struct entry *e)
{
	shift_up(node, slot, 1);
	node->key[slot] = vma_key(e->end);
	node->end[slot] = e->end;
	node->low[slot] = e->low;
	node->gap[slot] = e->gap;
	node->child[slot] = e->ptr;
	mark_wide(node, slot);
	if (slot + 1u == node->nr)
		pad_keys(node);
}

/* Entry @slot reaches from @low to @end. */
static inline void set_range(struct vma_tree_node *node, unsigned int slot, unsigned long low,
			     unsigned long end)
{
	node->key[slot] = vma_key(end);
	node->end[slot] = end;
	node->low[slot] = low;
	mark_wide(node, slot);
	if (slot + 1u == node->nr)
		pad_keys(node);
}

/* What is between two neighbouring entries, free to give away. */
static inline unsigned long gap_before(const struct vma_tree_node *node, unsigned int slot)
{
	return node->low[slot] > node->end[slot - 1] ? node->low[slot] - node->end[slot - 1] : 0;
}

static unsigned long widest_gap(const struct vma_tree_node *node)
{
	unsigned long widest = node->gap[0];
	unsigned int i;

	for (i = 1; i < node->nr; i++) {
		unsigned long gap = gap_before(node, i);

		if (node->gap[i] > gap)
			gap = node->gap[i];
		if (gap > widest)
			widest = gap;
	}
	return widest;
}

/* T2: entry @slot of @parent says of its child what is so. Return: did it say otherwise? */
static bool refresh(struct vma_tree_node *parent, unsigned int slot)
{
	const struct vma_tree_node *child = parent->child[slot];
	unsigned long end = child->end[child->nr - 1], low = child->low[0], gap = widest_gap(child);

	if (parent->end[slot] == end && parent->low[slot] == low && parent->gap[slot] == gap)
		return false;
	set_range(parent, slot, low, end);
	parent->gap[slot] = gap;
	return true;
}

/* The node of @level on the path has changed. */
static void refresh_up(struct vma_cursor *c, unsigned int level)
{
	while (++level < c->height)
		if (!refresh(c->path[level].node, c->path[level].slot))
			break;
}

/* --- walking ------------------------------------------------------------------------------ */

/* The rest of a search from entry @slot of the root, at @level, where the tree is wide. */
static struct vm_area_struct *__attribute__((noinline))
find_wide(const struct vma_tree_node *node, unsigned int level, unsigned int slot,
	  unsigned long addr)
{
	while (--level)
		node = vma_node_down(node, &slot, &addr);
	return node->vma[slot];
}

/*
 * The same below a node that is not wide, to whose first entry @addr was raised: nothing below is
 * wide, nor needs @addr to be raised again, so the keys are all that is read. The levels stand one
 * after the other and are no loop, whose last turn is not always foreseen: then the next search
 * does not begin while this one waits for memory, and takes twice the time.
 */
static struct vm_area_struct *__attribute__((noinline))
find_near(const struct vma_tree_node *node, unsigned int level, unsigned int slot,
	  unsigned long addr)
{
	switch (level) {
	default:
		for (; level > 6; level--)
			node = vma_node_down_near(node, &slot, addr);
		__attribute__((fallthrough));
	case 6:
		node = vma_node_down_near(node, &slot, addr);
		__attribute__((fallthrough));
	case 5:
		node = vma_node_down_near(node, &slot, addr);
		__attribute__((fallthrough));
	case 4:
		node = vma_node_down_near(node, &slot, addr);
		__attribute__((fallthrough));
	case 3:
		node = vma_node_down_near(node, &slot, addr);
		__attribute__((fallthrough));
	case 2:
		node = vma_node_down_near(node, &slot, addr);
	}
	return node->vma[slot];
}

struct vm_area_struct *vma_tree_find(const struct mm_struct *mm, unsigned long addr)
{
	const struct vma_tree_node *node = mm->areas;
	const unsigned int level = mm->areas_height;
	unsigned long low, end;
	unsigned int slot;

	if (unlikely(!level))
		return NULL;
	low = node->low[0];
	end = node->end[node->nr - 1u];
	if (unlikely(addr >= end))
		return NULL;
	addr = max(addr, low);
	if (likely(end - low < VMA_WIDE)) {
		slot = vma_node_find_near(node, addr);
		return level == 1 ? node->vma[slot] : find_near(node, level, slot, addr);
	}
	slot = vma_node_find(node, addr);
	if (level == 1)
		return node->vma[slot];
	if (node->wide >> slot & 1)
		return find_wide(node, level, slot, addr);
	return find_near(node, level, slot, max(addr, node->low[slot]));
}

struct vm_area_struct *vma_cursor_find(struct vma_cursor *c, struct mm_struct *mm,
				       unsigned long addr)
{
	struct vma_tree_node *node = mm->areas;
	unsigned int level = mm->areas_height, slot;
	bool behind = false;

	c->mm = mm;
	c->height = level;
	if (unlikely(!level))
		return NULL;
	slot = vma_node_find(node, addr);
	for (;;) {
		behind |= slot == node->nr;
		level--;
		if (unlikely(behind) && level) /* behind the last: at the end of the last leaf */
			slot = node->nr - 1u;
		c->path[level].node = node;
		c->path[level].slot = slot;
		if (!level)
			break;
		if (unlikely(behind)) {
			node = node->child[slot];
			slot = node->nr;
		} else {
			const struct vma_tree_node *parent = node;

			node = parent->child[slot];
			vma_node_down(parent, &slot, &addr);
		}
	}
	return slot < node->nr ? node->vma[slot] : NULL;
}

/* Down from @level to the first or last entries. */
static void descend(struct vma_cursor *c, unsigned int level, bool last)
{
	while (level--) {
		struct vma_tree_node *node =
			c->path[level + 1].node->child[c->path[level + 1].slot];

		c->path[level].node = node;
		c->path[level].slot = last ? node->nr - 1u : 0;
	}
}

struct vm_area_struct *vma_cursor_next(struct vma_cursor *c)
{
	unsigned int level;

	if (unlikely(!c->height || c->path[0].slot >= c->path[0].node->nr))
		return NULL;
	if (likely(c->path[0].slot + 1 < c->path[0].node->nr))
		return c->path[0].node->vma[++c->path[0].slot];
	for (level = 1; level < c->height; level++) {
		if (c->path[level].slot + 1 < c->path[level].node->nr) {
			c->path[level].slot++;
			descend(c, level, false);
			return c->path[0].node->vma[0];
		}
	}
	c->path[0].slot++;
	return NULL;
}

struct vm_area_struct *vma_cursor_prev(struct vma_cursor *c)
{
	unsigned int level;

	if (unlikely(!c->height))
		return NULL;
	if (likely(c->path[0].slot))
		return c->path[0].node->vma[--c->path[0].slot];
	for (level = 1; level < c->height; level++) {
		if (c->path[level].slot) {
			c->path[level].slot--;
			descend(c, level, true);
			return c->path[0].node->vma[c->path[0].slot];
		}
	}
	return NULL;
}

struct vm_area_struct *vma_cursor_peek_prev(const struct vma_cursor *c)
{
	const struct vma_tree_node *node;
	unsigned int level;

	if (unlikely(!c->height))
		return NULL;
	if (likely(c->path[0].slot))
		return c->path[0].node->vma[c->path[0].slot - 1];
	for (level = 1; level < c->height; level++) {
		if (!c->path[level].slot)
			continue;
		node = c->path[level].node->child[c->path[level].slot - 1];
		while (--level)
			node = node->child[node->nr - 1];
		return node->vma[node->nr - 1];
	}
	return NULL;
}

/* --- nodes set aside ------------------------------------------------------------------------ */

int vma_stock_reserve(struct vma_stock *stock, unsigned int n)
{
	while (n--) {
		struct vma_tree_node *node = kmem_cache_alloc(this_vm()->node_cache, GFP_KERNEL);

		if (!node)
			return -ENOMEM;
		node->child[0] = stock->first;
		stock->first = node;
		stock->nr++;
	}
	return 0;
}

int vma_stock_fill(struct vma_stock *stock, const struct vma_cursor *c, unsigned int inserts)
{
	unsigned int level;

	if (unlikely(!c->height))
		return vma_stock_reserve(stock, 1);
	for (level = 0; level < c->height; level++)
		if (likely(c->path[level].node->nr + inserts <= VMA_NODE_SLOTS))
			break;
	if (likely(!level))
		return 0;
	return vma_stock_reserve(stock, level + (level == c->height));
}

void vma_stock_drop(struct vma_stock *stock)
{
	while (unlikely(stock->first)) {
		struct vma_tree_node *node = stock->first;

		stock->first = node->child[0];
		kmem_cache_free(this_vm()->node_cache, node);
	}
	stock->nr = 0;
}

static struct vma_tree_node *stock_take(struct vma_stock *stock)
{
	struct vma_tree_node *node = stock->first;

	QUIRE_ASSERT(node, "nodes were set aside for every insertion");
	stock->first = node->child[0];
	stock->nr--;
	return node_init(node);
}

/* --- inserting ------------------------------------------------------------------------------ */

/* Entries of @node from @keep on go to the empty @right. */
static void cut(struct vma_tree_node *node, struct vma_tree_node *right, unsigned int keep)
{
	unsigned int i;

	for (i = keep; i < node->nr; i++) {
		entry_copy(right, i - keep, node, i);
		node->end[i] = VMA_NO_END;
	}
	set_nr(right, node->nr - keep);
	set_nr(node, keep);
	mark_all(right);
	mark_all(node);
}

/* @node, full, gets @e at @slot; what is too much goes to @right. */
static void cut_and_put(struct vma_tree_node *node, struct vma_tree_node *right, unsigned int slot,
			const struct entry *e)
{
	unsigned int keep = VMA_NODE_SLOTS / 2;

	if (slot <= 1)
		keep = VMA_NODE_MIN;
	else if (slot >= VMA_NODE_SLOTS - 1)
		keep = VMA_NODE_SLOTS - VMA_NODE_MIN;
	cut(node, right, keep);
	if (slot <= keep)
		put_entry(node, slot, e);
	else
		put_entry(right, slot - keep, e);
}

/* A root above the old one. */
static struct vma_tree_node *grow(struct vma_cursor *c, struct vma_stock *stock)
{
	struct vma_tree_node *root = stock_take(stock);

	root->child[0] = c->mm->areas; /* whose range the caller sets */
	root->nr = 1;
	c->mm->areas = root;
	c->mm->areas_height++;
	QUIRE_ASSERT(c->height < VMA_TREE_MAX_HEIGHT, "no number of VMAs makes a tree so high");
	c->path[c->height].node = root;
	c->path[c->height].slot = 0;
	c->height++;
	return root;
}

/* The full node of @level is cut in two, and so are full ones above. */
static void insert_full(struct vma_cursor *c, struct entry e, struct vma_stock *stock)
{
	unsigned int level = 0, slot = c->path[0].slot;

	for (;;) {
		struct vma_tree_node *node = c->path[level].node, *right, *parent;

		if (node->nr < VMA_NODE_SLOTS) {
			put_entry(node, slot, &e);
			refresh_up(c, level);
			return;
		}
		right = stock_take(stock);
		cut_and_put(node, right, slot, &e);
		parent = level + 1 < c->height ? c->path[level + 1].node : grow(c, stock);
		refresh(parent, c->path[level + 1].slot);
		e = (struct entry){ right->end[right->nr - 1], right->low[0], widest_gap(right),
				    right };
		slot = c->path[++level].slot + 1;
	}
}

void vma_tree_insert(struct vma_cursor *c, struct vm_area_struct *vma, struct vma_stock *stock)
{
	struct entry e = { vma->vm_end, vma->vm_start, 0, vma };

	c->mm->map_count++;
	if (unlikely(!c->height)) {
		c->mm->areas = stock_take(stock);
		c->mm->areas_height = 1;
		put_entry(c->mm->areas, 0, &e);
		return;
	}
	if (likely(c->path[0].node->nr < VMA_NODE_SLOTS)) {
		put_entry(c->path[0].node, c->path[0].slot, &e);
		refresh_up(c, 0);
		return;
	}
	insert_full(c, e, stock);
}

/* --- erasing -------------------------------------------------------------------------------- */

static void node_free(struct vma_tree_node *node)
{
	kmem_cache_free(this_vm()->node_cache, node);
}

/* Two neighbours share their entries evenly. */
static void share(struct vma_tree_node *left, struct vma_tree_node *right)
{
	const unsigned int want = (left->nr + right->nr) / 2u;
	unsigned int i, n;

	if (left->nr < want) {
		n = want - left->nr;
		for (i = 0; i < n; i++)
			entry_copy(left, left->nr + i, right, i);
		shift_down(right, 0, n);
	} else {
		n = left->nr - want;
		shift_up(right, 0, n);
		for (i = 0; i < n; i++) {
			entry_copy(right, i, left, want + i);
			left->end[want + i] = VMA_NO_END;
		}
		pad_keys(right);
	}
	set_nr(left, want);
	mark_all(left);
	mark_all(right);
}

/* @right's entries go to @left. */
static void join(struct vma_tree_node *left, struct vma_tree_node *right)
{
	unsigned int i;

	for (i = 0; i < right->nr; i++)
		entry_copy(left, left->nr + i, right, i);
	set_nr(left, left->nr + right->nr);
	mark_all(left);
	node_free(right);
}

/* The child at @slot of @parent has too few. Return: did @parent lose an entry? */
static bool fill_up(struct vma_tree_node *parent, unsigned int slot)
{
	struct vma_tree_node *left, *right;

	if (slot)
		slot--;
	left = parent->child[slot];
	right = parent->child[slot + 1];
	if (left->nr + right->nr > JOIN_MOST) {
		share(left, right);
		refresh(parent, slot);
		refresh(parent, slot + 1);
		return false;
	}
	join(left, right);
	shift_down(parent, slot + 1, 1);
	refresh(parent, slot);
	return true;
}

/* A root with one child is none; one without entries neither. */
static void lower(struct mm_struct *mm)
{
	while (mm->areas_height > 1 && mm->areas->nr == 1) {
		struct vma_tree_node *root = mm->areas;

		mm->areas = root->child[0];
		mm->areas_height--;
		node_free(root);
	}
	if (mm->areas_height == 1 && !mm->areas->nr) {
		node_free(mm->areas);
		mm->areas = NULL;
		mm->areas_height = 0;
	}
}

void vma_tree_erase(struct vma_cursor *c)
{
	unsigned int level = 0;

	shift_down(c->path[0].node, c->path[0].slot, 1);
	WRITE_ONCE(c->mm->recent, NULL);
	c->mm->map_count--;
	while (level + 1 < c->height && unlikely(c->path[level].node->nr < VMA_NODE_MIN)) {
		level++;
		if (!fill_up(c->path[level].node, c->path[level].slot))
			break;
	}
	refresh_up(c, level);
	lower(c->mm);
}

void vma_tree_resize(struct vma_cursor *c, struct vm_area_struct *vma, unsigned long start,
		     unsigned long end)
{
	struct vma_tree_node *leaf = c->path[0].node;
	unsigned int slot = c->path[0].slot;

	QUIRE_DEBUG_ASSERT(leaf->vma[slot] == vma, "the cursor stands at the VMA");
	vma->vm_start = start;
	vma->vm_end = end;
	set_range(leaf, slot, start, end);
	refresh_up(c, 0);
}

static void release(struct vma_tree_node *node, unsigned int height)
{
	unsigned int i;

	if (height > 1)
		for (i = 0; i < node->nr; i++)
			release(node->child[i], height - 1);
	node_free(node);
}

void vma_tree_release(struct mm_struct *mm)
{
	if (mm->areas)
		release(mm->areas, mm->areas_height);
	mm->areas = NULL;
	WRITE_ONCE(mm->recent, NULL);
	mm->areas_height = 0;
	mm->map_count = 0;
}
