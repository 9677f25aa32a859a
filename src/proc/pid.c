/* SPDX-License-Identifier: MIT */
/*
 * proc/pid.c - /proc/PID/{maps,smaps,smaps_rollup,numa_maps,statm,status} of a simulated process.
 *
 * 1. An address space is found by its pid; the newest of several with one pid is what a fork that
 *    was not given a number yet looks like, and the oldest is shown.
 * 2. A file is written with mmap_lock held for reading, from the first VMA to the last.
 * 3. status has the lines about memory, after Name and Pid.
 *
 * Left out: pagemap, which is no text: quire_mm_pagemap(). The [vsyscall] line of x86-64: no
 * simulated process has that page.
 * Source: printed forms of Linux 6.1 (fs/proc/task_mmu.c).
 */
#include <quire/errno.h>
#include <quire/vm_view.h>

#include "base/string.h"
#include "proc/pid.h"

#define NAME_COLUMN 73 /* where maps prints a name */

/* --- maps ------------------------------------------------------------------------------------ */

/* The start of a line, to the end of the numbers; its length. */
static size_t maps_head(const struct quire_vma_view *v, char *buf, size_t size)
{
	return format(buf, size, "%08lx-%08lx %c%c%c%c %08llx %02x:%02x %llu ", v->start, v->end,
		      v->flags & VM_READ ? 'r' : '-', v->flags & VM_WRITE ? 'w' : '-',
		      v->flags & VM_EXEC ? 'x' : '-', v->flags & VM_MAYSHARE ? 's' : 'p',
		      (unsigned long long)v->offset, v->major, v->minor,
		      (unsigned long long)v->ino);
}

static void maps_line(const struct quire_vma_view *v, struct out *out)
{
	char head[128];
	size_t n = maps_head(v, head, sizeof(head));

	out_printf(out, "%s", head);
	if (*v->name) {
		for (; n < NAME_COLUMN; n++)
			out_printf(out, " ");
		out_printf(out, "%s%s%s", v->prefix, v->name, v->suffix);
	}
	out_printf(out, "\n");
}

static void show_maps(struct quire_machine *m, struct mm_struct *mm, struct out *out)
{
	struct vm_area_struct *vma = NULL;
	struct quire_vma_view view;

	(void)m;
	while ((vma = quire_vma_next(mm, vma)) != NULL) {
		quire_vma_view(vma, &view);
		maps_line(&view, out);
	}
}

/* --- smaps ----------------------------------------------------------------------------------- */

static void kb_line(struct out *out, const char *label, u64 bytes)
{
	out_printf(out, "%-16s%8llu kB\n", label, (unsigned long long)bytes >> 10);
}

static void pss_line(struct out *out, const char *label, u64 pss)
{
	kb_line(out, label, pss >> QUIRE_PSS_SHIFT);
}

/* From Rss on; @rollup has three lines more. */
static void smaps_sums(const struct quire_smaps *s, bool rollup, struct out *out)
{
	kb_line(out, "Rss:", s->rss);
	pss_line(out, "Pss:", s->pss);
	pss_line(out, "Pss_Dirty:", s->pss_dirty);
	if (rollup) {
		pss_line(out, "Pss_Anon:", s->pss_anon);
		pss_line(out, "Pss_File:", s->pss_file);
		pss_line(out, "Pss_Shmem:", s->pss_shmem);
	}
	kb_line(out, "Shared_Clean:", s->shared_clean);
	kb_line(out, "Shared_Dirty:", s->shared_dirty);
	kb_line(out, "Private_Clean:", s->private_clean);
	kb_line(out, "Private_Dirty:", s->private_dirty);
	kb_line(out, "Referenced:", s->referenced);
	kb_line(out, "Anonymous:", s->anonymous);
	kb_line(out, "LazyFree:", s->lazyfree);
	kb_line(out, "AnonHugePages:", s->anonymous_thp);
	kb_line(out, "ShmemPmdMapped:", s->shmem_thp);
	kb_line(out, "FilePmdMapped:", s->file_thp);
	kb_line(out, "Shared_Hugetlb:", 0);
	out_printf(out, "Private_Hugetlb: %7lu kB\n", 0ul);
	kb_line(out, "Swap:", s->swap);
	pss_line(out, "SwapPss:", s->swap_pss);
	pss_line(out, "Locked:", s->pss_locked);
}

