/* SPDX-License-Identifier: MIT */
/*
 * map/area.c - where a new mapping goes.
 *
 * 1. Usual layout: the highest gap below mmap_base that is wide enough. When there is none,
 *    or with MAP_32BIT: the lowest one above the legacy base (MAP_32BIT: between 1 and 2 GiB).
 *    Legacy layout: always from the bottom.
 * 2. A hint is taken as it is when nothing is in the way, a growing stack's guard gap included.
 *    A gap right below a growing stack ends at its guard.
 * 3. With 5 levels of page tables addresses above 47 bits are for those who ask: by a hint there.
 * 4. Rules of 6.18: anonymous mappings of a huge page or more get an address aligned to huge
 *    pages, where a gap allows. So do mappings of files whose file system asks for it.
 *
 * Source: Linux 6.1 arch/x86/kernel/sys_x86_64.c, mm/mmap.c (behaviour); 6.7's alignment of large
 * anonymous mappings.
 */
#include <quire/errno.h>

#include "vm/map/map.h"

#define LOW_2G_FIRST 0x40000000ul
#define LOW_2G_END   0x80000000ul

static inline unsigned long min_addr(const struct mm_struct *mm)
{
	return mm->user_base > page_size() ? mm->user_base : page_size();
}

/* Is [@addr, @addr + @len) free, as far as a hint must be? */
static bool hint_free(struct mm_struct *mm, unsigned long addr, unsigned long len)
{
	const struct vm_area_struct *vma = vma_tree_find(mm, addr);

	return !vma || addr + len <= vma_low(vma);
}

/*
 * The lowest, the highest gap. A growing stack right behind the gap that was found takes its guard
 * from it, and the search goes on beyond the guard: gaps on the way are passed over.
 */
static unsigned long lowest_gap(struct mm_struct *mm, unsigned long len, unsigned long low,
				unsigned long high)
{
	for (;;) {
		unsigned long start = vma_tree_gap_bottom(mm, len, low, high);
		const struct vm_area_struct *next;

		if (unlikely(start == ~0ul))
			return start;
		next = vma_tree_find(mm, start);
		if (likely(!next || vma_low(next) >= start + len - 1))
			return start;
		low = next->vm_end;
	}
}

static unsigned long highest_gap(struct mm_struct *mm, unsigned long len, unsigned long low,
				 unsigned long high)
{
	for (;;) {
		unsigned long end = vma_tree_gap_top(mm, len, low, high);
		const struct vm_area_struct *next;

		if (unlikely(!end))
			return 0;
		next = vma_tree_find(mm, end);
		if (likely(!next || vma_low(next) >= end))
			return end;
		high = vma_low(next);
	}
}

static long bottom_up(struct mm_struct *mm, unsigned long addr, unsigned long len,
		      unsigned long flags)
{
	unsigned long begin = mm->mmap_legacy_base, end, found;

	if (flags & QUIRE_MAP_32BIT) {
		begin = LOW_2G_FIRST;
		end = LOW_2G_END;
	} else {
		end = addr > mm->map_window ? mm->task_size : mm->map_window;
	}
	if (len > end)
		return -ENOMEM;
	if (addr) {
		addr = page_up(addr);
		if (end - len >= addr && hint_free(mm, addr, len))
			return (long)addr;
	}
	if (begin < min_addr(mm))
		begin = min_addr(mm);
	found = lowest_gap(mm, len, begin, end);
	return found == ~0ul ? -ENOMEM : (long)found;
}

/* Both ends on one side of the border between the addresses for all and those one asks for. */
static bool hint_valid(const struct mm_struct *mm, unsigned long addr, unsigned long len)
{
	if (mm->task_size - len < addr)
		return false;
	return (addr > mm->map_window) == (addr + len > mm->map_window);
}

static long top_down(struct mm_struct *mm, unsigned long addr, unsigned long len,
		     unsigned long flags)
{
	unsigned long high = mm->mmap_base, found, hint = addr;

	if (len > mm->task_size)
		return -ENOMEM;
	if (unlikely(flags & QUIRE_MAP_32BIT))
		return bottom_up(mm, addr, len, flags);
	if (addr) {
		addr = page_down(addr);
		if (hint_valid(mm, addr, len) && hint_free(mm, addr, len))
			return (long)addr;
	}
	if (addr > mm->map_window)
		high += mm->task_size - mm->map_window;
	found = highest_gap(mm, len, min_addr(mm), high);
	return likely(found) ? (long)(found - len) : bottom_up(mm, hint, len, flags);
}

static long search(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned long flags)
{
	return unlikely(mm->mmap_legacy) ? bottom_up(mm, addr, len, flags)
					 : top_down(mm, addr, len, flags);
}

/* Rule 4: an address that lies in huge pages as the offset does; 0: none. */
static long aligned_area(struct mm_struct *mm, unsigned long len, unsigned long offset,
			 unsigned long flags)
{
	unsigned long size = quire_pt_span(mm->pgtable.format, 1), padded = len + size, sub;
	unsigned long first = (offset + size - 1) & ~(size - 1);
	long found;

	if (offset + len <= first || offset + len - first < size || padded < len ||
	    offset + padded < offset)
		return 0;
	found = search(mm, 0, padded, flags);
	if (is_error(found))
		return 0;
	sub = (offset - (unsigned long)found) & (size - 1);
	if (!sub && !mm->mmap_legacy && follows(mm, 618))
		sub = size;
	return found + (long)sub;
}

long get_unmapped_area(struct mm_struct *mm, struct file *file, unsigned long addr,
		       unsigned long len, unsigned long pgoff, unsigned long flags)
{
	bool huge;
	long found = 0;

	if (unlikely(len > mm->task_size))
		return -ENOMEM;
	if (flags & QUIRE_MAP_FIXED) {
		found = (long)addr;
	} else {
		huge = follows(mm, 618) && !file && !addr && !(flags & QUIRE_MAP_SHARED) &&
		       !(len & (quire_pt_span(mm->pgtable.format, 1) - 1));
		huge |= file && !addr && file->f_flags & QUIRE_FILE_HUGE_ALIGN;
		if (!file) /* anonymous memory has no offset that matters */
			pgoff = 0;
		if (huge)
			found = aligned_area(mm, len, pgoff << quire_this_cpu->page_shift, flags);
		if (!found)
			found = search(mm, addr, len, flags);
	}
	if (is_error(found))
		return found;
	if ((unsigned long)found > mm->task_size - len)
		return -ENOMEM;
	if (!page_aligned((unsigned long)found))
		return -EINVAL;
	if (unlikely(found < READ_ONCE(this_vm()->mmap_min_addr)) && !mm->min_addr_ok)
		return -EPERM;
	return found;
}
