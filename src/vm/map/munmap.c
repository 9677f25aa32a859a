/* SPDX-License-Identifier: MIT */
/*
 * map/munmap.c - munmap, and the end of an address space.
 *
 * 1. Cuts at both ends are prepared, pages and tables go, then VMAs are shortened, cut or
 *    dropped; only the first step can fail.
 * 2. A range through which nothing was ever mapped is let go without a look at tables; but where a
 *    task caches its counts they are looked at, since each table that is there folds them.
 * 3. A hole in the middle of one VMA makes two of it; that one more may exceed max_map_count only
 *    where something goes for it.
 * 4. Who goes from a page or a file to those who map it walks without mmap_lock: under the lock of
 *    the file's tree or the anon_vmas', which he holds until he has left the tables. VMAs leave
 *    these trees only after their tables; so between a table's leaving and its end each lock
 *    is had once: walks that came before are over then, others find no table.
 *
 * Source: Linux 6.1 mm/mmap.c do_mas_munmap(), exit_mmap() (behaviour).
 */
#include <quire/errno.h>
#include <quire/list.h>
#include <quire/rcupdate.h>

#include "vm/map/map.h"

/* Point 4, for the VMAs from @vma on below @end. */
static void wait_for_walks(struct vm_area_struct *vma, unsigned long end)
{
	for (; vma && vma->vm_start < end; vma = quire_vma_next(vma->vm_mm, vma)) {
		if (vma->vm_file) {
			spin_lock(&vma->vm_file->f_mapping->i_mmap_lock);
			spin_unlock(&vma->vm_file->f_mapping->i_mmap_lock);
		}
		if (vma->anon_vma) {
			anon_vma_lock_write(vma->anon_vma);
			anon_vma_unlock_write(vma->anon_vma);
		}
	}
}

/* Pages and tables of [@start, @end), whose VMAs from @vma on are still there. */
static void unmap_region(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long start,
			 unsigned long end)
{
	struct vm_area_struct *prev, *next, *walk;
	struct mmu_gather tlb;
	struct vma_cursor c;

	for (walk = vma; walk && walk->vm_start < end; walk = quire_vma_next(mm, walk))
		if (walk->touched)
			break;
	if (likely((!walk || walk->vm_start >= end) && !mm->rss_cache))
		return;
	vma_cursor_find(&c, mm, start);
	prev = vma->vm_start < start ? vma : vma_cursor_peek_prev(&c);
	next = vma_tree_find(mm, end);
	tlb_gather_mmu(&tlb, &mm->pgtable);
	unmap_vmas(&tlb, vma, start, end);
	free_pgd_range(&tlb, start, end,
		       !prev		      ? 0
		       : prev->vm_end < start ? prev->vm_end
					      : start,
		       !next		      ? 0
		       : next->vm_start > end ? next->vm_start
					      : end);
	if (tlb.freed_tables)
		wait_for_walks(vma, end);
	tlb_finish_mmu(&tlb);
}

/* @pages of @vma leave the counts. */
static void uncount(struct vm_area_struct *vma, unsigned long pages)
{
	struct mm_struct *mm = vma->vm_mm;

	if (vma->vm_flags & VM_ACCOUNT)
		vm_uncommit((long)pages);
	if (unlikely(vma->vm_flags & VM_LOCKED))
		mm->locked_vm -= pages;
	vm_stat_account(mm, vma->vm_flags, -(long)pages);
}

/* May there be a VMA more? */
static bool one_more(const struct mm_struct *mm)
{
	return mm->map_count < READ_ONCE(this_vm()->max_map_count);
}

/* What is needed for the cuts. */
struct cuts {
	struct vma_split middle;
	struct vma_stock stock;
};

/* A VMA's both ends stay: its upper one becomes a VMA of its own. */
static int prepare_hole(struct cuts *cuts, struct vm_area_struct *vma, unsigned long end)
{
	if (!one_more(vma->vm_mm))
		return -ENOMEM;
	return vma_split_prepare(&cuts->middle, vma, end, &cuts->stock, 1);
}

/* The VMAs that lie in [@start, @end) go, the ones that reach into it are shortened. */
static void cut_out(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct vm_area_struct *vma;
	struct vma_cursor c;

	while ((vma = vma_cursor_find(&c, mm, start)) && vma->vm_start < end) {
		if (vma->vm_start < start) {
			uncount(vma, to_pages(vma->vm_end - start));
			vma_set_range(vma, vma->vm_start, start, vma->vm_pgoff);
		} else if (vma->vm_end > end) {
			uncount(vma, to_pages(end - vma->vm_start));
			vma_set_range(vma, end, vma->vm_end,
				      vma->vm_pgoff + to_pages(end - vma->vm_start));
		} else {
			uncount(vma, vma_pages(vma));
			vma_tree_erase(&c);
			vma_retire(vma);
		}
	}
}

