/* SPDX-License-Identifier: MIT */
/*
 * vm/adopt.c - address spaces of a machine whose process has ended.
 *
 * 1. VMAs and files point to operations, which are constants of the program that ran. The room
 *    notes where its own lay (vm_state.own_ops); the reader's are put in their place. What was a
 *    driver's becomes "some operations, which do nothing": it is not anonymous memory.
 * 2. That is done for an address space when it is asked for (quire_mm_next()), and again each time,
 *    as it changes nothing then: lists of one that was being changed may be broken, and
 *    who never asks for it shall not suffer.
 */
#include "base/thread.h"
#include "vm/cache/cache.h"
#include "vm/lru.h"
#include "vm/map/map.h"

static const struct vm_operations_struct foreign_ops;

static const struct vm_operations_struct *const own_ops[VM_OWN_OPS] = {
	&memfs_vm_ops, &shmem_vm_ops, &special_vm_ops, &device_vm_ops
};

void vm_note_ops(struct vm_state *vs)
{
	unsigned int i;

	for (i = 0; i < VM_OWN_OPS; i++)
		vs->own_ops[i] = own_ops[i];
}

static const struct vm_operations_struct *translate(const struct vm_state *vs,
						    const struct vm_operations_struct *ops)
{
	unsigned int i;

	if (!ops || ops == &foreign_ops)
		return ops;
	for (i = 0; i < VM_OWN_OPS; i++)
		if (ops == own_ops[i] || ops == vs->own_ops[i])
			return own_ops[i];
	return &foreign_ops;
}

static void adopt_file(const struct vm_state *vs, struct file *file)
{
	file->vm_ops = translate(vs, file->vm_ops);
	file->ops = NULL;
	file->f_inode->fill = NULL;
}

void vm_adopt_mm(struct mm_struct *mm)
{
	const struct vm_state *vs = mm->machine->vm;
	struct vm_area_struct *vma = NULL;

	if (likely(!base_thread.alone))
		return;
	quire_pgtable_adopt(&mm->pgtable, mm->machine);
	mm->real = false;
	mm->rss_cache = NULL; /* its task's, perhaps on a stack */
	mmap_read_lock(mm);
	while ((vma = quire_vma_next(mm, vma)) != NULL) {
		vma->vm_ops = translate(vs, vma->vm_ops);
		if (vma->vm_file)
			adopt_file(vs, vma->vm_file);
	}
	mmap_read_unlock(mm);
}

void vm_adopt(struct quire_machine *m)
{
	unsigned int i;

	if (!m->linear) /* address spaces lie in frames */
		m->vm = NULL;
	if (m->vm)
		m->vm->trace = NULL;
	for (i = 0; i < m->config.nr_cpus; i++) {
		if (!m->vm)
			m->cpus[i].vm = NULL;
		else if (m->cpus[i].vm)
			m->cpus[i].vm->mm = NULL;
	}
}
