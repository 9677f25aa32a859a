/* SPDX-License-Identifier: MIT */
/*
 * map/validate.c - is an address space in order? For tests, after each step.
 *
 * Checked: the tree (vma_tree.h, T1 .. T7), each VMA, the counts against the VMAs, and that tables
 * hold nothing where no VMA says that it was touched.
 */
#include <quire/list.h>
#include <quire/report.h>

#include "vm/map/map.h"

static const char *check_vma(const struct vm_area_struct *vma)
{
	if (!page_aligned(vma->vm_start) || !page_aligned(vma->vm_end))
		return "a VMA is not page-aligned";
	if (vma->vm_end > vma->vm_mm->task_size)
		return "a VMA ends beyond task_size";
	if (vma->anon_vma && list_empty(&vma->anon_vma_chain))
		return "a VMA has an anon_vma and no chain";
	if (vma->vm_file && vma->anon_name && !vma->vm_file->f_inode->shmem)
		return "a file mapping has a name";
	if ((vma->vm_flags & VM_LOCKONFAULT) && !(vma->vm_flags & VM_LOCKED))
		return "a VMA is locked on fault and not locked";
	if ((vma->vm_flags & VM_ACCOUNT) && (vma->vm_flags & VM_SHARED))
		return "shared memory counts with its file, not its VMA";
	return NULL;
}

/* A leaf stands where none may. */
static int found(struct quire_pt_walk *w, pte_t *p, unsigned long addr, unsigned long n,
		 unsigned int level)
{
	unsigned long i;

	(void)addr;
	(void)level;
	for (i = 0; i < n; i++)
		if (!pte_none(quire_pte_get(p + i)))
			*(bool *)w->priv = true;
	return 0;
}

static bool holds(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	bool any = false;
	struct quire_pt_walk w = { .entries = found, .priv = &any };

	if (start < end)
		quire_pt_walk_range(&mm->pgtable, start, end, &w);
	return any;
}

struct sums {
	unsigned long total, locked, data, exec, stack;
};

static void add(struct sums *s, const struct vm_area_struct *vma)
{
	struct mm_struct one = { 0 };

	vm_stat_account(&one, vma->vm_flags, (long)vma_pages(vma));
	s->total += one.total_vm;
	s->data += one.data_vm;
	s->exec += one.exec_vm;
	s->stack += one.stack_vm;
	if (vma->vm_flags & VM_LOCKED)
		s->locked += vma_pages(vma);
}

static const char *check_all(struct mm_struct *mm)
{
	struct vm_area_struct *vma = NULL;
	unsigned long behind = 0;
	const char *wrong = vma_tree_check(mm);
	struct sums s = { 0 };

	while (!wrong && (vma = quire_vma_next(mm, vma))) {
		wrong = check_vma(vma);
		add(&s, vma);
		if (!wrong && holds(mm, behind, vma->vm_start))
			wrong = "pages are mapped outside of all VMAs";
		if (!wrong && !vma->touched && holds(mm, vma->vm_start, vma->vm_end))
			wrong = "pages are mapped in a VMA that nobody touched";
		behind = vma->vm_end;
	}
	if (wrong)
		return wrong;
	if (holds(mm, behind, mm->task_size))
		return "pages are mapped behind all VMAs";
	if (s.total != mm->total_vm || s.locked != mm->locked_vm)
		return "total_vm or locked_vm is not the sum of the VMAs";
	if (s.data != mm->data_vm || s.exec != mm->exec_vm || s.stack != mm->stack_vm)
		return "data_vm, exec_vm or stack_vm is not the sum of the VMAs";
	return NULL;
}

bool quire_mm_validate(struct mm_struct *mm)
{
	const char *wrong = check_all(mm);

	if (wrong)
		quire_report(mm->machine, QUIRE_ERR, "quire: address space of pid %d: %s\n",
			     mm->pid, wrong);
	return !wrong;
}
