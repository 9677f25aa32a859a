/* SPDX-License-Identifier: MIT */
/*
 * map/find.c - VMAs by address, and mmap_lock.
 */
#include "vm/map/map.h"

struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr)
{
	return vma_tree_find(mm, addr);
}

struct vm_area_struct *quire_vma_next(struct mm_struct *mm, struct vm_area_struct *vma)
{
	return vma_tree_find(mm, vma ? vma->vm_end : 0);
}

struct vm_area_struct *quire_vma_prev(struct mm_struct *mm, struct vm_area_struct *vma)
{
	struct vma_cursor c;

	vma_cursor_find(&c, mm, vma ? vma->vm_start : ~0ul - 1);
	return vma_cursor_peek_prev(&c);
}

void mmap_read_lock(struct mm_struct *mm)
{
	quire_read_lock(&mm->mmap_lock);
}

bool mmap_read_trylock(struct mm_struct *mm)
{
	return quire_read_trylock(&mm->mmap_lock);
}

void mmap_read_unlock(struct mm_struct *mm)
{
	quire_read_unlock(&mm->mmap_lock);
}

void mmap_write_lock(struct mm_struct *mm)
{
	quire_write_lock(&mm->mmap_lock);
}

void mmap_write_unlock(struct mm_struct *mm)
{
	quire_write_unlock(&mm->mmap_lock);
}
