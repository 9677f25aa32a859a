/* SPDX-License-Identifier: MIT */
/*
 * fault/file.c - a first touch of a mapping with operations: files, shared memory, special pages.
 *
 *	read			what is cached around it is mapped at once (fault-around); else
 *				->fault() gives the page, mapped as the VMA's fresh entries are
 *	write, private		->fault() gives the page, a copy of it is mapped
 *	write, shared		->fault(), ->page_mkwrite(), mapped dirty
 *
 * Fault-around: the window of fault_around_bytes that holds the address, cut at the VMA, at
 * its table and at the file's end. ->map_pages() maps those of its pages that are there.
 *
 * Source: Linux 6.1 do_fault() (behaviour).
 */
#include <quire/errno.h>

#include "vm/cache/cache.h"
#include "vm/fault/fault.h"
#include "vm/lru.h"
#include "vm/rmap/rmap.h"

void do_set_pte(struct vm_fault *vmf, struct page *page, unsigned long addr)
{
	struct vm_area_struct *vma = vmf->vma;
	const struct quire_mmu_format *f = vma_format(vma);
	bool write = vmf->flags & FAULT_FLAG_WRITE;
	pte_t entry = vma_fresh_pte(vma, page);

	if (addr != vmf->address)
		write = false;
	if (write)
		entry = pte_may_write(f, entry, vma);
	else if (vma_wants_notify(vma))
		entry = pte_wrprotect(f, entry);
	if (write && !(vma->vm_flags & VM_SHARED)) {
		mm_count_fault(vma->vm_mm, MM_ANONPAGES, 1);
		add_fresh_anon(page, vma, vma_offset_of(vma, addr));
	} else {
		mm_count_fault(vma->vm_mm, page_rss_member(page), 1);
		page_add_file_rmap(page);
		if (unlikely((vma->vm_flags & (VM_LOCKED | VM_SPECIAL)) == VM_LOCKED) &&
		    mlock_counts(page))
			mlock_page(page);
	}
	quire_set_pte(vmf->pte, entry);
}

/* Maps vmf->page, or the private copy, if the entry is still empty: then its reference is the
 * mapping's. */
static vm_fault_t finish(struct vm_fault *vmf)
{
	struct page *page = vmf->cow_page ? vmf->cow_page : vmf->page;

	fault_lock(vmf);
	if (likely(pte_none(quire_pte_get(vmf->pte)))) {
		do_set_pte(vmf, page, vmf->address);
		spin_unlock(vmf->ptl);
		return 0;
	}
	spin_unlock(vmf->ptl);
	vmf->kind = QUIRE_FAULT_SPURIOUS;
	return VM_FAULT_NOPAGE;
}

/* ->fault(), and its page locked. */
static vm_fault_t get_fault_page(struct vm_fault *vmf)
{
	vm_fault_t ret = vmf->vma->vm_ops->fault(vmf);

	if (ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY))
		return ret;
	if (!(ret & VM_FAULT_LOCKED))
		lock_page(vmf->page);
	return ret | VM_FAULT_LOCKED;
}

static enum quire_fault_kind kind_of(const struct page *page, enum quire_fault_kind file)
{
	return page_flag(page, PG_swapbacked) ? QUIRE_FAULT_SHMEM : file;
}

/* The window of @nr pages around the address. Return: VM_FAULT_NOPAGE if the address itself is
 * mapped now. */
static vm_fault_t fault_around(struct vm_fault *vmf, unsigned long nr)
{
	const unsigned int shift = quire_this_cpu->page_shift;
	struct vm_area_struct *vma = vmf->vma;
	unsigned long per_table = 1ul << vma_format(vma)->index_bits[0];
	unsigned long address = vmf->address & ~((nr << shift) - 1);
	pgoff_t start, end, last = vma->vm_pgoff + ((vma->vm_end - vma->vm_start) >> shift) - 1;
	unsigned long off;

	if (address < vma->vm_start)
		address = vma->vm_start;
	off = (vmf->address - address) >> shift & (per_table - 1);
	/* Not beyond this table: its lock is the one that will be held. */
	if (off > ((vmf->address >> shift) & (per_table - 1)))
		off = (vmf->address >> shift) & (per_table - 1);
	start = vmf->pgoff - off;
	end = vmf->pgoff + (per_table - 1 - ((vmf->address >> shift) & (per_table - 1)));
	if (end > last)
		end = last;
	if (end > start + nr - 1)
		end = start + nr - 1;
	return vma->vm_ops->map_pages(vmf, start, end);
}

