/* SPDX-License-Identifier: MIT */
/*
 * vm_exec.c - exec: a new address space with a program in it, as told (vm_learn.c).
 *
 *	arguments into the new stack	each page is the new mm's, and counted in the old one's
 *					anonymous pages as long as exec may fail
 *	the old mm is left		its counts are folded; if nobody else has it, it is
 *					torn down
 *	program, interpreter		each segment a private mapping of the file; bss anonymous
 *	[vdso], [vvar]			where the first read of the vdso's header was
 */
#include <errno.h>

#include <quire/mm.h>

#include "replay/vm_internal.h"

#define ARG_PAGES_MAX 512
#define STACK_EXTRA   (UINT64_C(128) << 10) /* what exec adds below the arguments */
#define VDSO_PAGES    2
#define VVAR_PAGES    4

/* So many pages of arguments: the new mm's first events, one for each. */
static unsigned int argument_pages(const struct vm_task *t)
{
	int64_t size = 0;
	unsigned int n = 0;

	for (size_t i = t->recorded.head; i < t->recorded.nr; i++) {
		const struct vm_rss *r = &t->recorded.list[i];

		if (r->curr || r->member != MM_ANONPAGES)
			continue;
		if (r->size != size + (int64_t)VM_PAGE)
			break;
		size = r->size;
		n++;
	}
	return n < 1 ? 1 : n > ARG_PAGES_MAX ? ARG_PAGES_MAX : n;
}

/* What the kernel counts against the old mm for arguments. */
static void count_arguments(struct vm_run *run, struct vm_task *t, long pages)
{
	if (!t->mm || !pages)
		return;
	t->mm->rss[MM_ANONPAGES] += pages;
	vm_rss_here(run, t, t->mm, MM_ANONPAGES, t->mm->rss[MM_ANONPAGES]);
}

static void copy_arguments(struct vm_run *run, struct vm_task *t, struct mm_struct *mm,
			   unsigned int pages)
{
	for (unsigned int i = 0; i < pages; i++) {
		/* The fault in the other mm is one of this task's, too. */
		if (t->cache.events++ > 64) {
			t->cache.events = 0;
			if (t->mm)
				quire_mm_sync_rss(t->mm);
		}
		quire_mm_access(mm, mm->start_stack - (i + 1) * VM_PAGE, NULL, 1,
				QUIRE_ACCESS_WRITE | QUIRE_ACCESS_USER, NULL);
		count_arguments(run, t, 1);
	}
	count_arguments(run, t, -(long)pages);
}

static void leave_old(struct vm_run *run, struct vm_task *t, struct mm_struct *mm)
{
	struct mm_struct *old = t->mm;

	if (old)
		quire_mm_sync_rss(old);
	t->mm = mm;
	t->had_mm = true;
	run->acting_mm = mm;
	if (!old)
		return;
	old->rss_cache = NULL;
	mmput(old);
}

static void map_image(struct vm_run *run, struct mm_struct *mm, const struct vm_image *m,
		      uint64_t origin)
{
	const unsigned long flags = QUIRE_MAP_PRIVATE | QUIRE_MAP_FIXED;
	int64_t end = 0;

	for (unsigned int i = 0; i < m->nr; i++) {
		const struct vm_segment *s = &m->segments[i];
		uint64_t bytes = (uint64_t)(s->end - s->start);

		vm_file_cover(run, m->file, m->shmem, s->page, bytes / VM_PAGE);
		quire_mm_mmap(mm, origin + (uint64_t)s->start, bytes, s->prot, flags,
			      vm_file_of(run, m->file, m->shmem), s->page * VM_PAGE);
		end = s->end;
	}
	if (m->bss_end > end)
		quire_mm_mmap(mm, origin + (uint64_t)end, (uint64_t)(m->bss_end - end),
			      QUIRE_PROT_READ | QUIRE_PROT_WRITE, flags | QUIRE_MAP_ANONYMOUS, NULL,
			      0);
}

static void map_special(struct vm_run *run, struct mm_struct *mm, uint64_t vdso)
{
	struct page *pages[VVAR_PAGES];

	if (!vdso || !run->special)
		return;
	for (unsigned int i = 0; i < VVAR_PAGES; i++)
		pages[i] = run->special;
	quire_mm_install_special(mm, vdso - VVAR_PAGES * VM_PAGE, VVAR_PAGES * VM_PAGE,
				 VM_READ | VM_MAYREAD | VM_IO | VM_PFNMAP, "[vvar]", pages);
	quire_mm_install_special(mm, vdso, VDSO_PAGES * VM_PAGE,
				 VM_READ | VM_EXEC | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC,
				 "[vdso]", pages);
}

int vm_exec(struct vm_run *run, struct vm_task *t, const struct vm_op *op)
{
	const struct vm_exec *e = &run->learned->execs[op->id];
	const struct vm_learned *l = run->learned;
	struct quire_mm_layout layout = {
		.task_size = VM_TASK_END,
		.mmap_base = e->mmap_base,
		.stack_top = e->stack_top,
		.start_brk = e->brk,
	};
	unsigned int pages = argument_pages(t);
	struct mm_struct *mm = quire_mm_create(&layout);

	if (!mm)
		return -ENOMEM;
	mm->pid = t->pid;
	quire_mm_setup_stack(mm, pages * VM_PAGE + STACK_EXTRA, VM_STACK);
	copy_arguments(run, t, mm, pages);
	leave_old(run, t, mm);
	if (e->image != VM_NONE_ID)
		map_image(run, mm, &l->images[e->image], e->origin);
	if (e->interp != VM_NONE_ID)
		map_image(run, mm, &l->images[e->interp], e->interp_origin);
	map_special(run, mm, e->vdso);
	mm->rss_cache = &t->cache;
	vm_rss_match(run, t);
	/* What was the new mm's difference is now its own. */
	for (int i = 0; i < NR_MM_COUNTERS; i++) {
		t->offset[0][i] = t->offset[1][i];
		t->offset[1][i] = 0;
	}
	run->counts.execs++;
	run->counts.told_arguments += pages;
	return 0;
}
