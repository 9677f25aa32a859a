/* SPDX-License-Identifier: MIT */
/*
 * tests/model/vm/vm_pair.c - both sides brought up with one layout, run, compared; see vm_pair.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vm_pair.h"

#define PAGE 4096ul

/* --- the child ------------------------------------------------------------------------------ */

static int spawn(struct vm_pair *p, const char *program, int file_fd)
{
	int down[2], up[2];
	char byte;

	if (pipe2(down, O_CLOEXEC) || pipe2(up, O_CLOEXEC))
		return -1;
	p->pid = fork();
	if (p->pid < 0)
		return -1;
	if (!p->pid) {
		int fds[4] = { fcntl(p->box_fd, F_DUPFD, 20), fcntl(down[0], F_DUPFD, 20),
			       fcntl(up[1], F_DUPFD, 20), fcntl(file_fd, F_DUPFD, 20) };
		int i;

		for (i = 0; i < 4; i++)
			dup2(fds[i], 3 + i);
		for (i = 0; i < 4; i++)
			close(fds[i]);
		execl(VM_CHILD, program, (char *)NULL);
		_exit(127);
	}
	close(down[0]);
	close(up[1]);
	p->to = down[1];
	p->from = up[0];
	return read(p->from, &byte, 1) == 1 ? 0 : -1;
}

static FILE *open_proc(const struct vm_pair *p, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)p->pid, name);
	return fopen(path, "r");
}

/* The largest gap of the child's maps; what lies below it is imported. */
static bool read_layout(struct vm_pair *p)
{
	FILE *f = open_proc(p, "maps");
	unsigned long start, end, last = 0, gap = 0;
	struct vm_range all[512];
	unsigned int n = 0, i;
	char line[512];

	while (f && fgets(line, sizeof(line), f) && n < 512)
		if (sscanf(line, "%lx-%lx", &start, &end) == 2 && start < 1ul << 47)
			all[n++] = (struct vm_range){ start, end };
	if (f)
		fclose(f);
	for (i = 0; i < n; last = all[i++].end)
		if (i && all[i].start - last > gap) {
			gap = all[i].start - last;
			p->top = all[i].start;
		}
	for (i = 0; i < n && all[i].start < p->top && i < VM_IMPORTED; i++)
		p->imported[p->nr_imported++] = all[i];
	return gap > 1ul << 40;
}

/* Field @n of /proc/PID/stat, 1 is the first. */
static unsigned long stat_field(const struct vm_pair *p, unsigned int n)
{
	FILE *f = open_proc(p, "stat");
	char line[1024] = "", *at = line;
	unsigned int i;

	if (f && !fgets(line, sizeof(line), f))
		line[0] = 0;
	if (f)
		fclose(f);
	at = strrchr(line, ')');
	for (i = 2; at && i < n; i++)
		at = strchr(at + 1, ' ');
	return at ? strtoul(at + 1, NULL, 10) : 0;
}

static long status_kb(const struct vm_pair *p, const char *name)
{
	FILE *f = open_proc(p, "status");
	char line[256];
	long kb = 0;

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)))
			kb = strtol(line + strlen(name), NULL, 10);
	if (f)
		fclose(f);
	return kb;
}

/* --- Quire's side --------------------------------------------------------------------------- */

static bool import(struct vm_pair *p)
{
	static const int which[] = { RLIMIT_AS, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_MEMLOCK };
	struct mm_struct *mm = p->mm;
	struct rlimit r;
	unsigned int i;

	for (i = 0; i < p->nr_imported; i++)
		if (quire_mm_install_special(mm, p->imported[i].start,
					     p->imported[i].end - p->imported[i].start, VM_READ,
					     "[host]", NULL))
			return false;
	if (quire_mm_install_special(mm, p->top, mm->task_size - p->top, VM_READ, "[host]", NULL))
		return false;
	for (i = 0; i < 4; i++) {
		if (prlimit(p->pid, which[i], NULL, &r))
			return false;
		mm->rlimit[i] = r.rlim_cur;
		p->hard[i] = r.rlim_max;
	}
	mm->start_data = stat_field(p, 45);
	mm->end_data = stat_field(p, 46);
	p->total = status_kb(p, "VmSize:") / 4 - (long)mm->total_vm;
	p->data = status_kb(p, "VmData:") / 4 - (long)mm->data_vm;
	mm->total_vm += (unsigned long)p->total;
	mm->data_vm += (unsigned long)p->data;
	return true;
}

