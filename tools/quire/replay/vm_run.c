/* SPDX-License-Identifier: MIT */
/*
 * vm_run.c - the operations, one after another, on Quire's address spaces (vm_replay.h, point 3).
 *
 * A task from before the recording has no address space here until it execs; its operations are
 * counted (no_mm). After an mmap with another result the mapping is moved to where it was
 * recorded, so that what follows meets it there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <quire/mm.h>
#include <quire/report.h>

#include "replay/vm_internal.h"

#define MEMORY (UINT64_C(4) << 30)
#define KERNEL (UINT64_C(1) << 63)

/* --- the machine ---------------------------------------------------------------------------- */

static void quiet_write(void *ctx, int level, const char *text, size_t n)
{
	(void)ctx;
	if (level <= QUIRE_ERR)
		fwrite(text, 1, n, stderr);
}

static void on_rss(void *ctx, struct mm_struct *mm, int member, long pages)
{
	struct vm_run *run = ctx;

	if (run->acting)
		vm_rss_here(run, run->acting, mm, member, pages);
}

static int make_machine(struct vm_run *run)
{
	struct quire_machine_config c = QUIRE_MACHINE_CONFIG_INIT;
	struct quire_mem_range range = { .start = 0, .end = MEMORY };
	int err;

	c.name = "vm";
	c.ranges = &range;
	c.nr_ranges = 1;
	c.deterministic = true;
	c.contents = true;
	run->port = *quire_host_port();
	run->port.write = quiet_write;
	err = quire_machine_create(&c, &run->port, &run->machine);
	if (!err)
		err = quire_cpu_enter(run->machine, 0);
	if (err)
		return err;
	quire_vm_sysctl("overcommit_memory", 0); /* brings the room up, so that it can be watched */
	run->hooks = (struct quire_vm_trace){ .ctx = run, .rss_stat = on_rss };
	quire_vm_trace_set(run->machine, &run->hooks);
	run->special = alloc_page(GFP_KERNEL | __GFP_ZERO);
	return run->special ? 0 : -ENOMEM;
}

/* --- calls -------------------------------------------------------------------------------------
 */

static bool same_result(struct vm_run *run, const struct vm_op *op, uint64_t here, uint64_t *total,
			uint64_t *same, enum vm_diff d)
{
	if (!op->has_ret)
		return true;
	++*total;
	if (here == op->ret) {
		++*same;
		return true;
	}
	vm_difference(run, d);
	vm_log(run, op, "%llx %llx %llx %llx flags %x: recorded %llx here %llx",
	       (unsigned long long)op->a, (unsigned long long)op->b, (unsigned long long)op->c,
	       (unsigned long long)op->d, op->f, (unsigned long long)op->ret,
	       (unsigned long long)here);
	return false;
}

static long map(struct vm_run *run, struct mm_struct *mm, const struct vm_op *op, uint64_t at,
		unsigned long flags)
{
	struct file *f = NULL;

	if (!(flags & QUIRE_MAP_ANONYMOUS) && op->id != VM_NONE_ID) {
		f = vm_file_of(run, op->id, false);
		if (!f)
			return -ENOMEM;
		vm_file_cover(run, op->id, false, op->c / VM_PAGE, vm_page_up(op->b) / VM_PAGE);
	}
	return quire_mm_mmap(mm, at, op->b, op->e, flags, f, op->c);
}

static void do_mmap(struct vm_run *run, struct mm_struct *mm, const struct vm_op *op)
{
	struct vm_counts *c = &run->counts;
	enum vm_diff d = VM_DIFF_MMAP_SEARCH;
	long here;

	/* That the descriptor was not open, or not so, is no address space's business. */
	if (op->has_ret && ((int64_t)op->ret == -EBADF || (int64_t)op->ret == -EACCES ||
			    (int64_t)op->ret == -ENODEV)) {
		c->told_refused++;
		return;
	}
	here = map(run, mm, op, op->a, op->f);
	if (!op->has_ret || vm_is_error((uint64_t)here) != vm_is_error(op->ret))
		d = VM_DIFF_MMAP_ERROR;
	if (same_result(run, op, (uint64_t)here, &c->mmap_total, &c->mmap_same, d))
		return;
	if (!vm_is_error((uint64_t)here) && !(op->f & QUIRE_MAP_FIXED))
		quire_mm_munmap(mm, (unsigned long)here, op->b);
	if (!vm_is_error(op->ret))
		map(run, mm, op, op->ret, op->f | QUIRE_MAP_FIXED);
}

