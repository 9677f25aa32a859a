/* SPDX-License-Identifier: MIT */
/*
 * fault/report.c - what must not be: a mapping that the page does not know of, counts that do not
 * come out.
 *
 * Source: form of Linux 6.1's print_bad_pte() and check_mm().
 */
#include <quire/report.h>

#include "vm/fault/fault.h"

#include "page/dump.h"

void report_bad_pte(struct vm_area_struct *vma, unsigned long address, pte_t pte, struct page *page)
{
	const struct page_state *ps = quire_this_cpu->machine->page;
	const struct mm_struct *mm = vma->vm_mm;
	const pte_t *pmd = quire_pt_find(&mm->pgtable, address, 1, NULL);

	quire_report(NULL, QUIRE_ERR, "BUG: Bad page map in process %s  pte:%08lx pmd:%08lx\n",
		     mm->comm, (unsigned long)pte.pte, pmd ? (unsigned long)pmd->pte : 0);
	if (page)
		dump_page(ps, page, "bad pte");
	quire_report(NULL, QUIRE_ERR,
		     "addr:%016lx vm_flags:%08lx anon_vma:%016lx mapping:%016lx index:%lx\n",
		     address, vma->vm_flags, (unsigned long)vma->anon_vma,
		     (unsigned long)(vma->vm_file ? vma->vm_file->f_mapping : NULL),
		     vma->vm_pgoff + ((address - vma->vm_start) >> quire_this_cpu->page_shift));
	dump_stack(ps, QUIRE_ERR);
}

void mm_check_rss(struct mm_struct *mm)
{
	static const char *const names[NR_MM_COUNTERS] = {
		[MM_FILEPAGES] = "MM_FILEPAGES",
		[MM_ANONPAGES] = "MM_ANONPAGES",
		[MM_SWAPENTS] = "MM_SWAPENTS",
		[MM_SHMEMPAGES] = "MM_SHMEMPAGES",
	};
	int i;

	for (i = 0; i < NR_MM_COUNTERS; i++)
		if (mm->rss[i])
			quire_report(NULL, QUIRE_ERR,
				     "BUG: Bad rss-counter state mm:%016lx type:%s val:%ld\n",
				     (unsigned long)mm, names[i], mm->rss[i]);
	if (mm->thp_tables)
		quire_report(NULL, QUIRE_ERR,
			     "BUG: tables of huge pages left on freeing mm:%016lx\n",
			     (unsigned long)mm);
}
