/* SPDX-License-Identifier: MIT */
/*
 * fault/anon.c - a first touch of anonymous memory.
 *
 * A read maps the page of zeros that all share, by an entry without a struct page (special), not
 * counted anywhere; the first write replaces it. A write gets a page of its own, cleared.
 *
 * Nobody else can find the fresh page before its entry stands: its flags, counts and mapping are
 * plain stores.
 */
#include <quire/errno.h>

#include "vm/fault/fault.h"
#include "vm/lru.h"
#include "vm/rmap/rmap.h"

#include "base/string.h"

int page_copy(struct page *to, struct page *from)
{
	void *dst = kmap_local_page(to);
	const void *src = dst ? kmap_local_page(from) : NULL;

	if (src) {
		memcpy(dst, src, page_bytes());
		kunmap_local(src);
	}
	if (dst)
		kunmap_local(dst);
	return src ? 0 : -ENOMEM;
}

/* One that a locked VMA wants, or of another node than the CPU's. */
static void __attribute__((noinline))
add_uncommon_anon(struct page *page, struct vm_area_struct *vma, pgoff_t index)
{
	page_add_new_anon_rmap(page, vma, index, false);
	if ((vma->vm_flags & (VM_LOCKED | VM_SPECIAL)) == VM_LOCKED)
		mlock_new_page(page);
	else
		lru_cache_add(page);
}

static inline __attribute__((always_inline)) void
add_fresh(struct page *page, struct vm_area_struct *vma, pgoff_t index)
{
	const struct quire_cpu *cpu = quire_this_cpu;

	if (unlikely(vma->vm_flags & VM_LOCKED || page_to_nid(page) != (int)cpu->nid)) {
		add_uncommon_anon(page, vma, index);
		return;
	}
	cpu->vm->anon_mapped++;
	WRITE_ONCE(page->_mapcount.counter, 0);
	page_set_anon(page, vma, index);
	lru_cache_add_flags(page, FRESH_ANON);
}

void add_fresh_anon(struct page *page, struct vm_area_struct *vma, pgoff_t index)
{
	add_fresh(page, vma, index);
}

static vm_fault_t map_zero_page(struct vm_fault *vmf)
{
	const struct quire_mmu_format *f = vma_format(vmf->vma);
	pte_t entry = PTE_WITH(f, vma_fresh_pte(vmf->vma, this_vm()->zero_page), special);

	fault_lock(vmf);
	vmf->kind = QUIRE_FAULT_SPURIOUS;
	if (pte_none(quire_pte_get(vmf->pte))) {
		quire_set_pte(vmf->pte, entry);
		vmf->kind = QUIRE_FAULT_ANON_ZERO;
	}
	spin_unlock(vmf->ptl);
	return 0;
}

vm_fault_t do_anonymous_page(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	const struct quire_mmu_format *f = vma_format(vma);
	struct page *page;
	pte_t entry;

	if (unlikely(vma->vm_flags & VM_SHARED))
		return VM_FAULT_SIGBUS; /* a file's mapping without operations */
	if (!(vmf->flags & FAULT_FLAG_WRITE) && f->special.mask)
		return map_zero_page(vmf);
	if (unlikely(anon_vma_prepare(vma)))
		return VM_FAULT_OOM;
	page = alloc_page(GFP_HIGHUSER_MOVABLE | __GFP_ZERO);
	if (unlikely(!page))
		return VM_FAULT_OOM;
	entry = vma_fresh_pte(vma, page);
	if (vma->vm_flags & VM_WRITE)
		entry = pte_mkwrite(f, pte_mkdirty(f, entry));
	fault_lock(vmf);
	if (unlikely(!pte_none(quire_pte_get(vmf->pte)))) {
		spin_unlock(vmf->ptl);
		put_page(page);
		vmf->kind = QUIRE_FAULT_SPURIOUS;
		return 0;
	}
	mm_count_fault(vma->vm_mm, MM_ANONPAGES, 1);
	add_fresh(page, vma, vmf->pgoff);
	quire_set_pte(vmf->pte, entry);
	spin_unlock(vmf->ptl);
	vmf->kind = QUIRE_FAULT_ANON;
	return 0;
}