/* The usual case, made short: one VMA as a whole. */
static inline void remove_whole(struct vma_cursor *c, struct vm_area_struct *vma)
{
	if (unlikely(vma->touched || vma->vm_mm->rss_cache))
		unmap_region(vma->vm_mm, vma, vma->vm_start, vma->vm_end);
	uncount(vma, vma_pages(vma));
	vma_tree_erase(c);
	vma_retire(vma);
}

/* May both ends of the range be cut? A special mapping may not. */
static bool may_cut(const struct vm_area_struct *first, const struct vm_area_struct *last,
		    unsigned long start, unsigned long end)
{
	return !(start > first->vm_start && vma_is_special(first)) &&
	       !(last && last->vm_start < end && end < last->vm_end && vma_is_special(last));
}

/* Does somebody want to be asked before @vma is cut, or told of each piece? */
static bool cuts_are_told(const struct vm_area_struct *vma)
{
	return vma->vm_ops && (vma->vm_ops->open || vma->vm_ops->close || vma->vm_ops->may_split);
}

/* @vma becomes two at @addr, as it would for any other call that cuts. */
static int cut_told(struct vm_area_struct *vma, unsigned long addr)
{
	struct vma_stock stock = { 0 };
	struct vma_split s = { 0 };
	int err = vma_split_prepare(&s, vma, addr, &stock, 1);

	if (!err)
		vma_split_commit(&s, &stock);
	vma_stock_drop(&stock);
	return err;
}

/* What reaches into [@start, @end) from below and above ends there, where that is told. */
static int cut_ends(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct vm_area_struct *vma = vma_tree_find(mm, start);
	int err = 0;

	if (vma->vm_start < start && vma->vm_end > end && !one_more(mm))
		return -ENOMEM;
	if (vma->vm_start < start && cuts_are_told(vma))
		err = cut_told(vma, start);
	vma = vma_tree_find(mm, end - 1);
	if (!err && vma && vma->vm_start < end && vma->vm_end > end && cuts_are_told(vma))
		err = cut_told(vma, end);
	return err;
}

int do_munmap(struct mm_struct *mm, unsigned long start, unsigned long len)
{
	struct cuts cuts = { 0 };
	struct vm_area_struct *vma, *last;
	struct vma_cursor c;
	unsigned long end;
	int err = 0;

	if (!page_aligned(start) || start > mm->task_size || len > mm->task_size - start)
		return -EINVAL;
	end = start + page_up(len);
	if (end == start)
		return -EINVAL;
	vma = vma_cursor_find(&c, mm, start);
	if (!vma || vma->vm_start >= end)
		return 0;
	if (likely(vma->vm_start == start && vma->vm_end == end)) {
		remove_whole(&c, vma);
		return 0;
	}
	last = vma_tree_find(mm, end - 1);
	if (unlikely(!may_cut(vma, last, start, end)))
		return -EINVAL;
	if (unlikely(cuts_are_told(vma) || (last && cuts_are_told(last)))) {
		err = cut_ends(mm, start, end);
		if (err)
			return err;
		vma = vma_cursor_find(&c, mm, start);
	}
	if (start > vma->vm_start && end < vma->vm_end)
		err = prepare_hole(&cuts, vma, end);
	if (!err) {
		unmap_region(mm, vma, start, end);
		if (cuts.middle.fresh)
			vma_split_commit(&cuts.middle, &cuts.stock);
		cut_out(mm, start, end);
	}
	vma_stock_drop(&cuts.stock);
	return err;
}

long quire_mm_munmap(struct mm_struct *mm, unsigned long addr, unsigned long len)
{
	int err;

	quire_write_lock(&mm->mmap_lock);
	err = do_munmap(mm, addr, len);
	quire_write_unlock(&mm->mmap_lock);
	quire_rcu_poll(); /* pages of files that went with their last mapping */
	return err;
}

/* Pages and tables of everything. */
static void unmap_all(struct mm_struct *mm, struct vm_area_struct *first)
{
	struct mmu_gather tlb;

	tlb_gather_mmu_fullmm(&tlb, &mm->pgtable);
	unmap_vmas(&tlb, first, 0, ~0ul);
	free_pgd_range(&tlb, 0, mm->task_size, 0, 0);
	wait_for_walks(first, mm->task_size);
	tlb_finish_mmu(&tlb);
}

void exit_mmap(struct mm_struct *mm)
{
	struct vm_area_struct *vma, *next;
	struct vma_cursor c;
	long promised = 0;

	quire_write_lock(&mm->mmap_lock);
	vma = vma_cursor_find(&c, mm, 0);
	if (vma)
		unmap_all(mm, vma);
	for (; vma; vma = next) {
		next = vma_cursor_next(&c);
		if (vma->vm_flags & VM_ACCOUNT)
			promised += (long)vma_pages(vma);
		vma_retire(vma);
	}
	vm_uncommit(promised);
	vma_tree_release(mm);
	mm->total_vm = mm->data_vm = mm->exec_vm = mm->stack_vm = mm->locked_vm = 0;
	quire_write_unlock(&mm->mmap_lock);
}
