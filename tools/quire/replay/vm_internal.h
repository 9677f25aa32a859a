/* SPDX-License-Identifier: MIT */
/*
 * vm_internal.h - between vm_*.c.
 */
#ifndef QUIRE_TOOLS_REPLAY_VM_INTERNAL_H
#define QUIRE_TOOLS_REPLAY_VM_INTERNAL_H

#include "replay/vm_replay.h"

/* x86-64, 47 bits: exec puts stacks above this address, and mappings below it */
#define VM_STACKS   UINT64_C(0x7ffbff000000)
#define VM_MAPPINGS UINT64_C(0x7e0000000000)
#define VM_TASK_END UINT64_C(0x7ffffffff000)
#define VM_IMAGE_SPAN                                                              \
	(INT64_C(64) << 20) /* programs are smaller than that, and near their heap \
			     */

/* error_code of a fault */
#define VM_FAULT_CODE_PRESENT 1u
#define VM_FAULT_CODE_WRITE   2u
#define VM_FAULT_CODE_FETCH   16u

static inline uint64_t vm_page_down(uint64_t a)
{
	return a & ~(VM_PAGE - 1);
}
static inline uint64_t vm_page_up(uint64_t a)
{
	return vm_page_down(a + VM_PAGE - 1);
}
static inline bool vm_is_error(uint64_t ret)
{
	return ret > (uint64_t)-4096;
}

/* clone() */
#define VM_CLONE_VM UINT64_C(0x100)

/* vm_maps.c: programs' segments from the snapshots' maps. */
void vm_maps_apply(const struct trace *t, const struct vm_ops *ops, const char *folder,
		   struct vm_learned *l, const uint32_t *exec_of_op);

/* vm_image.c */
/** vm_image_infer() - the segments of @image from what faulted. */
void vm_image_infer(struct vm_image *image);

/** struct vm_rss - one rss_stat, recorded or here. @other: (here) not the task's own mm */
struct vm_rss {
	int64_t size;
	uint8_t member, curr, other;
};

/** struct vm_queue - rss_stat events that wait for their like. */
struct vm_queue {
	struct vm_rss *list;
	size_t head, nr, cap;
};

/**
 * struct vm_task - a process or thread.
 * @mm: NULL: a kernel thread, or from before the recording
 * @recorded, @here: not yet compared
 * @old: so many of @recorded were there before the last operation ended
 * @forced: the present fault folds its counts because the recorded one did
 * @had_mm: it had an address space at some time
 * @offset: recorded minus here, bytes, of its own mm and of the other one
 */
struct vm_task {
	int32_t pid;
	struct mm_struct *mm;
	struct quire_rss_cache cache;
	struct vm_queue recorded, here;
	int64_t offset[2][NR_MM_COUNTERS];
	size_t old;
	bool had_mm, forced;
};

/* vm_compare.c */
void vm_rss_recorded(struct vm_run *run, struct vm_task *t, const struct vm_op *op);
void vm_rss_here(struct vm_run *run, struct vm_task *t, const struct mm_struct *mm, int member,
		 long pages);
void vm_rss_match(struct vm_run *run, struct vm_task *t);
/** vm_rss_begin(), vm_rss_settle() - around the task's operation: what is left over is a
 * difference; what is left over here may still be recorded until the next one begins. */
void vm_rss_begin(struct vm_run *run, struct vm_task *t);
void vm_rss_settle(struct vm_run *run, struct vm_task *t);
/** vm_rss_moment() - shall the fault fold the task's counts? */
void vm_rss_moment(struct vm_run *run, struct vm_task *t, const struct vm_op *op);
void vm_fault_compare(struct vm_run *run, const struct vm_op *op, const struct vm_area_struct *vma,
		      const struct quire_fault_info *info);
void vm_difference(struct vm_run *run, enum vm_diff d);
void vm_log(struct vm_run *run, const struct vm_op *op, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* vm_task.c */
struct vm_task *vm_task_get(struct vm_run *run, int32_t pid);
void vm_task_act(struct vm_run *run, struct vm_task *t);
void vm_task_fork(struct vm_run *run, const struct vm_op *op);
/** vm_task_name() - the program that exec took names the task, for views. */
void vm_task_name(const struct vm_run *run, const struct vm_task *t, const struct vm_op *op);
void vm_task_exit(struct vm_run *run, struct vm_task *t);
void vm_task_free(struct vm_run *run, int32_t pid);

/* vm_exec.c */
int vm_exec(struct vm_run *run, struct vm_task *t, const struct vm_op *op);

/* vm_swap.c */
/** vm_swap_out() - pages of the range go to swap, as many as recorded. */
void vm_swap_out(struct vm_run *run, struct vm_task *t, const struct vm_op *op);
/** vm_swap_drop() - the range is unmapped, swapped pages and all. */
void vm_swap_drop(struct vm_run *run, struct vm_task *t, uint64_t start, uint64_t bytes);
/** vm_swap_in() - was the page there? It is no longer. */
bool vm_swap_in(struct vm_run *run, struct vm_task *t, uint64_t address);
void vm_swap_forget(struct vm_run *run, const struct mm_struct *mm);

/* vm_files.c */
struct file *vm_file_of(struct vm_run *run, uint32_t id, bool shmem);
void vm_file_cover(struct vm_run *run, uint32_t id, bool shmem, uint64_t page, uint64_t pages);
/** vm_held_found() - the fault at the current operation found the page in memory, unmapped. */
void vm_held_found(struct vm_run *run, const struct vm_area_struct *vma, uint64_t address);
/** vm_held_release() - the page that the current operation's fault finds comes into the cache. */
void vm_held_release(struct vm_run *run);
void vm_cache_change(struct vm_run *run, const struct vm_op *op);

#endif /* QUIRE_TOOLS_REPLAY_VM_INTERNAL_H */