/* Two letters a bit, in the order of Linux's bits. */
static const struct {
	unsigned long flag;
	char letters[3];
} flag_letters[] = {
	{ VM_READ, "rd" },	 { VM_WRITE, "wr" },	   { VM_EXEC, "ex" },
	{ VM_SHARED, "sh" },	 { VM_MAYREAD, "mr" },	   { VM_MAYWRITE, "mw" },
	{ VM_MAYEXEC, "me" },	 { VM_MAYSHARE, "ms" },	   { VM_GROWSDOWN, "gd" },
	{ VM_PFNMAP, "pf" },	 { VM_LOCKED, "lo" },	   { VM_IO, "io" },
	{ VM_SEQ_READ, "sr" },	 { VM_RAND_READ, "rr" },   { VM_DONTCOPY, "dc" },
	{ VM_DONTEXPAND, "de" }, { VM_LOCKONFAULT, "??" }, { VM_ACCOUNT, "ac" },
	{ VM_NORESERVE, "nr" },	 { VM_HUGETLB, "ht" },	   { VM_SYNC, "sf" },
	{ VM_WIPEONFORK, "wf" }, { VM_DONTDUMP, "dd" },	   { VM_SOFTDIRTY, "sd" },
	{ VM_MIXEDMAP, "mm" },	 { VM_HUGEPAGE, "hg" },	   { VM_NOHUGEPAGE, "nh" },
	{ VM_MERGEABLE, "mg" },
};

static void vm_flags_line(unsigned long flags, struct out *out)
{
	size_t i;

	out_printf(out, "VmFlags: ");
	for (i = 0; i < ARRAY_SIZE(flag_letters); i++)
		if (flags & flag_letters[i].flag)
			out_printf(out, "%s ", flag_letters[i].letters);
	out_printf(out, "\n");
}

static void show_smaps(struct quire_machine *m, struct mm_struct *mm, struct out *out)
{
	const u64 page = 1ull << quire_machine_config_of(m)->page_shift;
	struct vm_area_struct *vma = NULL;
	struct quire_vma_view view;

	while ((vma = quire_vma_next(mm, vma)) != NULL) {
		struct quire_smaps s = { 0 };

		quire_vma_view(vma, &view);
		quire_vma_smaps(vma, &s);
		maps_line(&view, out);
		kb_line(out, "Size:", s.size);
		kb_line(out, "KernelPageSize:", page);
		kb_line(out, "MMUPageSize:", page);
		smaps_sums(&s, false, out);
		out_printf(out, "THPeligible:    %d\n", s.thp_eligible);
		vm_flags_line(view.flags, out);
	}
}

static void show_rollup(struct quire_machine *m, struct mm_struct *mm, struct out *out)
{
	struct vm_area_struct *vma = NULL, *last = NULL;
	struct quire_vma_view view = { .name = "[rollup]", .prefix = "", .suffix = "" };
	struct quire_smaps s = { 0 };

	(void)m;
	while ((vma = quire_vma_next(mm, vma)) != NULL) {
		if (!last)
			view.start = vma->vm_start;
		last = vma;
		quire_vma_smaps(vma, &s);
	}
	view.end = last ? last->vm_end : 0;
	maps_line(&view, out);
	smaps_sums(&s, true, out);
}

/* --- numa_maps ----------------------------------------------------------------------------------
 */

static void numa_counts(struct quire_machine *m, const struct quire_numa_pages *n, struct out *out)
{
	unsigned int nid;

	if (n->anon)
		out_printf(out, " anon=%lu", n->anon);
	if (n->dirty)
		out_printf(out, " dirty=%lu", n->dirty);
	if (n->pages != n->anon && n->pages != n->dirty)
		out_printf(out, " mapped=%lu", n->pages);
	if (n->mapmax > 1)
		out_printf(out, " mapmax=%lu", n->mapmax);
	if (n->swapcache)
		out_printf(out, " swapcache=%lu", n->swapcache);
	if (n->active < n->pages)
		out_printf(out, " active=%lu", n->active);
	if (n->writeback)
		out_printf(out, " writeback=%lu", n->writeback);
	for (nid = 0; nid < quire_machine_config_of(m)->nr_nodes; nid++)
		if (n->node[nid])
			out_printf(out, " N%u=%lu", nid, n->node[nid]);
	out_printf(out, " kernelpagesize_kB=%u",
		   1u << (quire_machine_config_of(m)->page_shift - 10));
}

static void show_numa_maps(struct quire_machine *m, struct mm_struct *mm, struct out *out)
{
	struct vm_area_struct *vma = NULL;
	struct quire_numa_pages pages;
	struct quire_vma_view view;

	while ((vma = quire_vma_next(mm, vma)) != NULL) {
		quire_vma_view(vma, &view);
		quire_vma_numa(vma, &pages);
		out_printf(out, "%08lx default", view.start);
		if (view.file)
			out_printf(out, " file=%s", vma->vm_file->f_path);
		else if (view.heap)
			out_printf(out, " heap");
		else if (view.stack)
			out_printf(out, " stack");
		if (pages.pages)
			numa_counts(m, &pages, out);
		out_printf(out, "\n");
	}
}