static bool quire_begin(struct vm_pair *p)
{
	struct quire_mm_layout layout = { .mmap_base = p->top, .start_brk = p->start_brk };

	p->mm = quire_mm_create(&layout);
	p->files[1] = quire_shmem_create("/memfd:vm", VM_FILE_PAGES * PAGE);
	p->files[2] = p->files[1] ? quire_file_reopen(p->files[1], FMODE_READ) : NULL;
	return p->mm && p->files[2] && import(p);
}

static bool pair_begin(struct vm_pair *p, const char *program, const char **why)
{
	int file_fd = memfd_create("vm", 0);

	p->box_fd = memfd_create("mailbox", 0);
	*why = "no memfd";
	if (file_fd < 0 || p->box_fd < 0 || ftruncate(p->box_fd, sizeof(*p->box)) ||
	    ftruncate(file_fd, VM_FILE_PAGES * PAGE))
		return false;
	p->box = mmap(NULL, sizeof(*p->box), PROT_READ | PROT_WRITE, MAP_SHARED, p->box_fd, 0);
	*why = "the child does not begin";
	if (p->box == MAP_FAILED || spawn(p, program, file_fd) || p->box->ready < 0)
		return false;
	close(file_fd);
	*why = "no large gap in the child's address space";
	if (!read_layout(p))
		return false;
	p->box->top = p->top;
	p->start_brk = p->box->start_brk;
	*why = "Quire's address space cannot be made";
	return quire_begin(p);
}

bool vm_pair_begin(struct vm_pair *p, const char *program, const char **why)
{
	memset(p, 0, sizeof(*p));
	p->box_fd = p->to = p->from = -1;
	if (pair_begin(p, program, why))
		return true;
	vm_pair_end(p);
	return false;
}

void vm_pair_end(struct vm_pair *p)
{
	if (p->to >= 0)
		close(p->to);
	if (p->from >= 0)
		close(p->from);
	if (p->pid > 0)
		waitpid(p->pid, NULL, 0);
	if (p->box && p->box != MAP_FAILED)
		munmap(p->box, sizeof(*p->box));
	if (p->box_fd >= 0)
		close(p->box_fd);
	if (p->mm) {
		p->mm->total_vm -= (unsigned long)p->total;
		p->mm->data_vm -= (unsigned long)p->data;
		mmput(p->mm);
	}
	if (p->files[2])
		fput(p->files[2]);
	if (p->files[1])
		fput(p->files[1]);
}

/* --- running -------------------------------------------------------------------------------- */

static long quire_touch(struct vm_pair *p, unsigned long addr, bool write)
{
	struct quire_fault_info info = { 0 };

	if (!quire_mm_access(p->mm, addr, NULL, 1, write ? QUIRE_ACCESS_WRITE : QUIRE_ACCESS_READ,
			     &info))
		return 0;
	return info.signal * 16 + (info.si_code & 15);
}