static void do_brk(struct vm_run *run, struct mm_struct *mm, const struct vm_op *op)
{
	uint64_t here = quire_mm_brk(mm, op->a);

	same_result(run, op, here, &run->counts.brk_total, &run->counts.brk_same, VM_DIFF_BRK);
}

static void do_mremap(struct vm_run *run, struct mm_struct *mm, const struct vm_op *op)
{
	struct vm_counts *c = &run->counts;
	long here = quire_mm_mremap(mm, op->a, op->b, op->c, op->f, op->d);

	if (same_result(run, op, (uint64_t)here, &c->mremap_total, &c->mremap_same,
			VM_DIFF_MREMAP) ||
	    vm_is_error((uint64_t)here) || vm_is_error(op->ret))
		return;
	quire_mm_mremap(mm, (unsigned long)here, op->c, op->c,
			QUIRE_MREMAP_MAYMOVE | QUIRE_MREMAP_FIXED, op->ret);
}

static unsigned int access_of(const struct vm_op *op)
{
	unsigned int access = QUIRE_ACCESS_USER;

	if (op->e & VM_FAULT_CODE_WRITE)
		return access | QUIRE_ACCESS_WRITE;
	if (op->e & VM_FAULT_CODE_FETCH)
		return access | QUIRE_ACCESS_EXEC;
	return access | QUIRE_ACCESS_READ;
}

static struct vm_area_struct *area_at(struct mm_struct *mm, uint64_t address)
{
	struct vm_area_struct *vma;

	mmap_read_lock(mm);
	vma = find_vma(mm, address);
	mmap_read_unlock(mm);
	return vma && vma->vm_start <= address ? vma : NULL;
}

/* A fault that read from disk was tried twice: the first time it only waited. */
static void waited(struct vm_run *run, struct mm_struct *mm, const struct vm_op *op)
{
	if (!op->adds || !mm->rss_cache)
		return;
	mm->rss_cache->events++;
	run->counts.told_waits++;
}

static void do_fault(struct vm_run *run, struct vm_task *t, const struct vm_op *op)
{
	struct mm_struct *mm = t->mm;
	struct vm_area_struct *vma;
	struct quire_fault_info info;

	vm_rss_moment(run, t, op);
	vm_held_release(run);
	info = quire_mm_fault(mm, op->a, access_of(op));
	vma = area_at(mm, op->a);
	if (vma && vma->vm_file)
		waited(run, mm, op);
	if (vm_swap_in(run, t, op->a))
		info.kind = QUIRE_FAULT_SWAP;
	vm_fault_compare(run, op, vma, &info);
}

static void do_madvise(struct vm_run *run, struct vm_task *t, const struct vm_op *op)
{
	uint64_t bytes = vm_page_up(op->b);

	if (op->e == QUIRE_MADV_PAGEOUT)
		vm_swap_out(run, t, op);
	else
		quire_mm_madvise(t->mm, op->a, op->b, (int)op->e);
	if (op->e == QUIRE_MADV_DONTNEED || op->e == QUIRE_MADV_FREE)
		vm_swap_drop(run, t, op->a, bytes);
}

/* Calls that fault a few pages in: their faults count as others do. */
static bool faults_in(const struct vm_op *op)
{
	if (op->b > 16 * VM_PAGE)
		return false;
	if (op->kind == VM_OP_MMAP)
		return op->f & QUIRE_MAP_POPULATE;
	return op->kind == VM_OP_MADVISE &&
	       (op->e == QUIRE_MADV_POPULATE_READ || op->e == QUIRE_MADV_POPULATE_WRITE);
}

static void call(struct vm_run *run, struct vm_task *t, const struct vm_op *op)
{
	struct mm_struct *mm = t->mm;

	if (faults_in(op))
		vm_rss_moment(run, t, op);
	switch (op->kind) {
	case VM_OP_MMAP:
		do_mmap(run, mm, op);
		break;
	case VM_OP_MUNMAP:
		quire_mm_munmap(mm, op->a, op->b);
		vm_swap_drop(run, t, op->a, vm_page_up(op->b));
		break;
	case VM_OP_BRK:
		do_brk(run, mm, op);
		break;
	case VM_OP_MPROTECT:
		quire_mm_mprotect(mm, op->a, op->b, op->e);
		break;
	case VM_OP_MREMAP:
		do_mremap(run, mm, op);
		break;
	case VM_OP_MADVISE:
		do_madvise(run, t, op);
		break;
	case VM_OP_FAULT:
		do_fault(run, t, op);
		break;
	}
}

