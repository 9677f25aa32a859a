/* SPDX-License-Identifier: MIT */
/*
 * fault/cow.c - a write to a page that is mapped, but not for writing.
 *
 *	page			who else may see it		what happens
 *	exclusive, anonymous	nobody				writable in place: reuse
 *	anonymous, one ref	nobody any more			it becomes exclusive: reuse
 *	anonymous, more refs	a child, a parent, a pin	copy
 *	zeros, file, private	everybody			copy
 *	frame by number		its owner			copy, or told the owner if shared
 *	file, shared mapping	everybody, and they shall	told the file, made writable
 *
 * "One reference" must be exact, and one more where Linux has one: a page in this CPU's batch goes
 * to its list first, one in another CPU's is not alone. The page lock keeps its exclusivity from
 * changing under two writers.
 *
 * With FAULT_FLAG_UNSHARE a reader wants a page that stays his (a pin): the same, but the entry
 * does not become writable.
 *
 * Source: Linux 6.1 do_wp_page() (behaviour).
 */
#include <quire/errno.h>

#include "vm/cache/cache.h"
#include "vm/fault/fault.h"
#include "vm/lru.h"
#include "vm/rmap/rmap.h"

#include "base/string.h"

/* The entry becomes writable as it stands. Context: vmf->ptl, given back. */
static void reuse(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	const struct quire_mmu_format *f = vma_format(vma);
	pte_t entry = PTE_WITH(f, vmf->orig_pte, accessed);

	quire_set_pte(vmf->pte, pte_may_write(f, entry, vma));
	spin_unlock(vmf->ptl);
	count_vm_events(PGREUSE, 1);
}

/* Does nobody but this entry know the anonymous @page? Then it is exclusive from now on. */
static bool make_exclusive(struct vm_fault *vmf, struct page *page)
{
	struct page *head = compound_head(page);
	bool sole;

	if (PageAnonExclusive(page))
		return true;
	if (page_count(page) + lru_waits(head) > 3)
		return false;
	if (!page_listed(head))
		lru_add_drain();
	/* In another CPU's batch Linux's page has a reference more. */
	if (page_count(page) > 1 || lru_waits(head) || !trylock_page(head))
		return false;
	sole = page_sole(page);
	if (sole)
		page_move_anon_rmap(page, vmf->vma);
	unlock_page(head);
	return sole;
}

/* @fresh takes the place of what stood there. Return: false: the entry has changed meanwhile. */
static bool replace(struct vm_fault *vmf, struct page *old, struct page *fresh)
{
	struct vm_area_struct *vma = vmf->vma;
	const struct quire_mmu_format *f = vma_format(vma);
	struct mm_struct *mm = vma->vm_mm;
	pte_t entry = PTE_WITH(f, vma_fresh_pte(vma, fresh), accessed);

	spin_lock(vmf->ptl);
	if (!pte_same(quire_pte_get(vmf->pte), vmf->orig_pte)) {
		spin_unlock(vmf->ptl);
		return false;
	}
	if (!old) {
		mm_count_fault(mm, MM_ANONPAGES, 1);
	} else if (!PageAnon(old)) {
		mm_count_fault(mm, page_rss_member(old), -1);
		mm_count_fault(mm, MM_ANONPAGES, 1);
	}
	if (!(vmf->flags & FAULT_FLAG_UNSHARE))
		entry = pte_may_write(f, entry, vma);
	/* Nobody may go on reading the old page while others write the new one. */
	quire_set_pte(vmf->pte, (pte_t){ 0 });
	flush_tlb_pt_range(&mm->pgtable, vmf->address, vmf->address + page_bytes());
	add_fresh_anon(fresh, vma, vmf->pgoff);
	quire_set_pte(vmf->pte, entry);
	if (old) {
		if (unlikely(vma->vm_flags & VM_LOCKED) && mlock_counts(old))
			munlock_page(old);
		page_remove_rmap(old, false);
	}
	spin_unlock(vmf->ptl);
	return true;
}

/*
 * The private copy of what @vmf's entry maps without a struct page (@old NULL): zeros, or a frame
 * by number. Nothing is read where the machine has no memory.
 */
