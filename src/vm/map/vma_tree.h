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
 * 4. A node has 15 entries. The keys of its ends, page numbers modulo 2^32, fill one cache line
 *    with the number of entries, and a search compares all at once without a branch. Nine lines
 *    a node, an odd number, spread the keys over all sets of a cache. 60,000 VMAs are five levels.
 *    Keys order ends and an address as these are ordered where all lie within 2^31 pages. So
 *    nodes that span more are searched by the ends themselves (of a child its parent knows: wide);
 *    and to the first node that does not, the root perhaps, an address comes raised to where its
 *    entries begin, which finds the same, there and below.
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
 *   T4  unused end[] are VMA_NO_END, which no address comes to
 *   T5  mm->map_count VMAs
 *   T6  key[] of an entry is its end's, an unused one the last entry's; bit i of wide says
 *       whether entry i spans 2^31 pages or more
 *   T7  mm->recent is one of the VMAs, or NULL
 *
 * Context: mmap_lock; for writing where something changes.
 * Sources: D. Comer, "The Ubiquitous B-Tree" (1979); what Linux keeps in its maple tree.
 */
#ifndef QUIRE_VM_MAP_VMA_TREE_H
#define QUIRE_VM_MAP_VMA_TREE_H

#include "base/lanes.h"
#include "vm/internal.h"

#define VMA_NODE_SLOTS	    15u
#define VMA_NODE_MIN	    3u
#define VMA_TREE_MAX_HEIGHT 20u /* 2 * 3^19 VMAs at the very least */

/* Pages of keys are the smallest there are: others are as many of them. */
#define VMA_KEY_SHIFT 12u
#define VMA_WIDE      (1ul << 31 << VMA_KEY_SHIFT)

/* User addresses are the lower half of all, so ends can be compared by their difference's sign. */
#define VMA_NO_END (~0ul >> 1)

typedef u64 vma_end_pairs __attribute__((vector_size(16), may_alias));

/**
 * struct vma_tree_node - see points 1 and 4.
 * @wide: of a branch: T6
 */
struct vma_tree_node {
	union {
		struct {
			u32 key[VMA_NODE_SLOTS];
			u16 nr, wide;
		};
		lane_keys keys[4];
	};
	union {
		struct vm_area_struct *vma[VMA_NODE_SLOTS];
		struct vma_tree_node *child[VMA_NODE_SLOTS];
	};
	unsigned long low[VMA_NODE_SLOTS];
	unsigned long end[VMA_NODE_SLOTS];
	unsigned long gap[VMA_NODE_SLOTS]; /* leaves: 0 */
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

static inline u32 vma_key(unsigned long addr)
{
	return (u32)(addr >> VMA_KEY_SHIFT);
}

/*
 * How many of the node's entries end at or below @addr: the first of the others is wanted. An end
 * less the address after @addr is negative if it is one to be counted; two at a time.
 */
static inline unsigned int vma_node_find(const struct vma_tree_node *node, unsigned long addr)
{
	const unsigned long next = min(addr, VMA_NO_END - 1) + 1;
	const vma_end_pairs *ends = (const vma_end_pairs *)(const void *)node->end;
	const vma_end_pairs at = { next, next };
	vma_end_pairs below = { (node->end[VMA_NODE_SLOTS - 1] - next) >> 63, 0 };
	unsigned int i;

#pragma GCC unroll 7
	for (i = 0; i < VMA_NODE_SLOTS / 2; i++)
		below += (ends[i] - at) >> 63;
	return (unsigned int)(below[0] + below[1]);
}

/*
 * The same by keys, where @addr is not behind the last entry, and with all entries lies within 2^31
 * pages: they are below an entry that is not wide, and @addr has been raised to where it begins.
 */
static inline unsigned int vma_node_find_near(const struct vma_tree_node *node, unsigned long addr)
{
	/* What is found will be read next. */
	__builtin_prefetch(&node->vma[0]);
	__builtin_prefetch(&node->vma[QUIRE_CACHELINE / sizeof(node->vma[0])]);
	return lanes_below(node->keys, vma_key(addr) + 1);
}

/** vma_node_down() - the child at @slot of @node, and in @slot where to go on there. @addr is
 * raised as point 4 says. */
static inline const struct vma_tree_node *vma_node_down(const struct vma_tree_node *node,
							unsigned int *slot, unsigned long *addr)
{
	const struct vma_tree_node *child = node->child[*slot];
	const unsigned long low = node->low[*slot];
	const bool wide = node->wide >> *slot & 1;

	*addr = *addr < low ? low : *addr;
	*slot = unlikely(wide) ? vma_node_find(child, *addr) : vma_node_find_near(child, *addr);
	return child;
}

/** vma_node_down_near() - the same for an address raised already, where nothing is wide. */
static inline const struct vma_tree_node *vma_node_down_near(const struct vma_tree_node *node,
							     unsigned int *slot, unsigned long addr)
{
	const struct vma_tree_node *child = node->child[*slot];

	*slot = vma_node_find_near(child, addr);
	return child;
}

/** vma_tree_find() - the first VMA that ends above @addr; NULL. O(log VMAs). */
struct vm_area_struct *vma_tree_find(const struct mm_struct *mm, unsigned long addr);

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

/** vma_tree_check() - T1 .. T7. Return: what is wrong, NULL when nothing is. O(VMAs). */
const char *vma_tree_check(const struct mm_struct *mm);

#endif /* QUIRE_VM_MAP_VMA_TREE_H */