static long quire_run(struct vm_pair *p, const struct vm_op *op, unsigned char *vec)
{
	const unsigned long base = op->base == BASE_TOP	  ? p->top
				   : op->base == BASE_BRK ? p->start_brk
							  : 0;
	const unsigned long addr = base + (unsigned long)op->addr, len = (unsigned long)op->len;
	const unsigned long addr2 = base + (unsigned long)op->addr2;
	struct mm_struct *mm = p->mm;

	switch (op->kind) {
	case OP_MMAP:
		return quire_mm_mmap(mm, addr, len, op->prot, op->flags, p->files[op->file],
				     op->offset);
	case OP_MUNMAP:
		return quire_mm_munmap(mm, addr, len);
	case OP_MPROTECT:
		return quire_mm_mprotect(mm, addr, len, op->prot);
	case OP_MREMAP:
		return quire_mm_mremap(mm, addr, len, (unsigned long)op->len2, op->flags, addr2);
	case OP_BRK:
		return (long)(quire_mm_brk(mm, addr) - p->start_brk);
	case OP_MADVISE:
		return quire_mm_madvise(mm, addr, len, (int)op->prot);
	case OP_MLOCK:
		return quire_mm_mlock(mm, addr, len);
	case OP_MLOCK2:
		return quire_mm_mlock2(mm, addr, len, (int)op->prot);
	case OP_MUNLOCK:
		return quire_mm_munlock(mm, addr, len);
	case OP_MLOCKALL:
		return quire_mm_mlockall(mm, (int)op->prot);
	case OP_MUNLOCKALL:
		return quire_mm_munlockall(mm);
	case OP_MINCORE:
		return quire_mm_mincore(mm, addr, len, vec);
	case OP_MSYNC:
		return quire_mm_msync(mm, addr, len, (int)op->prot);
	case OP_TOUCH:
		return quire_touch(p, addr, op->len2);
	case OP_NAME:
		return quire_mm_set_anon_name(mm, addr, len, op->prot ? vm_names[op->prot] : NULL);
	case OP_LIMIT:
		mm->rlimit[op->prot] = op->len2 < 0 ? ~0ul : (unsigned long)op->len2;
		if (mm->rlimit[op->prot] > p->hard[op->prot])
			mm->rlimit[op->prot] = p->hard[op->prot];
		return 0;
	default:
		return -ENOSYS;
	}
}

/* The parts of the address space that are not Quire's to count. */
static void told(struct vm_pair *p, int sign)
{
	p->mm->total_vm += (unsigned long)(sign * p->total);
	p->mm->data_vm += (unsigned long)(sign * p->data);
}

struct vm_result vm_quire_run(struct vm_pair *p, const struct vm_op *op)
{
	struct vm_result r = { 0 };

	r.value = quire_run(p, op, r.vec);
	return r;
}

bool vm_host_run(struct vm_pair *p, const struct vm_op *ops, unsigned int nr)
{
	char byte = 0;

	memcpy(p->box->ops, ops, nr * sizeof(*ops));
	p->box->nr = nr;
	return write(p->to, &byte, 1) == 1 && read(p->from, &byte, 1) == 1;
}

/* --- comparing ------------------------------------------------------------------------------ */

/* A line of maps, as far as both sides can have it alike. */
struct line {
	unsigned long start, end, offset;
	char perms[5];
	char name[96];
};

static bool is_imported(const struct vm_pair *p, unsigned long start)
{
	unsigned int i;

	for (i = 0; i < p->nr_imported; i++)
		if (start >= p->imported[i].start && start < p->imported[i].end)
			return true;
	return start >= p->top;
}

static bool host_line(struct vm_pair *p, FILE *f, struct line *l)
{
	char text[512], *name;
	unsigned long inode;
	int at = 0;

	while (f && fgets(text, sizeof(text), f)) {
		if (sscanf(text, "%lx-%lx %4s %lx %*x:%*x %lu %n", &l->start, &l->end, l->perms,
			   &l->offset, &inode, &at) < 5 ||
		    is_imported(p, l->start))
			continue;
		name = strstr(text, "[anon:");
		l->name[0] = 0;
		if (inode)
			strcpy(l->name, "file");
		else if (name)
			snprintf(l->name, sizeof(l->name), "%.*s", (int)strcspn(name + 6, "]"),
				 name + 6);
		return true;
	}
	return false;
}

static bool quire_line(struct vm_pair *p, struct vm_area_struct **at, struct line *l)
{
	struct vm_area_struct *vma = *at;

	do {
		vma = quire_vma_next(p->mm, vma);
	} while (vma && is_imported(p, vma->vm_start));
	*at = vma;
	if (!vma)
		return false;
	l->start = vma->vm_start;
	l->end = vma->vm_end;
	l->offset = vma->vm_file ? vma->vm_pgoff * PAGE : 0;
	snprintf(l->perms, sizeof(l->perms), "%c%c%c%c", vma->vm_flags & VM_READ ? 'r' : '-',
		 vma->vm_flags & VM_WRITE ? 'w' : '-', vma->vm_flags & VM_EXEC ? 'x' : '-',
		 vma->vm_flags & VM_MAYSHARE ? 's' : 'p');
	snprintf(l->name, sizeof(l->name), "%s",
		 vma->vm_file	  ? "file"
		 : vma->anon_name ? vma->anon_name
				  : "");
	return true;
}