static int fill_copy(struct vm_fault *vmf, struct page *fresh, struct page *old)
{
	unsigned long pfn = quire_pte_pfn(vma_format(vmf->vma), vmf->orig_pte);
	char *to;

	if (old)
		return page_copy(fresh, old);
	if (pfn == page_to_pfn(this_vm()->zero_page) || !frame_exists(pfn))
		return 0; /* it came cleared */
	to = kmap_local_page(fresh);
	if (!to)
		return -ENOMEM;
	memcpy(to, quire_this_cpu->linear + (pfn << quire_this_cpu->page_shift), page_bytes());
	kunmap_local(to);
	return 0;
}

/* Context: no lock; @old (NULL: see fill_copy()) is referenced, and that is dropped here. */
static vm_fault_t copy(struct vm_fault *vmf, struct page *old)
{
	struct page *fresh = NULL;

	if (unlikely(anon_vma_prepare(vmf->vma)))
		goto oom;
	fresh = alloc_page(GFP_HIGHUSER_MOVABLE | (old ? 0 : __GFP_ZERO));
	if (!fresh || fill_copy(vmf, fresh, old))
		goto oom;
	if (replace(vmf, old, fresh)) {
		vmf->kind = old && !PageAnon(old) ? QUIRE_FAULT_FILE_COW : QUIRE_FAULT_COW;
		if (old)
			put_page(old); /* the mapping's */
	} else {
		vmf->kind = QUIRE_FAULT_SPURIOUS;
		put_page(fresh);
	}
	if (old)
		put_page(old);
	return 0;
oom:
	if (fresh)
		put_page(fresh);
	if (old)
		put_page(old);
	return VM_FAULT_OOM;
}

/* A shared mapping: the file is told, then the page is as dirty as the entry. */
static vm_fault_t wp_shared(struct vm_fault *vmf, struct page *page)
{
	struct vm_area_struct *vma = vmf->vma;
	vm_fault_t ret = 0;

	vmf->kind = page_flag(page, PG_swapbacked) ? QUIRE_FAULT_SHMEM : QUIRE_FAULT_FILE_SHARED;
	if (!vma->vm_ops || !vma->vm_ops->page_mkwrite) {
		set_page_dirty(page); /* under the lock: the page stays */
		reuse(vmf);
		return 0;
	}
	get_page(page);
	spin_unlock(vmf->ptl);
	vmf->page = page;
	ret = do_page_mkwrite(vmf);
	if (!(ret & VM_FAULT_LOCKED)) {
		put_page(page);
		vmf->kind = QUIRE_FAULT_SPURIOUS;
		return ret & VM_FAULT_ERROR;
	}
	spin_lock(vmf->ptl);
	if (pte_same(quire_pte_get(vmf->pte), vmf->orig_pte)) {
		reuse(vmf);
		set_page_dirty(page);
	} else {
		spin_unlock(vmf->ptl);
		vmf->kind = QUIRE_FAULT_SPURIOUS;
	}
	unlock_page(page);
	put_page(page);
	return 0;
}

/* A shared frame by number: who gave it is told. Context: vmf->ptl, given back. */
static vm_fault_t wp_shared_frame(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	vm_fault_t ret = 0;

	vmf->kind = QUIRE_FAULT_FILE_SHARED;
	if (vma->vm_ops && vma->vm_ops->pfn_mkwrite) {
		spin_unlock(vmf->ptl);
		vmf->flags |= FAULT_FLAG_MKWRITE;
		ret = vma->vm_ops->pfn_mkwrite(vmf);
		if (ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE))
			return ret & VM_FAULT_ERROR;
		spin_lock(vmf->ptl);
		if (!pte_same(quire_pte_get(vmf->pte), vmf->orig_pte)) {
			spin_unlock(vmf->ptl);
			vmf->kind = QUIRE_FAULT_SPURIOUS;
			return 0;
		}
	}
	reuse(vmf);
	return 0;
}

vm_fault_t do_wp_page(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct page *page = vm_normal_page(vma_format(vma), vmf->orig_pte);

	if (vma->vm_flags & VM_SHARED && !(vmf->flags & FAULT_FLAG_UNSHARE)) {
		if (page)
			return wp_shared(vmf, page);
		return wp_shared_frame(vmf);
	}
	if (page && PageAnon(page) && make_exclusive(vmf, page)) {
		vmf->kind = QUIRE_FAULT_REUSE;
		if (vmf->flags & FAULT_FLAG_UNSHARE)
			spin_unlock(vmf->ptl);
		else
			reuse(vmf);
		return 0;
	}
	if (page)
		get_page(page);
	spin_unlock(vmf->ptl);
	return copy(vmf, page);
}
