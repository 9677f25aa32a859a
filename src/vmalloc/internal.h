/* SPDX-License-Identifier: MIT */
/*
 * internal.h - the vmalloc room: ranges of addresses, and what is mapped in them.
 *
 *	range.c		which addresses are free, in use, waiting for the TLBs
 *	area.c		areas (vm_struct): made, found, removed
 *	map.c		entries of the kernel's page tables
 *	vmalloc.c	vmalloc() and its family, vfree()
 *	vmap.c		vmap(), vm_map_ram(), ioremap()
 *	kvmalloc.c	kmalloc() where it can serve, vmalloc() where not
 *	view.c		vmallocinfo, explanations, validator
 *	room.c		the room's state
 *
 * Theory
 *  1. Every address of the window is in exactly one of: a free range (tree by address, each branch
 *     knowing the longest range below it), an area in use (tree by address), a run of freed
 *     addresses that the TLBs may still hold (list).
 *  2. A request takes the lowest addresses that fit, as Linux 6.1 does. It cuts a free range at an
 *     edge without needing memory; in the middle it needs one more node, kept in reserve.
 *  3. Freed addresses wait until lazy_max pages do; then one TLB flush serves all, and they join
 *     the free ranges. A request that finds no room flushes at once and looks again.
 *  4. A freed range that continues the youngest waiting one just makes it longer; so a program that
 *     allocates and frees in turn uses one node again and again.
 *
 *	window	[busy|g][busy|g][ waiting      ][busy|g][ free .................... ]
 *						 ^ lowest fit	(g: guard page)
 *
 * Invariants
 *  V1  free ranges do not touch each other nor overlap anything.
 *  V2  node->longest is the length of the longest free range in its subtree.
 *  V3  nr_lazy is the pages of all waiting runs; nr_areas the nodes of the tree in use.
 *  V4  state->spare is there before the lock is taken to cut a range.
 *
 * Locks: purge_lock (one purge at a time) > lock (both trees, the lists). Page-table entries of an
 * area are its owner's alone and need no lock. Nothing is allocated under either.
 *
 * Sources: Linux 6.1 Documentation/ and mm/vmalloc.c (alloc_vmap_area, __purge_vmap_area_lazy):
 * behaviour; the algorithm of augmented trees is Cormen et al. ch. 14. Linux keeps vmap_area and
 * vm_struct apart and its waiting areas in a tree; here an area is one object, and waiting runs
 * grow.
 */
#ifndef QUIRE_VMALLOC_INTERNAL_H
#define QUIRE_VMALLOC_INTERNAL_H

#include <quire/bitops.h>
#include <quire/errno.h>
#include <quire/list.h>
#include <quire/math.h>
#include <quire/rbtree.h>
#include <quire/slab.h>
#include <quire/vmalloc.h>
#include <quire/window.h>

#include "base/string.h"
#include "hw/machine.h"

/* x86-64's window, and its size */
#define VMALLOC_DEFAULT_START 0xffffc90000000000ul
#define VMALLOC_DEFAULT_BYTES (1ul << 45)

#define AREA_FEW_PAGES 4

/**
 * struct vmap_area - a range of addresses: free, in use, or waiting; see point 1.
 * @start, @end: bytes, page-aligned; @end includes the guard page
 * @longest: of a free range: V2
 * @link: on the list of waiting runs, of areas to be freed later
 * @vm: of an area in use; addr NULL: vm_map_ram()'s
 * @few: @vm.pages of a small area
 */
struct vmap_area {
	unsigned long start, end;
	unsigned long longest;
	struct rb_node rb;
	struct list_head link;
	struct vm_struct vm;
	struct page *few[AREA_FEW_PAGES];
};

/**
 * struct vmalloc_state - a machine's window.
 * @window: where areas appear on the host; NULL: machine without real mappings
 * @pt: the kernel's tables
 * @youngest: the waiting run that was freed last; NULL: none
 * @deferred: areas given to vfree_atomic()
 */
struct vmalloc_state {
	struct quire_machine *machine;
	unsigned long start, end;
	unsigned long page_bytes;
	unsigned int page_shift;
	pgprot_t prot; /* PAGE_KERNEL */
	struct quire_pgtable pt;
	struct quire_window *window;
	struct kmem_cache *cache;
	struct quire_lock lock, purge_lock;
	struct rb_root free, busy;
	struct list_head lazy;
	struct vmap_area *youngest;
	struct vmap_area *spare;
	struct list_head deferred;
	unsigned long nr_lazy, lazy_max, nr_areas, mapped_bytes, purges;
	unsigned long nr_pages;
};

