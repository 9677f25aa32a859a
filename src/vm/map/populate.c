/* SPDX-License-Identifier: MIT */
/*
 * map/populate.c - ranges faulted in at once: MAP_POPULATE, mlock.
 *
 * The lock is taken anew for each VMA, so that others get in between; what is mapped by
 * then counts.
 */
#include <quire/errno.h>

#include "vm/map/map.h"

int mm_populate(struct mm_struct *mm, unsigned long start, unsigned long len, bool ignore_errors)
{
	unsigned long end = start + len, from, to;
	struct vm_area_struct *vma;
	int err = 0;

	while (start < end) {
		quire_read_lock(&mm->mmap_lock);
		vma = vma_tree_find(mm, start);
		if (!vma || vma->vm_start >= end) {
			quire_read_unlock(&mm->mmap_lock);
			break;
		}
		from = vma->vm_start > start ? vma->vm_start : start;
		to = vma->vm_end < end ? vma->vm_end : end;
		if (!(vma->vm_flags & (VM_IO | VM_PFNMAP | VM_LOCKONFAULT)))
			err = populate_range(vma, from, to);
		quire_read_unlock(&mm->mmap_lock);
		if (err && !ignore_errors)
			break;
		start = to;
		err = 0;
	}
	return err;
}
