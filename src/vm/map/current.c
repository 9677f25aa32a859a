/* SPDX-License-Identifier: MIT */
/*
 * map/current.c - the current CPU's address space, and Linux's calls that act on it.
 */
#include <quire/errno.h>

#include "base/assert.h"
#include "vm/lru.h"
#include "vm/map/map.h"

void kthread_use_mm(struct mm_struct *mm)
{
	struct vm_cpu *cpu = quire_this_cpu->vm;

	QUIRE_ASSERT(!cpu->mm, "a CPU has one address space at a time");
	mmgrab(mm);
	cpu->mm = mm;
	if (quire_this_cpu->tlb)
		quire_tlb_load(quire_this_cpu->tlb, mm->pgtable.tlb);
}

void kthread_unuse_mm(struct mm_struct *mm)
{
	struct vm_cpu *cpu = quire_this_cpu->vm;

	QUIRE_ASSERT(cpu->mm == mm, "what is not used any more was used");
	cpu->mm = NULL;
	if (quire_this_cpu->tlb)
		quire_tlb_load(quire_this_cpu->tlb, NULL);
	mmdrop(mm);
}

static struct mm_struct *current_mm(void)
{
	struct vm_cpu *cpu = quire_this_cpu->vm;

	return cpu ? cpu->mm : NULL;
}

unsigned long vm_mmap(struct file *file, unsigned long addr, unsigned long len, unsigned long prot,
		      unsigned long flag, unsigned long offset)
{
	struct mm_struct *mm = current_mm();

	if (!mm)
		return (unsigned long)-ENOMEM;
	if (!file)
		flag |= QUIRE_MAP_ANONYMOUS;
	if (offset + page_up(len) < offset || !page_aligned(offset))
		return (unsigned long)-EINVAL;
	return (unsigned long)quire_mm_mmap(mm, addr, len, prot, flag, file, offset);
}

int vm_munmap(unsigned long start, size_t len)
{
	struct mm_struct *mm = current_mm();

	return mm ? (int)quire_mm_munmap(mm, start, len) : -EINVAL;
}

int vm_brk_flags(unsigned long addr, unsigned long request, unsigned long flags)
{
	struct mm_struct *mm = current_mm();
	unsigned long len = page_up(request);
	bool populate;
	int err = -EINVAL;
	long place;

	if (!mm || len < request)
		return -ENOMEM;
	if (!len)
		return 0;
	quire_write_lock(&mm->mmap_lock);
	if (!(flags & ~VM_EXEC)) {
		place = get_unmapped_area(mm, NULL, addr, len, 0, QUIRE_MAP_FIXED);
		err = is_error(place) ? (int)place : 0;
	}
	if (!err && !mlock_future_ok(mm, mm->def_flags, len))
		err = -EAGAIN;
	if (!err)
		err = do_munmap(mm, addr, len);
	if (!err)
		err = do_brk_flags(mm, addr, len, flags);
	populate = !err && (mm->def_flags & VM_LOCKED);
	quire_write_unlock(&mm->mmap_lock);
	if (populate)
		mm_populate(mm, addr, len, true);
	return err;
}