static bool same_line(const struct line *a, const struct line *b)
{
	return a->start == b->start && a->end == b->end && a->offset == b->offset &&
	       !strcmp(a->perms, b->perms) && !strcmp(a->name, b->name);
}

static int put_line(char *to, size_t size, const char *side, const struct vm_pair *p,
		    const struct line *l, bool any)
{
	if (!any)
		return snprintf(to, size, "  %s: no further mapping\n", side);
	return snprintf(to, size, "  %s: top-%#lx .. top-%#lx %s %#lx %s\n", side,
			p->top - l->start, p->top - l->end, l->perms, l->offset, l->name);
}

static bool same_maps(struct vm_pair *p)
{
	struct line host, mine;
	struct vm_area_struct *vma = NULL;
	FILE *f = open_proc(p, "maps");
	bool more_host, more_mine;
	int n;

	do {
		more_host = host_line(p, f, &host);
		more_mine = quire_line(p, &vma, &mine);
	} while (more_host && more_mine && same_line(&host, &mine));
	if (f)
		fclose(f);
	if (!more_host && !more_mine)
		return true;
	n = snprintf(p->text, sizeof(p->text), "mappings differ:\n");
	n += put_line(p->text + n, sizeof(p->text) - (size_t)n, "host ", p, &host, more_host);
	put_line(p->text + n, sizeof(p->text) - (size_t)n, "quire", p, &mine, more_mine);
	return false;
}

bool vm_pair_same(struct vm_pair *p)
{
	bool valid;

	if (!same_maps(p))
		return false;
	told(p, -1);
	valid = quire_mm_validate(p->mm);
	told(p, 1);
	if (!valid)
		snprintf(p->text, sizeof(p->text), "Quire's address space is damaged\n");
	return valid;
}

bool vm_result_same(struct vm_pair *p, const struct vm_op *op, const struct vm_result *quire,
		    const struct vm_result *host)
{
	if (quire->value != host->value) {
		const bool addr = op->kind == OP_MMAP || op->kind == OP_MREMAP;
		const long top = addr && quire->value > 0 ? (long)p->top : 0;
		const long top2 = addr && host->value > 0 ? (long)p->top : 0;

		snprintf(p->text, sizeof(p->text),
			 "results differ: host %s%ld (%#lx), quire %s%ld "
			 "(%#lx)\n",
			 top2 ? "top" : "", host->value - top2, host->value - top2,
			 top ? "top" : "", quire->value - top, quire->value - top);
		return false;
	}
	if (op->kind != OP_MINCORE || quire->value ||
	    !memcmp(quire->vec, host->vec, sizeof(quire->vec)))
		return true;
	snprintf(p->text, sizeof(p->text), "mincore: other pages are in memory\n");
	return false;
}

void vm_op_print(const struct vm_op *op, char *text, size_t size)
{
	static const char *const names[] = { "mmap",	"munmap",   "mprotect",	  "mremap",
					     "brk",	"madvise",  "mlock",	  "mlock2",
					     "munlock", "mlockall", "munlockall", "mincore",
					     "msync",	"touch",    "name",	  "limit" };
	static const char *const bases[] = { "", "top", "brk" };

	snprintf(text, size,
		 "%s(%s%+ld pages%+ld, len=%#lx, addr2=%+ld pages, len2=%#lx, prot=%#x, flags=%#x, "
		 "file=%u, off=%#lx)",
		 names[op->kind], bases[op->base], op->addr / (long)PAGE, op->addr % (long)PAGE,
		 (unsigned long)op->len, op->addr2 / (long)PAGE, (unsigned long)op->len2, op->prot,
		 op->flags, op->file, op->offset);
}
