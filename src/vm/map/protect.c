/* SPDX-License-Identifier: MIT */
/*
 * map/protect.c - mprotect.
 *
 * 1. The range is changed VMA by VMA, from below; the first one that may not, or a hole, ends
 *    it, and what was changed stays so. That is Linux's contract.
 * 2. Private memory that becomes writable is promised from then on, and stays so when it is made
 *    read-only again. (Rules of 6.18: not if nobody ever wrote to it.)
 *
 * Source: Linux 6.1 mm/mprotect.c (behaviour).
 */
#include <quire/errno.h>

#include "vm/map/map.h"

#define PROT_SEM 0x8ul
#define GROWS	 ((unsigned long)(QUIRE_PROT_GROWSDOWN | QUIRE_PROT_GROWSUP))

/* Limits of a range that becomes writable; *@flags gets VM_ACCOUNT. *@charged: pages promised. */
static int charge_writable(struct vm_area_struct *vma, unsigned long pages, unsigned long *flags,
			   long *charged)
{
	const unsigned long old = vma->vm_flags;

	if (!may_expand_vm(vma->vm_mm, *flags, pages) && may_expand_vm(vma->vm_mm, old, pages))
		return -ENOMEM;
	if (old & (VM_ACCOUNT | VM_WRITE | VM_SHARED | VM_NORESERVE))
		return 0;
	if (vm_commit(vma->vm_mm, (long)pages))
		return -ENOMEM;
	*charged = (long)pages;
	*flags |= VM_ACCOUNT;
	return 0;
}

/* [@start, @end) of @vma gets @flags. *@done: the VMA that has it then. */
static int fixup(struct vm_area_struct *vma, unsigned long start, unsigned long end,
		 unsigned long flags, struct vm_area_struct **done)
{
	const unsigned long old = vma->vm_flags, pages = to_pages(end - start);
	struct mm_struct *mm = vma->vm_mm;
	long charged = 0;
	int err = 0;

	*done = vma;
	if (flags == old)
		return 0;
	if (flags & VM_WRITE) {
		err = charge_writable(vma, pages, &flags, &charged);
		if (err)
			return err;
	} else if ((old & VM_ACCOUNT) && follows(mm, 618) && vma_is_anonymous(vma) &&
		   !vma->anon_vma) {
		charged = -(long)pages;
		flags &= ~VM_ACCOUNT;
	}
	vma = vma_modify(vma, start, end, flags, vma->anon_name, &err);
	if (!vma) {
		if (charged > 0)
			vm_uncommit(charged);
		return err;
	}
	if (charged < 0)
		vm_uncommit(-charged);
	*done = vma;
	vma_set_flags(vma, flags | (vma->vm_flags & VM_SOFTDIRTY));
	vma_settle_page_prot(vma);
	if (vma->touched)
		change_protection(vma, start, end, vma->vm_page_prot);
	if ((old & (VM_WRITE | VM_SHARED | VM_LOCKED)) == VM_LOCKED && (flags & VM_WRITE))
		populate_range(vma, start, end);
	vm_stat_account(mm, old, -(long)pages);
	vm_stat_account(mm, flags, (long)pages);
	return 0;
}

static int change_range(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long start,
			unsigned long end, unsigned long prot)
{
	struct vm_area_struct *done;
	unsigned long to, flags;
	int err;

	for (;;) {
		flags = (vma->vm_flags & ~VM_ACCESS_FLAGS) | prot;
		/* VM_MAYREAD and its like lie four bits above what they allow. */
		if (prot & ~(vma->vm_flags >> 4) & VM_ACCESS_FLAGS)
			return -EACCES;
		to = vma->vm_end < end ? vma->vm_end : end;
		if (vma->vm_ops && vma->vm_ops->mprotect) {
			err = vma->vm_ops->mprotect(vma, start, to, flags);
			if (err)
				return err;
		}
		err = fixup(vma, start, to, flags, &done);
		if (err)
			return err;
		start = done->vm_end > to ? done->vm_end : to;
		if (start >= end)
			return 0;
		vma = vma_tree_find(mm, start);
		if (!vma || vma->vm_start != start)
			return -ENOMEM;
	}
}

static int do_mprotect(struct mm_struct *mm, unsigned long start, unsigned long end,
		       unsigned long prot, unsigned long grows)
{
	struct vm_area_struct *vma = vma_tree_find(mm, start);

	if (!vma)
		return -ENOMEM;
	if (grows & QUIRE_PROT_GROWSDOWN) {
		if (vma->vm_start >= end)
			return -ENOMEM;
		start = vma->vm_start;
		if (!(vma->vm_flags & VM_GROWSDOWN))
			return -EINVAL;
	} else {
		if (vma->vm_start > start)
			return -ENOMEM;
		if (grows) /* no stack grows upwards here */
			return -EINVAL;
	}
	return change_range(mm, vma, start, end, prot);
}

long quire_mm_mprotect(struct mm_struct *mm, unsigned long start, unsigned long len,
		       unsigned long prot)
{
	const unsigned long grows = prot & GROWS;
	int err;

	prot &= ~GROWS;
	if (grows == GROWS || !page_aligned(start))
		return -EINVAL;
	if (!len)
		return 0;
	len = page_up(len);
	if (start + len <= start)
		return -ENOMEM;
	if (prot & ~(VM_ACCESS_FLAGS | PROT_SEM))
		return -EINVAL;
	quire_write_lock(&mm->mmap_lock);
	err = do_mprotect(mm, start, start + len, prot & VM_ACCESS_FLAGS, grows);
	quire_write_unlock(&mm->mmap_lock);
	return err;
}
