/* SPDX-License-Identifier: MIT */
/*
 * kunit_mm.c - an address space that a case has; see kunit/test.h.
 */
#include <errno.h>

#include <kunit/resource.h>
#include <kunit/test.h>
#include <linux/mm.h>

static void drop(void *context)
{
	struct mm_struct *mm = context;

	if (current->mm == mm)
		kthread_unuse_mm(mm);
	mmput(mm);
}

int kunit_attach_mm(void)
{
	struct kunit *test = current->kunit_test;
	struct mm_struct *mm;

	if (current->mm)
		return 0;
	if (!test)
		return -EINVAL;
	mm = mm_alloc();
	if (!mm)
		return -ENOMEM;
	kthread_use_mm(mm);
	return kunit_add_action_or_reset(test, drop, mm);
}

struct mapping {
	unsigned long addr;
	size_t len;
};

static void unmap(struct kunit_resource *res)
{
	const struct mapping *m = res->data;

	vm_munmap(m->addr, m->len);
	kfree(m);
}

static int keep(struct kunit_resource *res, void *context)
{
	res->data = context;
	return 0;
}

unsigned long kunit_vm_mmap(struct kunit *test, struct file *file, unsigned long addr,
			    unsigned long len, unsigned long prot, unsigned long flag,
			    unsigned long offset)
{
	struct mapping *m;

	if (kunit_attach_mm())
		return 0;
	m = kmalloc(sizeof(*m), GFP_KERNEL);
	if (!m)
		return 0;
	m->addr = vm_mmap(file, addr, len, prot, flag, offset);
	m->len = len;
	if (!m->addr || IS_ERR_VALUE(m->addr)) {
		kfree(m);
		return 0;
	}
	addr = m->addr;
	if (kunit_alloc_resource(test, keep, unmap, GFP_KERNEL, m))
		return addr;
	vm_munmap(m->addr, m->len);
	kfree(m);
	return 0;
}
