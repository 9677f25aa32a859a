/* SPDX-License-Identifier: MIT */
/*
 * vmalloc/vmap.c - addresses for frames that one has already: vmap(), vm_map_ram(), ioremap().
 */
#include "vmalloc/internal.h"

#define CALLER __builtin_return_address(0)

void *vmap(struct page **pages, unsigned int count, unsigned long flags, pgprot_t prot)
{
	struct vmalloc_state *vs = vmalloc_state();
	struct area_wish w;
	struct vmap_area *va;

	/* Linux warns of VM_FLUSH_RESET_PERMS here and goes on without. */
	flags &= ~VM_FLUSH_RESET_PERMS;
	if (!vs || !count || count > totalram_pages())
		return NULL;
	window_wish(&w, vs, (unsigned long)count << vs->page_shift, flags, CALLER);
	va = area_get(vs, &w);
	if (!va)
		return NULL;
	if (map_pages(vs, va, pages, count, prot, GFP_KERNEL)) {
		area_put(vs, va);
		return NULL;
	}
	if (flags & VM_MAP_PUT_PAGES) {
		quire_lock(&vs->lock);
		WRITE_ONCE(va->vm.pages, pages);
		__atomic_store_n(&va->vm.nr_pages, count, __ATOMIC_RELEASE);
		quire_unlock(&vs->lock);
	}
	return (void *)va->start;
}

void *vmap_pfn(unsigned long *pfns, unsigned int count, pgprot_t prot)
{
	struct vmalloc_state *vs = vmalloc_state();
	struct area_wish w;
	struct vmap_area *va;
	unsigned int i;

	if (!vs || !count)
		return NULL;
	for (i = 0; i < count; i++)
		if (pfn_valid(pfns[i])) {
			quire_report(
				NULL, QUIRE_WARNING,
				"WARNING: vmap_pfn: frame %lx has a struct page; vmap() is for "
				"such frames\n",
				pfns[i]);
			return NULL;
		}
	window_wish(&w, vs, (unsigned long)count << vs->page_shift, VM_IOREMAP, CALLER);
	va = area_get(vs, &w);
	if (!va)
		return NULL;
	if (map_pfns(vs, va, 0, pfns, count, prot)) {
		area_put(vs, va);
		return NULL;
	}
	return (void *)va->start;
}

/* The area that begins at @addr leaves, frames untouched. */
static void drop_area(const void *addr, const char *who, const void *freer)
{
	struct vmalloc_state *vs = vmalloc_state();
	struct vmap_area *va;

	if (!addr || !vs)
		return;
	quire_lock(&vs->lock);
	va = range_find(vs, (unsigned long)addr);
	if (va && (va->start != (unsigned long)addr || !READ_ONCE(va->vm.addr)))
		va = NULL;
	if (va)
		note_freed(vs, va, freer);
	quire_unlock(&vs->lock);
	if (va)
		area_put(vs, va);
	else
		quire_report(NULL, QUIRE_ERR, "Trying to %s() nonexistent vm area (%p)\n", who,
			     addr);
}

void vunmap(const void *addr)
{
	drop_area(addr, "vunmap", CALLER);
}

void *vm_map_ram(struct page **pages, unsigned int count, int nid)
{
	struct vmalloc_state *vs = vmalloc_state();
	struct area_wish w;
	struct vmap_area *va;

	(void)nid;
	if (!vs || !count)
		return NULL;
	window_wish(&w, vs, (unsigned long)count << vs->page_shift, 0, CALLER);
	w.anonymous = true;
	va = range_alloc(vs, &w);
	if (!va)
		return NULL;
	if (map_pages(vs, va, pages, count, vs->prot, GFP_KERNEL)) {
		area_put(vs, va);
		return NULL;
	}
	return (void *)va->start;
}

void vm_unmap_ram(const void *mem, unsigned int count)
{
	struct vmalloc_state *vs = vmalloc_state();
	unsigned long start = (unsigned long)mem;
	struct vmap_area *va;

	if (!vs)
		return;
	quire_lock(&vs->lock);
	va = range_find(vs, start);
	if (va && (va->start != start || READ_ONCE(va->vm.addr) ||
		   va->end - start != (unsigned long)count << vs->page_shift))
		va = NULL;
	if (va)
		note_freed(vs, va, CALLER);
	quire_unlock(&vs->lock);
	if (va)
		area_put(vs, va);
	else
		quire_report(NULL, QUIRE_ERR, "vm_unmap_ram: no mapping of %u pages begins at %p\n",
			     count, mem);
}

void vm_unmap_aliases(void)
{
	struct vmalloc_state *vs = vmalloc_state();

	if (vs)
		range_purge(vs);
}

void *ioremap(u64 phys, size_t size)
{
	struct vmalloc_state *vs = vmalloc_state();
	unsigned long offset, bytes;
	struct area_wish w;
	struct vmap_area *va;
	pgprot_t prot;

	if (!vs || !size || phys + size - 1 < phys || phys + size - 1 >= QUIRE_MAX_PHYSICAL)
		return NULL;
	offset = phys & (vs->page_bytes - 1);
	bytes = (size + offset + vs->page_bytes - 1) & ~(vs->page_bytes - 1);
	phys -= offset;
	window_wish(&w, vs, bytes, VM_IOREMAP, CALLER);
	va = area_get(vs, &w);
	if (!va)
		return NULL;
	WRITE_ONCE(va->vm.phys_addr, phys);
	prot = vs->prot;
	prot.pgprot = quire_mmu_set_memory(vs->pt.format, prot.pgprot, 0, QUIRE_MEMORY_UC_MINUS);
	if (map_pfns(vs, va, phys >> vs->page_shift, NULL, bytes >> vs->page_shift, prot)) {
		area_put(vs, va);
		return NULL;
	}
	return (void *)(va->start + offset);
}

void iounmap(const volatile void *addr)
{
	unsigned long page_bytes = 1ul << quire_this_cpu->page_shift;

	drop_area((const void *)((unsigned long)addr & ~(page_bytes - 1)), "iounmap", CALLER);
}
