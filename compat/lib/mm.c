/* SPDX-License-Identifier: MIT */
/*
 * mm.c - address spaces of tasks; the contract stands in surface/vm.h.
 *
 * The core knows the address space of a CPU, for its model of TLBs; tasks change CPUs, so what acts
 * on current->mm names it to the core instead.
 */
#include <errno.h>
#include <sys/mman.h>

#include <linux/mm.h>
#include <linux/uaccess.h>

/* All mappings, and what brk() gives, lie in one window of the host's addresses. */
static int show_on_host(struct mm_struct *mm)
{
	unsigned long start = 0;
	int err = quire_mm_map_host(mm, &start, QUIRE_USER_WINDOW);

	if (err)
		return err;
	mm->user_base = mm->start_brk = mm->brk = start;
	return 0;
}

struct mm_struct *mm_alloc(void)
{
	const struct quire_machine_config *config;
	struct mm_struct *mm;

	if (!current || !quire_this_cpu)
		return NULL;
	config = quire_machine_config_of(quire_this_cpu->machine);
	mm = quire_mm_create(NULL);
	if (mm && config->real_mappings && show_on_host(mm)) {
		mmput(mm);
		return NULL;
	}
	return mm;
}

void kthread_use_mm(struct mm_struct *mm)
{
	struct task_struct *task = current;

	WARN_ON_ONCE(task->mm);
	mmgrab(mm);
	task->mm = task->active_mm = mm;
}

void kthread_unuse_mm(struct mm_struct *mm)
{
	struct task_struct *task = current;

	WARN_ON_ONCE(task->mm != mm);
	task->mm = task->active_mm = NULL;
	mmdrop(mm);
}

unsigned long vm_mmap(struct file *file, unsigned long addr, unsigned long len, unsigned long prot,
		      unsigned long flags, unsigned long offset)
{
	struct mm_struct *mm = current->mm;
	void *p;

	if (offset + PAGE_ALIGN(len) < offset || offset_in_page(offset))
		return (unsigned long)-EINVAL;
	if (mm)
		return (unsigned long)quire_mm_mmap(
			mm, addr, len, prot, flags | (file ? 0 : MAP_ANONYMOUS), file, offset);
	if (file)
		return (unsigned long)-ENODEV;
	p = mmap((void *)addr, len, (int)prot, (int)flags | MAP_ANONYMOUS, -1, (off_t)offset);
	return p == MAP_FAILED ? (unsigned long)-(long)errno : (unsigned long)p;
}

int vm_munmap(unsigned long start, size_t len)
{
	struct mm_struct *mm = current->mm;

	if (mm)
		return (int)quire_mm_munmap(mm, start, len);
	return munmap((void *)start, len) ? -errno : 0;
}
