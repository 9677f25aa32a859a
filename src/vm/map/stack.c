/* SPDX-License-Identifier: MIT */
/*
 * map/stack.c - stacks that grow downwards.
 *
 * 1. A fault below a VM_GROWSDOWN VMA makes it longer down to the faulting page, if the limits
 *    allow and the guard gap to the mapping below stays.
 * 2. Growing changes the tree, so it is done with mmap_lock held for writing: the fault gives its
 *    own up, takes it for writing, looks again, grows, and goes on as a reader. (Linux 6.1 did
 *    so with the lock for reading, which was a bug; since 6.1.37 as here.)
 *
 * 3. Faults mostly come to the VMA of the one before: mm->recent spares the search.
 *
 * Source: Linux 6.1 mm/mmap.c expand_downwards(), acct_stack_growth() (behaviour); CVE-2023-3269.
 */
#include <quire/errno.h>

#include "base/assert.h"
#include "vm/map/map.h"

/* Do limits allow @grow pages more, @size bytes in all? The commit limit is charged. */
static int charge_growth(struct vm_area_struct *vma, unsigned long size, unsigned long grow)
{
	struct mm_struct *mm = vma->vm_mm;

	if (!may_expand_vm(mm, vma->vm_flags, grow) || size > mm->rlimit[QUIRE_RLIMIT_STACK] ||
	    !mlock_future_ok(mm, vma->vm_flags, grow << quire_this_cpu->page_shift))
		return -ENOMEM;
	return vm_commit(mm, (long)grow);
}

static bool guard_kept(struct vm_area_struct *vma, unsigned long address)
{
	struct vm_area_struct *prev = quire_vma_prev(vma->vm_mm, vma);

	return !prev || (prev->vm_flags & VM_GROWSDOWN) || !(prev->vm_flags & VM_ACCESS_FLAGS) ||
	       address - prev->vm_end >= vma->vm_mm->stack_guard_gap;
}

/* A VM_GROWSDOWN @vma, the first that ends above @address, grows to hold it. 0, -ENOMEM, -EPERM,
 * -EFAULT. Context: mmap_lock for writing. */
static int expand_stack(struct vm_area_struct *vma, unsigned long address)
{
	struct mm_struct *mm = vma->vm_mm;
	unsigned long grow;
	int err;

	quire_rwlock_assert_held(&mm->mmap_lock);
	if (!(vma->vm_flags & VM_GROWSDOWN))
		return -EFAULT;
	address = page_down(address);
	if (address < (unsigned long)READ_ONCE(this_vm()->mmap_min_addr))
		return -EPERM;
	if (!guard_kept(vma, address) || anon_vma_prepare(vma))
		return -ENOMEM;
	if (address >= vma->vm_start)
		return 0;
	grow = to_pages(vma->vm_start - address);
	if (grow > vma->vm_pgoff)
		return -ENOMEM;
	err = charge_growth(vma, vma->vm_end - address, grow);
	if (err)
		return err;
	vma_set_range(vma, address, vma->vm_end, vma->vm_pgoff - grow);
	if (vma->vm_flags & VM_LOCKED)
		mm->locked_vm += grow;
	vm_stat_account(mm, vma->vm_flags, (long)grow);
	return 0;
}

/* The slow half: @address is in no VMA, but a stack may grow to it. */
static struct vm_area_struct *grow_and_find(struct mm_struct *mm, unsigned long address, bool *grew)
{
	struct vm_area_struct *vma;

	quire_write_lock(&mm->mmap_lock);
	vma = vma_tree_find(mm, address);
	if (vma && vma->vm_start > address) {
		if (expand_stack(vma, address))
			vma = NULL;
		else if (grew)
			*grew = true;
	}
	if (!vma) {
		quire_write_unlock(&mm->mmap_lock);
		return NULL;
	}
	quire_write_downgrade(&mm->mmap_lock);
	return vma;
}

struct vm_area_struct *lock_mm_and_find_vma(struct mm_struct *mm, unsigned long address, bool *grew)
{
	struct vm_area_struct *vma;
	bool stack;

	if (grew)
		*grew = false;
	quire_read_lock(&mm->mmap_lock);
	vma = READ_ONCE(mm->recent);
	if (likely(vma && vma->vm_start <= address && address < vma->vm_end))
		return vma;
	vma = vma_tree_find(mm, address);
	if (likely(vma && vma->vm_start <= address)) {
		WRITE_ONCE(mm->recent, vma);
		return vma;
	}
	stack = vma && vma->vm_flags & VM_GROWSDOWN;
	quire_read_unlock(&mm->mmap_lock);
	return stack ? grow_and_find(mm, address, grew) : NULL;
}

int quire_mm_setup_stack(struct mm_struct *mm, unsigned long size, unsigned long vm_flags)
{
	const unsigned long end = page_down(mm->start_stack), start = end - page_up(size);
	struct vma_stock stock = { 0 };
	struct vm_area_struct *vma, *next;
	struct vma_cursor c;
	int err = -ENOMEM;

	if (!size || start >= end || end > mm->task_size)
		return -EINVAL;
	quire_write_lock(&mm->mmap_lock);
	next = vma_cursor_find(&c, mm, start);
	vma = next && next->vm_start < end ? NULL : vma_alloc(mm);
	if (!vma || vma_stock_fill(&stock, &c, 1) || vm_commit(mm, (long)to_pages(end - start)))
		goto out;
	vma->vm_start = start;
	vma->vm_end = end;
	vma->vm_flags = vm_flags | VM_DATA_DEFAULT_FLAGS | VM_GROWSDOWN | VM_ACCOUNT | VM_SOFTDIRTY;
	vma->vm_pgoff = to_pages(start);
	vma_set_page_prot(vma);
	vma_link(&c, vma, &stock);
	vm_stat_account(mm, vma->vm_flags, (long)to_pages(end - start));
	vma = NULL;
	err = 0;
out:
	if (vma)
		vma_free(vma);
	vma_stock_drop(&stock);
	quire_write_unlock(&mm->mmap_lock);
	return err;
}
