/* SPDX-License-Identifier: MIT */
/*
 * map/sync.c - mincore and msync.
 *
 * Files here have no owners: whoever maps one may ask which of its pages are in memory.
 *
 * Source: Linux 6.1 mm/mincore.c, mm/msync.c (behaviour).
 */
#include <quire/errno.h>

#include "vm/map/map.h"

#define MS_ASYNC      1
#define MS_INVALIDATE 2
#define MS_SYNC	      4

long quire_mm_mincore(struct mm_struct *mm, unsigned long start, unsigned long len,
		      unsigned char *vec)
{
	unsigned long at = start, end, to;
	struct vm_area_struct *vma;
	long err = 0;

	if (!page_aligned(start))
		return -EINVAL;
	if (len > mm->task_size || start > mm->task_size - len)
		return -ENOMEM;
	end = start + page_up(len);
	quire_read_lock(&mm->mmap_lock);
	for (; at < end; at = to) {
		vma = vma_tree_find(mm, at);
		if (!vma || vma->vm_start > at) {
			err = -ENOMEM;
			break;
		}
		to = vma->vm_end < end ? vma->vm_end : end;
		mincore_range(vma, at, to, vec + to_pages(at - start));
	}
	quire_read_unlock(&mm->mmap_lock);
	return err;
}

/* There is no disk behind files: what is in their pages is in them. */
static int do_msync(struct mm_struct *mm, unsigned long start, unsigned long end, int flags)
{
	struct vm_area_struct *vma;
	int result = 0;

	while (start < end) {
		vma = vma_tree_find(mm, start);
		if (!vma)
			return -ENOMEM;
		if (start < vma->vm_start) {
			if (flags == MS_ASYNC || vma->vm_start >= end)
				return -ENOMEM;
			result = -ENOMEM;
		}
		if ((flags & MS_INVALIDATE) && (vma->vm_flags & VM_LOCKED))
			return -EBUSY;
		start = vma->vm_end;
	}
	return result;
}

long quire_mm_msync(struct mm_struct *mm, unsigned long start, unsigned long len, int flags)
{
	unsigned long end;
	int err;

	if (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC) || !page_aligned(start) ||
	    ((flags & MS_ASYNC) && (flags & MS_SYNC)))
		return -EINVAL;
	end = start + page_up(len);
	if (end < start)
		return -ENOMEM;
	if (end == start)
		return 0;
	quire_read_lock(&mm->mmap_lock);
	err = do_msync(mm, start, end, flags);
	quire_read_unlock(&mm->mmap_lock);
	return err;
}
