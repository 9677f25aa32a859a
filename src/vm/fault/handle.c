/* SPDX-License-Identifier: MIT */
/*
 * fault/handle.c - handle_mm_fault(): what kind of fault is it?
 *
 *	entry empty	VMA anonymous		fresh page, or the page of zeros	anon.c
 *			VMA with operations	file, shared memory			file.c
 *	entry present	write, not writable	copy on write, or reuse			cow.c
 *			else			accessed and dirty; or spurious
 *	huge entry, or none where one may stand						huge.c
 */
#include "page/percpu.h"
#include "vm/fault/fault.h"
#include "vm/lru.h"

/* The entry stands and allows the access, or will when it says so: accessed, dirty. */
static vm_fault_t touch_present(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	const struct quire_mmu_format *f = vma_format(vma);
	pte_t entry = vmf->orig_pte;

	vmf->kind = QUIRE_FAULT_SPURIOUS;
	fault_lock(vmf);
	if (unlikely(!pte_same(quire_pte_get(vmf->pte), entry))) {
		spin_unlock(vmf->ptl);
		return 0;
	}
	if (vmf->flags & (FAULT_FLAG_WRITE | FAULT_FLAG_UNSHARE)) {
		if (!PTE_IS(f, entry, write))
			return do_wp_page(vmf);
		if (vmf->flags & FAULT_FLAG_WRITE)
			entry = pte_mkdirty(f, entry);
	}
	entry = PTE_WITH(f, entry, accessed);
	if (!pte_same(entry, vmf->orig_pte))
		quire_set_pte(vmf->pte, entry);
	else if (vmf->flags & FAULT_FLAG_WRITE)
		/* Some TLB still has what stood here before. */
		flush_tlb_pt_range(&vma->vm_mm->pgtable, vmf->address, vmf->address + page_bytes());
	spin_unlock(vmf->ptl);
	return 0;
}

static vm_fault_t handle_entry(struct vm_fault *vmf)
{
	vmf->orig_pte = quire_pte_get(vmf->pte);
	if (pte_none(vmf->orig_pte)) {
		if (vma_is_anonymous(vmf->vma))
			return do_anonymous_page(vmf);
		return do_file_fault(vmf);
	}
	if (likely(quire_pte_present(vma_format(vmf->vma), vmf->orig_pte)))
		return touch_present(vmf);
	/* A software entry: there is no swap yet that would make one. */
	return VM_FAULT_SIGBUS;
}

/* A huge page stands at @vmf's address, or may. VM_FAULT_FALLBACK: single pages it is. */
static vm_fault_t handle_huge(struct vm_fault *vmf)
{
	struct quire_pgtable *pt = &vmf->vma->vm_mm->pgtable;
	pte_t *pmd;

	if (!thp_order(pt->format))
		return VM_FAULT_FALLBACK;
	pmd = quire_pt_make(pt, vmf->address, 1, GFP_KERNEL);
	if (!pmd)
		return VM_FAULT_OOM;
	return do_huge_fault(vmf, pmd);
}

static vm_fault_t handle_fault(struct vm_fault *vmf)
{
	struct quire_pgtable *pt = &vmf->vma->vm_mm->pgtable;
	vm_fault_t ret;

	if (unlikely(READ_ONCE(quire_this_cpu->vm->vs->thp_enabled)) && thp_allowed(vmf->vma)) {
		ret = handle_huge(vmf);
		if (!(ret & VM_FAULT_FALLBACK))
			return ret;
	}
	vmf->pte = quire_pt_cached(pt, vmf->address);
	while (unlikely(!vmf->pte)) {
		unsigned int level;
		pte_t *p = quire_pt_make_or_leaf(pt, vmf->address, 0, GFP_KERNEL, &level);

		if (!p)
			return VM_FAULT_OOM;
		if (likely(!level)) {
			vmf->pte = p;
			break;
		}
		/* A huge page from before THP was switched off, or that somebody was first with. */
		ret = handle_huge(vmf);
		if (!(ret & VM_FAULT_FALLBACK))
			return ret;
	}
	return handle_entry(vmf);
}

vm_fault_t handle_mm_fault(struct vm_area_struct *vma, unsigned long address, unsigned int flags)
{
	const struct quire_cpu *cpu = quire_this_cpu;
	unsigned long *faults = &cpu->page->events[PGFAULT];
	struct vm_fault vmf;
	vm_fault_t ret;

	WRITE_ONCE(*faults, *faults + 1); /* count_vm_events() */
	mm_fault_event(vma->vm_mm);
	if (unlikely(!READ_ONCE(vma->touched)))
		WRITE_ONCE(vma->touched, true);
	vmf.vma = vma;
	vmf.real_address = address;
	vmf.address = address & ~(page_bytes() - 1);
	vmf.pgoff = vma_offset_of(vma, vmf.address);
	vmf.flags = flags;
	vmf.gfp_mask = GFP_HIGHUSER_MOVABLE;
	vmf.cow_page = NULL;
	vmf.page = NULL;
	vmf.pte = NULL;
	vmf.kind = QUIRE_FAULT_BAD;
	ret = handle_fault(&vmf);
	/* A driver may have slept: on this CPU, which may be another one by now. */
	quire_this_cpu->vm->fault_kind =
		unlikely(ret & VM_FAULT_ERROR) ? QUIRE_FAULT_BAD : vmf.kind;
	return ret;
}
