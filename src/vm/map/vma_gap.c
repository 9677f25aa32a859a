/* SPDX-License-Identifier: MIT */
/*
 * map/vma_gap.c - searching the tree of VMAs for a free gap, and its validator. See vma_tree.h.
 *
 * 1. From the top: the gap above the last VMA, then entry by entry downwards: what lies
 *    inside an entry is looked at only when its widest gap is wide enough. Such a look fails
 *    only where the bounds cut the gap, which can be once a level: O(log VMAs).
 * 2. From the bottom: the mirror image.
 */
#include "vm/map/vma_tree.h"

/* --- from the top --------------------------------------------------------------------------- */

struct gap_search {
	unsigned long len, low, high;
};

/* The end of [@from, @to) cut to the bounds, if it is long enough; 0. */
static inline unsigned long fits_top(const struct gap_search *s, unsigned long from,
				     unsigned long to)
{
	if (from < s->low)
		from = s->low;
	if (to > s->high)
		to = s->high;
	return to > from && to - from >= s->len ? to : 0;
}

static unsigned long top_below(const struct gap_search *s, const struct vma_tree_node *node,
			       unsigned int height)
{
	unsigned int i = node->nr;
	unsigned long found;

	while (i-- && node->end[i] > s->low) {
		if (height > 1 && node->gap[i] >= s->len && node->low[i] < s->high) {
			found = top_below(s, node->child[i], height - 1);
			if (found)
				return found;
		}
		if (!i)
			break;
		found = fits_top(s, node->end[i - 1], node->low[i]);
		if (found)
			return found;
	}
	return 0;
}

unsigned long vma_tree_gap_top(const struct mm_struct *mm, unsigned long len, unsigned long low,
			       unsigned long high)
{
	const struct gap_search s = { len, low, high };
	const struct vma_tree_node *root = mm->areas;
	unsigned long found;

	if (unlikely(!root))
		return fits_top(&s, 0, ~0ul);
	found = fits_top(&s, root->end[root->nr - 1], ~0ul);
	if (!found)
		found = top_below(&s, root, mm->areas_height);
	return found ? found : fits_top(&s, 0, root->low[0]);
}

/* --- from the bottom ------------------------------------------------------------------------ */

/* The start of [@from, @to) cut to the bounds, if it is long enough; ~0ul. */
static inline unsigned long fits_bottom(const struct gap_search *s, unsigned long from,
					unsigned long to)
{
	if (from < s->low)
		from = s->low;
	if (to > s->high)
		to = s->high;
	return to > from && to - from >= s->len ? from : ~0ul;
}

static unsigned long bottom_below(const struct gap_search *s, const struct vma_tree_node *node,
				  unsigned int height)
{
	unsigned int i = vma_node_find(node, s->low);
	unsigned long found;

	for (; i < node->nr; i++) {
		if (i) {
			found = fits_bottom(s, node->end[i - 1], node->low[i]);
			if (found != ~0ul)
				return found;
		}
		if (node->low[i] >= s->high)
			break;
		if (height > 1 && node->gap[i] >= s->len) {
			found = bottom_below(s, node->child[i], height - 1);
			if (found != ~0ul)
				return found;
		}
	}
	return ~0ul;
}

unsigned long vma_tree_gap_bottom(const struct mm_struct *mm, unsigned long len, unsigned long low,
				  unsigned long high)
{
	const struct gap_search s = { len, low, high };
	const struct vma_tree_node *root = mm->areas;
	unsigned long found;

	if (unlikely(!root))
		return fits_bottom(&s, 0, ~0ul);
	found = fits_bottom(&s, 0, root->low[0]);
	if (found == ~0ul)
		found = bottom_below(&s, root, mm->areas_height);
	return found != ~0ul ? found : fits_bottom(&s, root->end[root->nr - 1], ~0ul);
}

/* --- validator ------------------------------------------------------------------------------ */

struct tree_check {
	const struct mm_struct *mm;
	const struct vm_area_struct *last, *recent;
	int vmas;
};

static const char *check_vma(struct tree_check *t, const struct vma_tree_node *leaf, unsigned int i)
{
	const struct vm_area_struct *vma = leaf->vma[i];

	if (vma->vm_mm != t->mm || vma->vm_start >= vma->vm_end)
		return "T1: a VMA is empty or another address space's";
	if (t->last && t->last->vm_end > vma->vm_start)
		return "T1: two VMAs overlap or are out of order";
	if (leaf->end[i] != vma->vm_end || leaf->low[i] != vma->vm_start || leaf->gap[i])
		return "T1: a leaf says of a VMA what is not so";
	if (vma == t->recent)
		t->recent = NULL;
	t->last = vma;
	t->vmas++;
	return NULL;
}

static unsigned long widest(const struct vma_tree_node *node)
{
	unsigned long widest = 0;
	unsigned int i;

	for (i = 0; i < node->nr; i++) {
		if (node->gap[i] > widest)
			widest = node->gap[i];
		if (i && node->low[i] > node->end[i - 1] &&
		    node->low[i] - node->end[i - 1] > widest)
			widest = node->low[i] - node->end[i - 1];
	}
	return widest;
}

static const char *check_keys(const struct vma_tree_node *node)
{
	unsigned int i;

	for (i = 0; i < VMA_NODE_SLOTS; i++) {
		const unsigned long end = node->end[min(i, node->nr - 1u)];

		if (node->key[i] != vma_key(end))
			return "T6: a key is not its end's";
		if ((node->wide >> i & 1) !=
		    (i < node->nr && node->end[i] - node->low[i] >= VMA_WIDE))
			return "T6: wide is what spans 2^31 pages";
	}
	return NULL;
}

static const char *check_node(struct tree_check *t, const struct vma_tree_node *node,
			      unsigned int height)
{
	const char *wrong = NULL;
	unsigned int i;

	if (node->nr > VMA_NODE_SLOTS || node->nr < (node != t->mm->areas ? VMA_NODE_MIN
						     : height > 1	  ? 2
									  : 1))
		return "T3: a node has too many or too few entries";
	for (i = 0; i < node->nr && !wrong; i++) {
		const struct vma_tree_node *child = node->child[i];

		if (height == 1) {
			wrong = check_vma(t, node, i);
			continue;
		}
		wrong = check_node(t, child, height - 1);
		if (!wrong && (node->end[i] != child->end[child->nr - 1] ||
			       node->low[i] != child->low[0] || node->gap[i] != widest(child)))
			wrong = "T2: a branch says of a node what is not so";
	}
	if (!wrong)
		wrong = check_keys(node);
	for (; i < VMA_NODE_SLOTS && !wrong; i++)
		if (node->end[i] != VMA_NO_END)
			wrong = "T4: an unused entry has an end";
	return wrong;
}

const char *vma_tree_check(const struct mm_struct *mm)
{
	struct tree_check t = { .mm = mm, .recent = READ_ONCE(mm->recent) };
	const char *wrong = NULL;

	if (!mm->areas != !mm->areas_height || mm->areas_height > VMA_TREE_MAX_HEIGHT)
		return "T3: the root and the height do not fit";
	if (mm->areas)
		wrong = check_node(&t, mm->areas, mm->areas_height);
	if (!wrong && t.vmas != mm->map_count)
		wrong = "T5: map_count is not the number of VMAs";
	if (!wrong && t.recent)
		wrong = "T7: the VMA of the last fault is not in the tree";
	return wrong;
}
