/* SPDX-License-Identifier: MIT */
/*
 * map/brk.c - the heap that ends at the break.
 *
 * The system call has no error: it answers with the break, moved or not.
 *
 * Source: Linux 6.1 mm/mmap.c (behaviour).
 */
#include <quire/errno.h>

#include "vm/map/map.h"

int do_brk_flags(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned long flags)
{
	const long pages = (long)to_pages(len);
	struct vma_spec spec = { .start = addr, .end = addr + len, .pgoff = to_pages(addr) };
	struct vma_stock stock = { 0 };
	struct vm_area_struct *vma;
	struct vma_cursor c;

	flags |= VM_DATA_DEFAULT_FLAGS | VM_ACCOUNT | mm->def_flags;
	if (!may_expand_vm(mm, flags, (unsigned long)pages) ||
	    mm->map_count > READ_ONCE(this_vm()->max_map_count) || vm_commit(mm, pages))
		return -ENOMEM;
	spec.vm_flags = flags;
	vma_cursor_find(&c, mm, addr);
	vma = vma_merge_behind(vma_cursor_peek_prev(&c), &spec);
	if (!vma) {
		vma = vma_alloc(mm);
		if (!vma || vma_stock_fill(&stock, &c, 1))
			goto no_memory;
		vma->vm_start = addr;
		vma->vm_end = addr + len;
		vma->vm_flags = flags;
		vma->vm_pgoff = spec.pgoff;
		vma_set_page_prot(vma);
		vma_link(&c, vma, &stock);
	}
	vm_stat_account(mm, flags, pages);
	if (flags & VM_LOCKED)
		mm->locked_vm += (unsigned long)pages;
	vma->vm_flags |= VM_SOFTDIRTY;
	return 0;
no_memory:
	if (vma)
		vma_free(vma);
	vma_stock_drop(&stock);
	vm_uncommit(pages);
	return -ENOMEM;
}

/* RLIMIT_DATA of heap and program data together. */
static bool data_fits(const struct mm_struct *mm, unsigned long brk)
{
	unsigned long limit = mm->rlimit[QUIRE_RLIMIT_DATA];

	return limit == ~0ul || brk - mm->start_brk + (mm->end_data - mm->start_data) <= limit;
}

static bool shrink(struct mm_struct *mm, unsigned long from, unsigned long to)
{
	struct vm_area_struct *vma = vma_tree_find(mm, from);

	return vma && vma->vm_start < to && !do_munmap(mm, from, to - from);
}

static bool grow(struct mm_struct *mm, unsigned long from, unsigned long to)
{
	struct vm_area_struct *next;
	long place = get_unmapped_area(mm, NULL, from, to - from, 0, QUIRE_MAP_FIXED);

	if (is_error(place) || !mlock_future_ok(mm, mm->def_flags, to - from))
		return false;
	next = vma_tree_find(mm, from);
	if (next && to + page_size() > vma_low(next))
		return false;
	return !do_brk_flags(mm, from, to - from, 0);
}

unsigned long quire_mm_brk(struct mm_struct *mm, unsigned long brk)
{
	unsigned long was, from, to;
	bool populate = false;

	quire_write_lock(&mm->mmap_lock);
	was = mm->brk;
	from = page_up(was);
	to = page_up(brk);
	if (brk < mm->start_brk || !data_fits(mm, brk) ||
	    !(to == from || (brk <= was ? shrink(mm, to, from) : grow(mm, from, to)))) {
		brk = was;
	} else {
		mm->brk = brk;
		populate = to > from && (mm->def_flags & VM_LOCKED);
	}
	quire_write_unlock(&mm->mmap_lock);
	if (populate)
		mm_populate(mm, from, to - from, true);
	return brk;
}
