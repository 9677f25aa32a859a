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
 *     edge without needing memory; in the middle it needs one more node. Nodes come from a small
 *     reserve under the lock that is taken anyway, and go back there; slab fills it, and gets what
 *     is too much.
 *  3. Freed addresses wait until lazy_max pages do; then one TLB flush serves all, and they join
 *     the free ranges. A request that finds no room flushes at once and looks again.
 *  4. A freed range that continues the youngest waiting one just makes it longer; so a program that
 *     allocates and frees in turn uses one node again and again.
 *  5. The lowest free range is known: most requests fit there, so the tree is not searched.
 *  6. vfree() of a short area clears its entries under the lock under which it found it: that is
 *     cheaper than to take the lock again.
 *
 *	window	[busy|g][busy|g][ waiting      ][busy|g][ free .................... ]
 *						 ^ lowest fit	(g: guard page)
 *
 * Invariants
 *  V1  free ranges do not touch each other nor overlap anything.
 *  V2  node->longest is the length of the longest free range in its subtree.
 *  V3  nr_lazy is the pages of all waiting runs; nr_areas the nodes of the tree in use.
 *  V4  a request begins with two nodes in reserve: its own, and one to cut in the middle.
 *  V5  state->lowest is the first node of the tree of free ranges; NULL: it is empty.
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

#define AREA_FEW_PAGES 16
#define SPARE_NEEDED   2u /* V4 */
#define SPARE_MOST     16u

/**
 * struct vmap_area - a range of addresses: free, in use, or waiting; see point 1.
 * @start, @end: bytes, page-aligned; @end includes the guard page
 * @longest: of a free range: V2
 * @link: on the list of waiting runs, of areas to be freed later
 * @frames: that vmalloc() counts for it
 * @nr_entries: from @start on there may be so many entries of it
 * @entries: the first of them, if all are in one table; NULL: perhaps not
 * @vm: of an area in use; addr NULL: vm_map_ram()'s
 * @few: @vm.pages of a small area
 */
struct vmap_area {
	unsigned long start, end;
	unsigned long longest;
	struct rb_node rb;
	struct list_head link;
	unsigned long frames;
	unsigned long nr_entries;
	pte_t *entries;
	struct vm_struct vm;
	struct page *few[AREA_FEW_PAGES];
};

/** struct freed_area - one of the last areas that were freed: who asked for it, who freed it. */
struct freed_area {
	unsigned long start, end;
	const void *caller, *freer;
};
#define FREED_MOST 64

/**
 * struct vmalloc_state - a machine's window.
 * @window: where areas appear on the host; NULL: machine without real mappings
 * @pt: the kernel's tables
 * @lowest: free range; V5
 * @youngest: the waiting run that was freed last; NULL: none
 * @deferred: areas given to vfree_atomic()
 * @spare: @nr_spare nodes in reserve
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
	struct vmap_area *lowest;
	struct list_head lazy;
	struct vmap_area *youngest;
	struct vmap_area *spare[SPARE_MOST];
	unsigned int nr_spare;
	struct list_head deferred;
	unsigned long nr_lazy, lazy_max, nr_areas, mapped_bytes, purges;
	unsigned long nr_pages;
	unsigned int nr_freed; /* so far; @freed is a ring */
	struct freed_area freed[FREED_MOST];
};

/** note_freed() - @va goes, and @freer lets it: for who touches it afterwards. Context: vs->lock.
 */
static inline void note_freed(struct vmalloc_state *vs, const struct vmap_area *va,
			      const void *freer)
{
	if (vs->window) /* else nobody touches anything */
		vs->freed[vs->nr_freed++ % FREED_MOST] =
			(struct freed_area){ va->start, va->end, va->vm.caller, freer };
}

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

/**
 * struct area_wish - what is asked of an area.
 * @size: bytes, in pages, the guard page included once a range is looked for
 * @align: a power of two; @lo, @hi: where it may lie
 * @flags, @caller: of its vm_struct
 * @frames: to be counted as vmalloc()'s
 * @gfp: for nodes
 * @anonymous: its vm_struct has no address: vm_map_ram()
 */
