/* SPDX-License-Identifier: MIT */
/*
 * map/mlock.c - mlock, mlock2, munlock, mlockall, munlockall.
 *
 * 1. A range is marked VMA by VMA, then faulted in without the lock. A hole ends it with
 *    -ENOMEM; what was marked stays so.
 * 2. locked_vm counts pages of VM_LOCKED VMAs, there or not. Pages locked already do not count
 *    twice against RLIMIT_MEMLOCK.
 * 3. MLOCK_ONFAULT marks and leaves the faults to the program.
 *
 * Source: Linux 6.1 mm/mlock.c (behaviour).
 */
#include <quire/errno.h>

#include "vm/map/map.h"

#define MLOCK_ONFAULT 1
#define MCL_CURRENT   1
#define MCL_FUTURE    2
#define MCL_ONFAULT   4

/* [@start, @end) of @vma gets @flags. *@done: the VMA that has it then. */
static int fixup(struct vm_area_struct *vma, unsigned long start, unsigned long end,
		 unsigned long flags, struct vm_area_struct **done)
{
	const unsigned long old = vma->vm_flags;
	int err = 0;

	*done = vma;
	if (flags == old || (old & VM_SPECIAL))
		return 0;
	vma = vma_modify(vma, start, end, flags, vma->anon_name, &err);
	if (!vma)
		return err;
	*done = vma;
	vma_set_flags(vma, flags | (vma->vm_flags & VM_SOFTDIRTY));
	if ((old ^ flags) & VM_LOCKED) {
		if (flags & VM_LOCKED)
			vma->vm_mm->locked_vm += to_pages(end - start);
		else
			vma->vm_mm->locked_vm -= to_pages(end - start);
		if (vma->touched)
			mlock_range(vma, start, end, (flags & VM_LOCKED) != 0);
	}
	return 0;
}

static int apply(struct mm_struct *mm, unsigned long start, unsigned long len, unsigned long flags)
{
	const unsigned long end = start + len;
	struct vm_area_struct *vma, *done;
	unsigned long to;
	int err;

	if (end < start)
		return -EINVAL;
	if (end == start)
		return 0;
	vma = vma_tree_find(mm, start);
	if (!vma || vma->vm_start > start)
		return -ENOMEM;
	for (;;) {
		to = vma->vm_end < end ? vma->vm_end : end;
		err = fixup(vma, start, to, (vma->vm_flags & ~VM_LOCKED_MASK) | flags, &done);
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

/* Pages of [@start, @start + @len) that are locked already. */
static unsigned long locked_pages(struct mm_struct *mm, unsigned long start, unsigned long len)
{
	const unsigned long end = start + len < start ? ~0ul : start + len;
	struct vm_area_struct *vma = vma_tree_find(mm, start);
	unsigned long pages = 0;

	for (; vma && vma->vm_start < end; vma = quire_vma_next(mm, vma)) {
		unsigned long from = vma->vm_start > start ? vma->vm_start : start;
		unsigned long to = vma->vm_end < end ? vma->vm_end : end;

		if (vma->vm_flags & VM_LOCKED)
			pages += to_pages(to - from);
	}
	return pages;
}

static long do_mlock(struct mm_struct *mm, unsigned long start, unsigned long len,
		     unsigned long flags)
{
	const unsigned long limit = to_pages(mm->rlimit[QUIRE_RLIMIT_MEMLOCK]);
	unsigned long locked;
	int err = -ENOMEM;

	if (!can_do_mlock(mm))
		return -EPERM;
	len = page_up(len + (start & (page_size() - 1)));
	start = page_down(start);
	locked = to_pages(len);
	quire_write_lock(&mm->mmap_lock);
	locked += mm->locked_vm;
	if (locked > limit && !mm->privileged)
		locked -= locked_pages(mm, start, len);
	if (locked <= limit || mm->privileged)
		err = apply(mm, start, len, flags);
	quire_write_unlock(&mm->mmap_lock);
	if (err)
		return err;
	err = mm_populate(mm, start, len, false);
	if (err == -EFAULT)
		return -ENOMEM;
	return err == -ENOMEM ? -EAGAIN : err;
}

long quire_mm_mlock(struct mm_struct *mm, unsigned long start, unsigned long len)
{
	return do_mlock(mm, start, len, VM_LOCKED);
}

long quire_mm_mlock2(struct mm_struct *mm, unsigned long start, unsigned long len, int flags)
{
	if (flags & ~MLOCK_ONFAULT)
		return -EINVAL;
	return do_mlock(mm, start, len, flags ? VM_LOCKED_MASK : VM_LOCKED);
}

long quire_mm_munlock(struct mm_struct *mm, unsigned long start, unsigned long len)
{
	int err;

	len = page_up(len + (start & (page_size() - 1)));
	start = page_down(start);
	quire_write_lock(&mm->mmap_lock);
	err = apply(mm, start, len, 0);
	quire_write_unlock(&mm->mmap_lock);
	return err;
}

/* All VMAs get @flags; one that cannot for lack of memory stays as it is. */
static void apply_all(struct mm_struct *mm, unsigned long flags)
{
	struct vm_area_struct *vma = vma_tree_find(mm, 0), *done;

	while (vma) {
		if (fixup(vma, vma->vm_start, vma->vm_end,
			  (vma->vm_flags & ~VM_LOCKED_MASK) | flags, &done))
			done = vma;
		vma = vma_tree_find(mm, done->vm_end);
	}
}

long quire_mm_mlockall(struct mm_struct *mm, int flags)
{
	const unsigned long limit = to_pages(mm->rlimit[QUIRE_RLIMIT_MEMLOCK]);
	const unsigned long mask = flags & MCL_ONFAULT ? VM_LOCKED_MASK : VM_LOCKED;
	long err = -ENOMEM;

	if (!flags || (flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)) || flags == MCL_ONFAULT)
		return -EINVAL;
	if (!can_do_mlock(mm))
		return -EPERM;
	quire_write_lock(&mm->mmap_lock);
	if (!(flags & MCL_CURRENT) || mm->total_vm <= limit || mm->privileged) {
		mm->def_flags &= ~VM_LOCKED_MASK;
		if (flags & MCL_FUTURE)
			mm->def_flags |= mask;
		if (flags & MCL_CURRENT)
			apply_all(mm, mask);
		err = 0;
	}
	quire_write_unlock(&mm->mmap_lock);
	if (!err && (flags & MCL_CURRENT))
		mm_populate(mm, 0, mm->task_size, true);
	return err;
}

long quire_mm_munlockall(struct mm_struct *mm)
{
	quire_write_lock(&mm->mmap_lock);
	mm->def_flags &= ~VM_LOCKED_MASK;
	apply_all(mm, 0);
	quire_write_unlock(&mm->mmap_lock);
	return 0;
}