static vm_fault_t read_fault(struct vm_fault *vmf)
{
	vm_fault_t ret;

	if (vmf->vma->vm_ops->map_pages) {
		unsigned long nr = (unsigned long)READ_ONCE(this_vm()->fault_around_bytes) >>
				   quire_this_cpu->page_shift;

		ret = nr > 1 ? fault_around(vmf, nr) : 0;
		if (ret)
			return ret;
	}
	ret = get_fault_page(vmf);
	if (ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY))
		return ret;
	vmf->kind = kind_of(vmf->page, QUIRE_FAULT_FILE_READ);
	ret |= finish(vmf);
	unlock_page(vmf->page);
	if (ret & VM_FAULT_NOPAGE)
		put_page(vmf->page);
	return ret;
}

static vm_fault_t cow_fault(struct vm_fault *vmf)
{
	vm_fault_t ret;

	if (unlikely(anon_vma_prepare(vmf->vma)))
		return VM_FAULT_OOM;
	vmf->cow_page = alloc_page(GFP_HIGHUSER_MOVABLE);
	if (!vmf->cow_page)
		return VM_FAULT_OOM;
	ret = get_fault_page(vmf);
	if (ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY))
		goto out;
	if (page_copy(vmf->cow_page, vmf->page)) {
		ret = VM_FAULT_OOM;
	} else {
		vmf->kind = QUIRE_FAULT_FILE_COW;
		ret |= finish(vmf);
	}
	unlock_page(vmf->page);
	put_page(vmf->page);
out:
	if (ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY))
		put_page(vmf->cow_page);
	return ret;
}

vm_fault_t do_page_mkwrite(struct vm_fault *vmf)
{
	struct page *page = vmf->page;
	unsigned int flags = vmf->flags;
	vm_fault_t ret;

	vmf->flags = FAULT_FLAG_WRITE | FAULT_FLAG_MKWRITE;
	ret = vmf->vma->vm_ops->page_mkwrite(vmf);
	vmf->flags = flags;
	if (ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_LOCKED))
		return ret;
	lock_page(page);
	if (READ_ONCE(page->mapping))
		return ret | VM_FAULT_LOCKED;
	unlock_page(page); /* it left its file meanwhile */
	return 0;
}

static vm_fault_t shared_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	vm_fault_t ret = get_fault_page(vmf), made;

	if (ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY))
		return ret;
	if (vma->vm_ops->page_mkwrite) {
		unlock_page(vmf->page);
		made = do_page_mkwrite(vmf);
		if (!(made & VM_FAULT_LOCKED)) {
			put_page(vmf->page);
			return made;
		}
	}
	vmf->kind = kind_of(vmf->page, QUIRE_FAULT_FILE_SHARED);
	ret |= finish(vmf);
	if (!(ret & VM_FAULT_NOPAGE))
		set_page_dirty(vmf->page);
	unlock_page(vmf->page);
	if (ret & VM_FAULT_NOPAGE)
		put_page(vmf->page);
	return ret;
}

vm_fault_t do_file_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	vm_fault_t ret;

	if (!vma->vm_ops->fault)
		return VM_FAULT_SIGBUS;
	if (!(vmf->flags & FAULT_FLAG_WRITE))
		ret = read_fault(vmf);
	else if (!(vma->vm_flags & VM_SHARED))
		ret = cow_fault(vmf);
	else
		ret = shared_fault(vmf);
	/* Who made the entry himself (vmf_insert_pfn()) does not say what it was. */
	if (unlikely(vmf->kind == QUIRE_FAULT_BAD))
		vmf->kind = vma->vm_flags & VM_SHARED && vmf->flags & FAULT_FLAG_WRITE
				    ? QUIRE_FAULT_FILE_SHARED
				    : QUIRE_FAULT_FILE_READ;
	return ret & ~(VM_FAULT_LOCKED | VM_FAULT_NOPAGE);
}
