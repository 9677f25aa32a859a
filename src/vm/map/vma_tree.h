/* SPDX-License-Identifier: MIT */
/*
 * map/vma_tree.h - the VMAs of an address space: a B+ tree by address that knows its gaps.
 *
 * 1. Leaves hold VMAs in order of address, branches hold nodes. All leaves are equally deep.
 *    An entry of a node says how far up it goes (end), where it begins (low) and, in a branch,
 *    how wide the widest free gap between the VMAs below it is (gap).
 *    A search compares ends alone; it touches no VMA on its way.
 * 2. Guard gaps of growing stacks are not the tree's matter: who looks for a place minds them.
 * 3. The gap between the last VMA of one entry and the first one of the next belongs to the
 *    node that holds the two entries. So a change concerns only the nodes on its path.
 * 4. A node has 16 entries: its ends are two cache lines, which a search compares without a
 *    branch. Nine lines a node, an odd number, spread the ends over all sets of a cache.
 *    60,000 VMAs are four or five levels.
 * 5. What can fail is done before: vma_stock_fill() gets the nodes that inserting may need.
 *    Inserting, resizing and erasing cannot fail.
 *
 *	branch	  end   low   gap  -> child         [low .. end) [low .... end) [low end)
 *	          end   low   gap  -> child          \ gap inside /
 *	leaf	  end   low      -> vm_area_struct
 *
 * Invariants, checked by vma_tree_check():
 *   T1  VMAs do not overlap and ascend; end[] and low[] of a leaf are their vm_end and vm_start
 *   T2  an entry of a branch says of its child: end of its last entry, low of its first, and
 *       the widest gap inside
 *   T3  a node but the root has at least VMA_NODE_MIN entries, a branch root at least 2
 *   T4  unused end[] are ~0ul
 *   T5  mm->map_count VMAs
 *
 * Context: mmap_lock; for writing where something changes.
 * Sources: D. Comer, "The Ubiquitous B-Tree" (1979); what Linux keeps in its maple tree.
 */
#ifndef QUIRE_VM_MAP_VMA_TREE_H
#define QUIRE_VM_MAP_VMA_TREE_H

#include "vm/internal.h"

#define VMA_NODE_SLOTS	    16u
#define VMA_NODE_MIN	    3u
#define VMA_TREE_MAX_HEIGHT 20u /* 2 * 3^19 VMAs at the very least */

struct vma_tree_node {
	unsigned long end[VMA_NODE_SLOTS];
	union {
		struct vm_area_struct *vma[VMA_NODE_SLOTS];
		struct vma_tree_node *child[VMA_NODE_SLOTS];
	};
	unsigned long low[VMA_NODE_SLOTS];
	unsigned long gap[VMA_NODE_SLOTS]; /* leaves: 0 */
	unsigned long nr;
} __quire_aligned(QUIRE_CACHELINE);

_Static_assert(sizeof(struct vma_tree_node) == 576, "nine cache lines, see point 4");

/**
 * struct vma_cursor - a place in the tree: a VMA, or behind the last one.
 * @path: level 0 is the leaf. Valid until the tree changes.
 */
struct vma_cursor {
	struct mm_struct *mm;
	unsigned int height;
	struct {
		struct vma_tree_node *node;
		unsigned int slot;
	} path[VMA_TREE_MAX_HEIGHT];
};

/** struct vma_stock - nodes set aside, chained by child[0]. */
struct vma_stock {
	struct vma_tree_node *first;
	unsigned int nr;
};

/* How many of the node's entries end at or below @addr: the first of the others is wanted. */
static inline unsigned int vma_node_find(const struct vma_tree_node *node, unsigned long addr)
{
	unsigned int a = 0, b = 0, c = 0, d = 0, i;

	/* What is found will be read next. */
	__builtin_prefetch(&node->vma[0]);
	__builtin_prefetch(&node->vma[VMA_NODE_SLOTS / 2]);
#pragma GCC unroll 4
	for (i = 0; i < VMA_NODE_SLOTS; i += 4) {
		a += node->end[i] <= addr;
		b += node->end[i + 1] <= addr;
		c += node->end[i + 2] <= addr;
		d += node->end[i + 3] <= addr;
	}
	return a + b + c + d;
}

/** vma_tree_find() - the first VMA that ends above @addr; NULL. O(log VMAs). */
static inline struct vm_area_struct *vma_tree_find(const struct mm_struct *mm, unsigned long addr)
{
	const struct vma_tree_node *node = mm->areas;
	unsigned int level = mm->areas_height, slot;

	if (unlikely(!level))
		return NULL;
	slot = vma_node_find(node, addr);
	if (unlikely(slot >= node->nr))
		return NULL;
	while (--level) {
		node = node->child[slot];
		slot = vma_node_find(node, addr);
	}
	return node->vma[slot];
}

/** vma_cursor_find() - stands at the first VMA that ends above @addr. Return: it; NULL: behind the
 * last. */
struct vm_area_struct *vma_cursor_find(struct vma_cursor *c, struct mm_struct *mm,
				       unsigned long addr);
/** vma_cursor_next(), vma_cursor_prev() - one on, one back. NULL: there is none, and the cursor
 * stays (next: stands behind the last). O(1) on the average. */
struct vm_area_struct *vma_cursor_next(struct vma_cursor *c);
struct vm_area_struct *vma_cursor_prev(struct vma_cursor *c);
/** vma_cursor_peek_prev() - the VMA before the cursor's place, which stays. NULL: none. */
struct vm_area_struct *vma_cursor_peek_prev(const struct vma_cursor *c);

/** vma_stock_fill() - nodes for @inserts more VMAs near the cursor. May be called for several
 * places, each time with the number of all inserts, at most 3. Return: 0, -ENOMEM (what is in the
 * stock stays there). */
int vma_stock_fill(struct vma_stock *stock, const struct vma_cursor *c, unsigned int inserts);
/** vma_stock_reserve() - @n nodes more. 0, -ENOMEM. */
int vma_stock_reserve(struct vma_stock *stock, unsigned int n);
/** vma_stock_drop() - gives back what was not used. */
void vma_stock_drop(struct vma_stock *stock);

/** vma_tree_insert() - puts @vma before the cursor's place, which must be its own. */
void vma_tree_insert(struct vma_cursor *c, struct vm_area_struct *vma, struct vma_stock *stock);
/** vma_tree_erase() - takes out the VMA at the cursor. */
void vma_tree_erase(struct vma_cursor *c);
/** vma_tree_resize() - @vma, at the cursor, gets another range, in which no other VMA lies. The
 * cursor stays valid. */
void vma_tree_resize(struct vma_cursor *c, struct vm_area_struct *vma, unsigned long start,
		     unsigned long end);
/** vma_tree_release() - frees all nodes; VMAs stay with the caller. */
void vma_tree_release(struct mm_struct *mm);

/** vma_tree_gap_top() - the highest gap of @len bytes inside [@low, @high). Return: its end (the
 * allocation is the last @len bytes before it); 0: none. O(log VMAs). */
unsigned long vma_tree_gap_top(const struct mm_struct *mm, unsigned long len, unsigned long low,
			       unsigned long high);
/** vma_tree_gap_bottom() - the lowest one. Return: its start; ~0ul: none. */
unsigned long vma_tree_gap_bottom(const struct mm_struct *mm, unsigned long len, unsigned long low,
				  unsigned long high);

/** vma_tree_check() - T1 .. T5. Return: what is wrong, NULL when nothing is. O(VMAs). */
const char *vma_tree_check(const struct mm_struct *mm);

#endif /* QUIRE_VM_MAP_VMA_TREE_H */