struct area_wish {
	unsigned long size, align, lo, hi;
	unsigned long flags, frames;
	const void *caller;
	gfp_t gfp;
	bool anonymous;
};

/* range.c */

/** range_init() - the whole window is free. Return: 0 or -ENOMEM. */
int range_init(struct vmalloc_state *vs);
/**
 * range_alloc() - an area in use at the lowest addresses that fulfil @w.
 * Return: NULL: no such range, no memory. May sleep as @w->gfp says.
 */
struct vmap_area *range_alloc(struct vmalloc_state *vs, const struct area_wish *w);
/** range_free() - @va leaves the tree and begins to wait; its entries are clear. Consumes it. */
void range_free(struct vmalloc_state *vs, struct vmap_area *va);
/** range_free_locked() - the same. Context: vs->lock, given back here. */
void range_free_locked(struct vmalloc_state *vs, struct vmap_area *va);
/** range_find() - the area in use that holds @addr. Context: vs->lock. */
struct vmap_area *range_find(const struct vmalloc_state *vs, unsigned long addr);
/** range_purge() - all that waits leaves the TLBs and is free. */
void range_purge(struct vmalloc_state *vs);

/* area.c */

/**
 * area_get() - a new area of @w->size bytes, rounded up to pages, and, unless VM_NO_GUARD, a guard
 * page. NULL. Changes @w.
 */
struct vmap_area *area_get(struct vmalloc_state *vs, struct area_wish *w);
/** window_wish() - @w: @size bytes anywhere in the window, for GFP_KERNEL. */
static inline void window_wish(struct area_wish *w, const struct vmalloc_state *vs,
			       unsigned long size, unsigned long flags, const void *caller)
{
	*w = (struct area_wish){ .size = size,
				 .align = vs->page_bytes,
				 .lo = vs->start,
				 .hi = vs->end,
				 .flags = flags,
				 .caller = caller,
				 .gfp = GFP_KERNEL };
}
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

/** map_pages() - entries from @va's start on for @nr frames, one or more. 0, -ENOMEM: nothing
 * mapped that unmap_area() would not clear. */
int map_pages(struct vmalloc_state *vs, struct vmap_area *va, struct page **pages, unsigned long nr,
	      pgprot_t prot, gfp_t gfp);
/** map_blocks() - the same, in leaves of level 1 for blocks of 2^@order. */
int map_blocks(struct vmalloc_state *vs, struct vmap_area *va, struct page **pages,
	       unsigned long nr, unsigned int order, pgprot_t prot, gfp_t gfp);
/** map_pfns() - @nr frames from @pfn on, or those of @pfns. */
int map_pfns(struct vmalloc_state *vs, struct vmap_area *va, unsigned long pfn,
	     const unsigned long *pfns, unsigned long nr, pgprot_t prot);
/** show_range() - what [@start, @end) maps can be accessed, where addresses are real. */
static inline void show_range(struct vmalloc_state *vs, unsigned long start, unsigned long end)
{
	if (vs->window)
		quire_window_fill(vs->window, start, end);
}
/** unmap_entries() - unmap_area() of an area whose entries may lie in several tables. */
void unmap_entries(struct vmalloc_state *vs, struct vmap_area *va);
/** unmap_area() - clears the entries of @va; the TLBs are not told. */
static inline void unmap_area(struct vmalloc_state *vs, struct vmap_area *va)
{
	unsigned long i;

	if (unlikely(!va->entries)) {
		if (va->nr_entries)
			unmap_entries(vs, va);
		return;
	}
	/* The table stays as long as the area does. */
	for (i = 0; i < va->nr_entries; i++)
		quire_set_pte(va->entries + i, (pte_t){ 0 });
	va->nr_entries = 0;
	va->entries = NULL;
}

/* vmalloc.c */

/** vfree_by() - vfree() for @freer. */
void vfree_by(const void *addr, const void *freer);
/** vfree_deferred() - what vfree_atomic() took. Return: how many. */
unsigned long vfree_deferred(struct vmalloc_state *vs);

#endif /* QUIRE_VMALLOC_INTERNAL_H */
