/* SPDX-License-Identifier: MIT */
/*
 * vm_task.c - processes and threads of the run.
 *
 * 1. A task on the CPU counts its faults in its own cache (struct quire_rss_cache), which hangs in
 *    its mm as long as the task runs; what a task does to another mm is counted at once.
 * 2. Threads share an mm; so does a child of vfork() until it execs.
 */
#include <stdlib.h>
#include <string.h>

#include "replay/vm_internal.h"

struct vm_task *vm_task_get(struct vm_run *run, int32_t pid)
{
	if (pid < 0 || pid > run->ops->max_pid)
		return NULL;
	if (!run->tasks[pid]) {
		run->tasks[pid] = calloc(1, sizeof(*run->tasks[pid]));
		if (run->tasks[pid])
			run->tasks[pid]->pid = pid;
	}
	return run->tasks[pid];
}

void vm_task_act(struct vm_run *run, struct vm_task *t)
{
	if (run->acting && run->acting != t && run->acting->mm)
		run->acting->mm->rss_cache = NULL;
	run->acting = t;
	run->acting_mm = t->mm;
	run->own_mm = t->mm;
	if (t->mm) {
		t->mm->rss_cache = &t->cache;
		t->had_mm = true;
	}
}

void vm_task_fork(struct vm_run *run, const struct vm_op *op)
{
	struct vm_task *parent = vm_task_get(run, op->pid), *child;

	if (op->a > (uint64_t)run->ops->max_pid || (int32_t)op->a == op->pid)
		return;
	vm_task_free(run, (int32_t)op->a);
	child = vm_task_get(run, (int32_t)op->a);
	if (!child || !parent || !parent->mm)
		return;
	run->counts.forks++;
	if (op->b & VM_CLONE_VM) {
		run->counts.threads++;
		mmget(parent->mm);
		child->mm = parent->mm;
		memcpy(child->offset, parent->offset, sizeof(child->offset));
		return;
	}
	memset(parent->offset[1], 0, sizeof(parent->offset[1]));
	child->mm = quire_mm_fork(parent->mm);
	vm_rss_match(run, parent);
	memcpy(child->offset[0], parent->offset[1], sizeof(child->offset[0]));
	memset(parent->offset[1], 0, sizeof(parent->offset[1]));
	if (!child->mm)
		return;
	child->mm->pid = child->pid;
	run->counts.processes++;
}

void vm_task_name(const struct vm_run *run, const struct vm_task *t, const struct vm_op *op)
{
	const char *path = run->trace->strings + op->a, *slash = strrchr(path, '/');

	if (t->mm)
		snprintf(t->mm->comm, sizeof(t->mm->comm), "%s", slash ? slash + 1 : path);
}

void vm_task_exit(struct vm_run *run, struct vm_task *t)
{
	struct mm_struct *mm = t->mm;

	if (!mm)
		return;
	quire_mm_sync_rss(mm);
	mm->rss_cache = NULL;
	run->acting_mm = NULL;
	t->mm = NULL;
	vm_swap_forget(run, mm);
	mmput(mm);
	run->acting = NULL;
}

void vm_task_free(struct vm_run *run, int32_t pid)
{
	struct vm_task *t = run->tasks[pid];

	if (!t)
		return;
	if (run->acting == t)
		run->acting = NULL;
	if (t->mm) { /* what it has not folded yet is its mm's, and what it did is over */
		t->mm->rss_cache = &t->cache;
		quire_mm_sync_rss(t->mm);
		t->mm->rss_cache = &t->cache;
		quire_mm_sync_rss(t->mm);
		t->mm->rss_cache = NULL;
		mmput(t->mm);
	}
	free(t->recorded.list);
	free(t->here.list);
	free(t);
	run->tasks[pid] = NULL;
}