/** vmalloc_state_of() - @m's, if it has one yet. */
static inline struct vmalloc_state *vmalloc_state_of(struct quire_machine *m)
{
	return __atomic_load_n(&m->vmalloc, __ATOMIC_ACQUIRE);
}

/** vmalloc_first_use() - makes the state of the current machine; NULL: out of memory. room.c */
struct vmalloc_state *vmalloc_first_use(void) __attribute__((cold));

/** vmalloc_state() - the current machine's, made by its first use; NULL: out of memory. */
static inline struct vmalloc_state *vmalloc_state(void)
{
	struct vmalloc_state *vs = vmalloc_state_of(quire_this_cpu->machine);

	return likely(vs) ? vs : vmalloc_first_use();
}

/* range.c */

/** range_init() - the whole window is free. Return: 0 or -ENOMEM. */
int range_init(struct vmalloc_state *vs);
/**
 * range_alloc() - the lowest @size bytes at a multiple of @align within [@lo, @hi) to @va, which
 * enters the tree of areas in use. @size: pages; @align: a power of two, at least a page.
 * Return: 0; -ENOMEM; -ENOSPC: no such range. May sleep as @gfp says.
 */
int range_alloc(struct vmalloc_state *vs, struct vmap_area *va, unsigned long size,
		unsigned long align, unsigned long lo, unsigned long hi, gfp_t gfp);
/** range_free() - @va leaves the tree and begins to wait; its entries are clear. Consumes it. */
void range_free(struct vmalloc_state *vs, struct vmap_area *va);
/** range_find() - the area in use that holds @addr. Context: vs->lock. */
struct vmap_area *range_find(const struct vmalloc_state *vs, unsigned long addr);
/** range_purge() - all that waits leaves the TLBs and is free. */
void range_purge(struct vmalloc_state *vs);

/* area.c */

/** area_get() - a new area of @size bytes and, unless VM_NO_GUARD, a guard page. NULL. */
struct vmap_area *area_get(struct vmalloc_state *vs, unsigned long size, unsigned long align,
			   unsigned long flags, unsigned long lo, unsigned long hi, gfp_t gfp,
			   const void *caller);
/** area_put() - unmaps it and gives up its range. The pages array is not touched. */
void area_put(struct vmalloc_state *vs, struct vmap_area *va);
/** area_bytes() - without the guard page. */
static inline unsigned long area_bytes(const struct vmalloc_state *vs, const struct vm_struct *vm)
{
	return vm->size - (vm->flags & VM_NO_GUARD ? 0 : vs->page_bytes);
}

/* map.c */

/** page_kernel() - PAGE_KERNEL in format @f. */
pgprot_t page_kernel(const struct quire_mmu_format *f);

/** map_pages() - entries of [@addr, ...) for @nr frames, in blocks of 2^@order. 0, -ENOMEM: nothing
 * mapped that unmap_range() would not clear. */
int map_pages(struct vmalloc_state *vs, unsigned long addr, struct page **pages, unsigned long nr,
	      unsigned int order, pgprot_t prot, gfp_t gfp);
/** map_pfns() - @nr frames from @pfn on, or those of @pfns. */
int map_pfns(struct vmalloc_state *vs, unsigned long addr, unsigned long pfn,
	     const unsigned long *pfns, unsigned long nr, pgprot_t prot);
/** show_range() - what [@start, @end) maps can be accessed, where addresses are real. */
static inline void show_range(struct vmalloc_state *vs, unsigned long start, unsigned long end)
{
	if (vs->window)
		quire_window_fill(vs->window, start, end);
}
/** unmap_range() - clears the entries of [@start, @end); the TLBs are not told. */
void unmap_range(struct vmalloc_state *vs, unsigned long start, unsigned long end);

/* vmalloc.c */

/** vfree_deferred() - what vfree_atomic() took. Return: how many. */
unsigned long vfree_deferred(struct vmalloc_state *vs);

#endif /* QUIRE_VMALLOC_INTERNAL_H */
