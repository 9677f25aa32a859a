/* SPDX-License-Identifier: MIT */
/*
 * fault/move.c - entries to other addresses, for mremap.
 *
 * Entries move a table's part at a time, under the locks of both tables. In a mapping of a file
 * i_mmap_lock is held as well: truncation, which visits one VMA after the other, must find each
 * entry in one of the two places. A huge page moves as one when both addresses allow it.
 *
 * Source: Linux 6.1 mm/mremap.c (behaviour).
 */
#include "vm/fault/fault.h"
#include "vm/rmap/rmap.h"

/* [@from, @from + @len) lies in one table, [@to, ...) in another. */
static bool move_run(struct vm_area_struct *vma, unsigned long from, unsigned long to,
		     unsigned long len)
{
	struct quire_pgtable *pt = &vma->vm_mm->pgtable;
	struct address_space *mapping = vma->vm_file ? vma->vm_file->f_mapping : NULL;
	unsigned int level = 0;
	pte_t *old = quire_pt_find(pt, from, 0, &level), *fresh;
	spinlock_t *ol, *fl;
	unsigned long i, n = len >> pt->format->shift[0];

	if (level)
		return true; /* nothing there */
	fresh = quire_pt_make(pt, to, 0, GFP_KERNEL);
	if (!fresh)
		return false;
	ol = quire_pt_lockptr(pt, old, 0);
	fl = quire_pt_lockptr(pt, fresh, 0);
	if (mapping)
		spin_lock(&mapping->i_mmap_lock);
	spin_lock(ol);
	if (fl != ol)
		spin_lock(fl);
	for (i = 0; i < n; i++)
		if (!pte_none(quire_pte_get(old + i)))
			quire_set_pte(fresh + i, quire_pte_xchg(old + i, (pte_t){ 0 }));
	/* Before the locks go: who finds an entry at its new place may take its page away. */
	flush_tlb_pt_range(pt, from, from + len);
	if (fl != ol)
		spin_unlock(fl);
	spin_unlock(ol);
	if (mapping)
		spin_unlock(&mapping->i_mmap_lock);
	return true;
}

/* All of a huge page. Return: false: it cannot move as one. */
static bool move_huge(struct vm_area_struct *vma, pte_t *old, unsigned long from, unsigned long to)
{
	struct quire_pgtable *pt = &vma->vm_mm->pgtable;
	pte_t *fresh = quire_pt_make(pt, to, 1, GFP_KERNEL);
	spinlock_t *ol, *fl;
	bool moved = false;

	if (!fresh)
		return false;
	ol = quire_pt_lockptr(pt, old, 1);
	fl = quire_pt_lockptr(pt, fresh, 1);
	spin_lock(ol);
	if (fl != ol)
		spin_lock(fl);
	if (pte_none(quire_pte_get(fresh))) {
		quire_set_pte(fresh, quire_pte_xchg(old, (pte_t){ 0 }));
		flush_tlb_pt_range(pt, from, from + quire_pt_span(pt->format, 1));
		moved = true;
	}
	if (fl != ol)
		spin_unlock(fl);
	spin_unlock(ol);
	return moved;
}

static unsigned long smaller(unsigned long a, unsigned long b)
{
	return a < b ? a : b;
}

unsigned long move_page_tables(struct vm_area_struct *vma, unsigned long old_addr,
			       struct vm_area_struct *new_vma, unsigned long new_addr,
			       unsigned long len)
{
	struct quire_pgtable *pt = &vma->vm_mm->pgtable;
	unsigned long span = quire_pt_span(pt->format, 1), done = 0, step;

	new_vma->touched = true;
	for (; done < len; done += step) {
		unsigned long from = old_addr + done, to = new_addr + done;
		pte_t *pmd = quire_pt_find(pt, from, 1, NULL), e;

		step = smaller(len - done, span - (from & (span - 1)));
		if (!pmd)
			continue;
		e = quire_pte_get(pmd);
		if (pte_none(e))
			continue;
		if (!quire_pte_table(pt->format, e)) {
			if (step == span && !(to & (span - 1)) && move_huge(vma, pmd, from, to))
				continue;
			split_huge_entry(vma, pmd, from & ~(span - 1));
		}
		step = smaller(step, span - (to & (span - 1)));
		if (!move_run(vma, from, to, step))
			break;
	}
	return done < len ? done : len;
}