/* --- operations ---------------------------------------------------------------------------------
 */

static int task_op(struct vm_run *run, struct vm_task *t, const struct vm_op *op)
{
	int err = 0;

	vm_rss_begin(run, t);
	vm_task_act(run, t);
	switch (op->kind) {
	case VM_OP_FORK:
		vm_task_fork(run, op);
		break;
	case VM_OP_EXEC:
		err = vm_exec(run, t, op);
		break;
	case VM_OP_EXIT:
		vm_task_exit(run, t);
		break;
	case VM_OP_EXECED:
		vm_task_name(run, t, op);
		break;
	case VM_OP_RENAME:
		break;
	default:
		if (t->mm)
			call(run, t, op);
		else
			run->counts.no_mm++;
	}
	vm_rss_settle(run, t);
	if (op->kind == VM_OP_EXIT)
		vm_task_free(run, t->pid);
	return err;
}

static int one(struct vm_run *run, const struct vm_op *op)
{
	struct vm_task *t = vm_task_get(run, op->pid);

	run->at_kind = op->kind;
	if (op->kind == VM_OP_FAULT && op->a >= KERNEL) {
		run->counts.kernel_faults++;
		return 0;
	}
	if (op->refused) {
		run->counts.refused_faults++;
		return 0;
	}
	switch (op->kind) {
	case VM_OP_RSS:
		vm_rss_recorded(run, t, op);
		return 0;
	case VM_OP_CACHE_ADD:
	case VM_OP_CACHE_DELETE:
		vm_cache_change(run, op);
		return 0;
	case VM_OP_WRITE_OUT:
	case VM_OP_MARK:
		return 0;
	}
	return t ? task_op(run, t, op) : -ENOMEM;
}

int vm_run_make(const struct trace *t, const struct vm_ops *ops, struct vm_learned *l,
		bool learning, const volatile sig_atomic_t *cancel, struct vm_run *run,
		char error[640])
{
	const struct vm_watch watch = run->watch;
	FILE *log = run->log;
	int err;

	*run = (struct vm_run){ .trace = t,
				.ops = ops,
				.learned = l,
				.learning = learning,
				.log = log,
				.watch = watch };
	run->tasks = calloc((size_t)ops->max_pid + 1, sizeof(*run->tasks));
	run->files = calloc((size_t)l->nr_files + l->nr_inodes + 1, sizeof(*run->files));
	err = run->tasks && run->files ? make_machine(run) : -ENOMEM;
	for (; !err && run->at < ops->nr; run->at++) {
		if (cancel && *cancel)
			return -EINTR;
		err = one(run, &ops->list[run->at]);
		if (!err && watch.op)
			watch.op(watch.arg, run);
	}
	if (!err)
		return 0;
	snprintf(error, 640, "no memory for the replay of address spaces");
	return -1;
}

/* Where a machine is not left by its own thread (an error before it was entered) is no CPU. */
static void leave_machine(struct vm_run *run)
{
	if (!run->machine)
		return;
	quire_vm_trace_set(run->machine, NULL);
	quire_cpu_leave();
	quire_machine_destroy(run->machine);
}

void vm_run_free(struct vm_run *run)
{
	uint32_t i;

	/* vm_run_make() may have been left since: files and tasks are given back on a CPU. */
	if (run->machine && quire_this_cpu == NULL && quire_cpu_enter(run->machine, 0))
		return;
	for (int32_t pid = 0; run->tasks && pid <= run->ops->max_pid; pid++)
		vm_task_free(run, pid);
	for (i = 0; run->files && i < run->learned->nr_files + run->learned->nr_inodes; i++) {
		if (run->files[i])
			fput(run->files[i]);
	}
	/* The page of [vdso] goes with the machine, as the kernel's goes never. */
	leave_machine(run);
	free(run->tasks);
	free(run->files);
	free(run->swapped);
	*run = (struct vm_run){ 0 };
}
