/* SPDX-License-Identifier: MIT */
/*
 * vmalloc/area.c - areas: a range of addresses, and what Linux calls its vm_struct.
 *
 * An area's vm_struct lies in its vmap_area; who asks for one by address gets a pointer to it.
 * Linux's remove_vm_area() hands the vm_struct to its caller to kfree(); here that is a copy.
 */
#include "vmalloc/internal.h"

#define CALLER __builtin_return_address(0)

/* Linux's IOREMAP_MAX_ORDER of x86-64: the largest leaf */
#define IOREMAP_MAX_SHIFT 30

static unsigned long ioremap_align(const struct vmalloc_state *vs, unsigned long size)
{
	unsigned int shift = (unsigned int)fls_long(size);

	return 1ul << clamp(shift, vs->page_shift, (unsigned int)IOREMAP_MAX_SHIFT);
}

struct vmap_area *area_get(struct vmalloc_state *vs, struct area_wish *w)
{
	unsigned long bytes = (w->size + vs->page_bytes - 1) & ~(vs->page_bytes - 1);

	if (unlikely(!w->size || bytes < w->size))
		return NULL;
	if (w->flags & VM_IOREMAP)
		w->align = ioremap_align(vs, bytes);
	w->align = max(w->align, vs->page_bytes);
	if (unlikely(w->align & (w->align - 1)))
		return NULL;
	if (!(w->flags & VM_NO_GUARD))
		bytes += vs->page_bytes;
	w->size = bytes;
	return likely(bytes) ? range_alloc(vs, w) : NULL;
}

void area_put(struct vmalloc_state *vs, struct vmap_area *va)
{
	unmap_area(vs, va);
	/* Where pointers are real a use after vfree() shall fault, not only after the next purge.
	 */
	if (vs->window)
		flush_tlb_pt_range(&vs->pt, va->start, va->end);
	range_free(vs, va);
}

struct vm_struct *get_vm_area(unsigned long size, unsigned long flags)
{
	struct vmalloc_state *vs = vmalloc_state();
	struct area_wish w;
	struct vmap_area *va;

	if (!vs)
		return NULL;
	window_wish(&w, vs, size, flags, CALLER);
	va = area_get(vs, &w);
	return va ? &va->vm : NULL;
}

void free_vm_area(struct vm_struct *area)
{
	struct vmalloc_state *vs = vmalloc_state();

	if (area && vs)
		area_put(vs, container_of(area, struct vmap_area, vm));
}

struct vm_struct *find_vm_area(const void *addr)
{
	struct vmalloc_state *vs = vmalloc_state();
	struct vmap_area *va;

	if (!vs)
		return NULL;
	quire_lock(&vs->lock);
	va = range_find(vs, (unsigned long)addr);
	quire_unlock(&vs->lock);
	return va && READ_ONCE(va->vm.addr) ? &va->vm : NULL;
}

struct vm_struct *remove_vm_area(const void *addr)
{
	struct vm_struct *vm = find_vm_area(addr), *copy;

	if (!vm)
		return NULL;
	copy = kmemdup(vm, sizeof(*vm), GFP_KERNEL | __GFP_NOFAIL);
	free_vm_area(vm);
	return copy;
}
