/* SPDX-License-Identifier: MIT */
/*
 * view/area.c - a VMA's name and place, an address space's sizes.
 *
 * Source: Linux 6.1 fs/proc/task_mmu.c (show_map_vma(), task_statm(), task_mem()): behaviour.
 */
#include <quire/list.h>
#include <quire/math.h>
#include <quire/vm_view.h>

#include "base/string.h"
#include "vm/fault/fault.h"

static void name_without_file(struct vm_area_struct *vma, struct quire_vma_view *view)
{
	if (vma->vm_ops && vma->vm_ops->name)
		view->name = vma->vm_ops->name(vma);
	if (view->name && *view->name)
		return;
	view->name = "";
	if (view->heap) {
		view->name = "[heap]";
	} else if (view->stack) {
		view->name = "[stack]";
	} else if (vma->anon_name) {
		view->prefix = "[anon:";
		view->name = vma->anon_name;
		view->suffix = "]";
	}
}

void quire_vma_view(struct vm_area_struct *vma, struct quire_vma_view *view)
{
	const struct mm_struct *mm = vma->vm_mm;

	memset(view, 0, sizeof(*view));
	view->vma = vma;
	view->start = vma->vm_start;
	view->end = vma->vm_end;
	view->flags = vma->vm_flags;
	view->prefix = view->suffix = view->name = "";
	view->heap = vma->vm_start <= mm->brk && vma->vm_end >= mm->start_brk;
	view->stack = vma->vm_start <= mm->start_stack && vma->vm_end >= mm->start_stack;
	if (vma->vm_file) {
		const struct inode *inode = vma->vm_file->f_inode;

		view->file = true;
		view->name = vma->vm_file->f_path;
		view->offset = (u64)vma->vm_pgoff << quire_this_cpu->page_shift;
		view->major = inode->i_dev_major;
		view->minor = inode->i_dev_minor;
		view->ino = inode->i_ino;
		if (vma->anon_name) {
			view->prefix = "[anon_shmem:";
			view->name = vma->anon_name;
			view->suffix = "]";
		}
		return;
	}
	name_without_file(vma, view);
}

void quire_mm_sizes(struct mm_struct *mm, struct quire_mm_sizes *s)
{
	const unsigned long page = page_bytes();
	unsigned int shift = quire_this_cpu->page_shift;

	mmap_read_lock(mm);
	s->total = mm->total_vm;
	s->locked = READ_ONCE(mm->locked_vm);
	s->pinned = READ_ONCE(mm->pinned_vm);
	s->file = get_mm_counter(mm, MM_FILEPAGES);
	s->anon = get_mm_counter(mm, MM_ANONPAGES);
	s->shmem = get_mm_counter(mm, MM_SHMEMPAGES);
	s->swap = get_mm_counter(mm, MM_SWAPENTS);
	s->peak = max(mm->hiwater_vm, mm->total_vm);
	s->hwm = max(READ_ONCE(mm->hiwater_rss), s->file + s->anon + s->shmem);
	s->text = ((mm->end_code + page - 1) >> shift) - (mm->start_code >> shift);
	s->text = min(s->text, mm->exec_vm);
	s->lib = mm->exec_vm - s->text;
	s->data = mm->data_vm;
	s->stack = mm->stack_vm;
	s->tables_bytes = (unsigned long)READ_ONCE(mm->pgtable.bytes);
	mmap_read_unlock(mm);
}

struct mm_struct *quire_mm_find(struct quire_machine *machine, int pid)
{
	struct mm_struct *mm = NULL;

	while ((mm = quire_mm_next(machine, mm)) != NULL)
		if (mm->pid == pid)
			return mm;
	return NULL;
}