/* --- sizes
 * ---------------------------------------------------------------------------------------- */

static void show_statm(struct quire_machine *m, struct mm_struct *mm, struct out *out)
{
	struct quire_mm_sizes s;

	(void)m;
	quire_mm_sizes(mm, &s);
	out_printf(out, "%lu %lu %lu %lu 0 %lu 0\n", s.total, s.file + s.shmem + s.anon,
		   s.file + s.shmem, s.text, s.data + s.stack);
}

static void vm_line(struct out *out, const char *label, unsigned long kb)
{
	out_printf(out, "%s:\t%8lu kB\n", label, kb);
}

static void show_status(struct quire_machine *m, struct mm_struct *mm, struct out *out)
{
	const unsigned int shift = quire_machine_config_of(m)->page_shift - 10;
	struct quire_mm_sizes s;

	quire_mm_sizes(mm, &s);
	out_printf(out, "Name:\t%s\nPid:\t%d\n", mm->comm, mm->pid);
	vm_line(out, "VmPeak", s.peak << shift);
	vm_line(out, "VmSize", s.total << shift);
	vm_line(out, "VmLck", s.locked << shift);
	vm_line(out, "VmPin", s.pinned << shift);
	vm_line(out, "VmHWM", s.hwm << shift);
	vm_line(out, "VmRSS", (s.file + s.anon + s.shmem) << shift);
	vm_line(out, "RssAnon", s.anon << shift);
	vm_line(out, "RssFile", s.file << shift);
	vm_line(out, "RssShmem", s.shmem << shift);
	vm_line(out, "VmData", s.data << shift);
	vm_line(out, "VmStk", s.stack << shift);
	vm_line(out, "VmExe", s.text << shift);
	vm_line(out, "VmLib", s.lib << shift);
	vm_line(out, "VmPTE", s.tables_bytes >> 10);
	vm_line(out, "VmSwap", s.swap << shift);
	vm_line(out, "HugetlbPages", 0);
}

/* --- the table
 * -------------------------------------------------------------------------------------- */

/** struct pid_file - @locked: shown with mmap_lock held. */
struct pid_file {
	const char *name;
	bool locked;
	unsigned int mode;
	void (*show)(struct quire_machine *m, struct mm_struct *mm, struct out *out);
};

static const struct pid_file pid_files[] = {
	{ "maps", true, 0444, show_maps },	     { "smaps", true, 0444, show_smaps },
	{ "smaps_rollup", true, 0444, show_rollup }, { "numa_maps", true, 0444, show_numa_maps },
	{ "statm", false, 0444, show_statm },	     { "status", false, 0444, show_status },
};

/* "12/maps" -> 12 and its row; NULL when @name is not of that form. */
static const struct pid_file *split_pid(const char *name, int *pid)
{
	const char *at = name;
	long n = 0;
	size_t i;

	if (*at < '1' || *at > '9')
		return NULL;
	for (; *at >= '0' && *at <= '9' && n < 100000000; at++)
		n = n * 10 + (*at - '0');
	if (*at++ != '/')
		return NULL;
	*pid = (int)n;
	for (i = 0; i < ARRAY_SIZE(pid_files); i++)
		if (!strcmp(at, pid_files[i].name))
			return &pid_files[i];
	return NULL;
}

unsigned int pid_file_mode(const char *name)
{
	const struct pid_file *file;
	int pid;

	file = split_pid(name, &pid);
	return file ? file->mode : 0;
}

int pid_file_read(struct quire_machine *m, const char *name, struct out *out)
{
	const struct pid_file *file;
	struct mm_struct *mm;
	int pid;

	file = split_pid(name, &pid);
	mm = file ? quire_mm_find(m, pid) : NULL;
	if (!mm)
		return -ENOENT;
	if (file->locked)
		mmap_read_lock(mm);
	file->show(m, mm, out);
	if (file->locked)
		mmap_read_unlock(mm);
	mmput(mm);
	return 0;
}

bool pid_file_name(struct quire_machine *m, unsigned int *index, char *buf, size_t size)
{
	struct mm_struct *mm = NULL;

	while ((mm = quire_mm_next(m, mm)) != NULL) {
		if (mm->pid <= 0)
			continue;
		if (*index < ARRAY_SIZE(pid_files)) {
			format(buf, size, "%d/%s", mm->pid, pid_files[*index].name);
			mmput(mm);
			return true;
		}
		*index -= (unsigned int)ARRAY_SIZE(pid_files);
	}
	return false;
}
