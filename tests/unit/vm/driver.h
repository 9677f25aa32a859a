/* SPDX-License-Identifier: MIT */
/*
 * driver.h - a machine with a device whose ->mmap() is the test's; all it is told is counted.
 */
#ifndef QUIRE_TEST_DRIVER_H
#define QUIRE_TEST_DRIVER_H

#include "vm_machine.h"

#include <quire/vm_insert.h>
#include <quire/vm_view.h>
#include <quire/vmalloc.h>

#define SHARED	  QUIRE_MAP_SHARED
#define DEV_PAGES 8u

static struct vm_machine vm;
static struct file *dev;

/* What its ->mmap() does is the test's, and all it is told is counted. */
static struct {
	int (*mmap)(struct vm_area_struct *vma);
	struct page *pages[DEV_PAGES];
	struct page *block; /* of DEV_PAGES pages, in a row */
	void *area;
	int mmaps, releases, opens, closes, mremaps, mprotects, mkwrites, faults;
	int refuse; /* what may_split, mremap or mprotect answers */
} d;

static int dev_mmap(struct file *file, struct vm_area_struct *vma)
{
	assert_ptr_equal(file, vma->vm_file);
	d.mmaps++;
	return d.mmap(vma);
}

static void dev_release(struct file *file)
{
	(void)file;
	d.releases++;
}

static const struct quire_file_ops dev_ops = { .mmap = dev_mmap, .release = dev_release };

static inline int setup(void **state)
{
	unsigned int i;

	(void)state;
	memset(&d, 0, sizeof(d));
	vm_machine_config(&vm, 64);
	vm.pm.config.nr_cpus = 2;
	vm_machine_start(&vm);
	d.area = vmalloc_user(4 * VM_PAGE); /* what comes with the first use stays */
	assert_non_null(d.area);
	vfree(d.area);
	vm_unmap_aliases();
	vm.frames = vm_frames(&vm) + 1; /* vm.mm's root table */
	dev = quire_device_create("/dev/thing", &dev_ops);
	assert_non_null(dev);
	d.block = alloc_pages(GFP_KERNEL | __GFP_ZERO | __GFP_COMP, 3);
	for (i = 0; i < DEV_PAGES; i++) {
		d.pages[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		*(unsigned long *)page_address(d.pages[i]) = 100 + i;
		*(unsigned long *)page_address(d.block + i) = 200 + i;
	}
	d.area = vmalloc_user(4 * VM_PAGE);
	return 0;
}

static inline int teardown(void **state)
{
	unsigned int i;

	(void)state;
	mmput(vm.mm);
	vm.mm = NULL;
	for (i = 0; i < DEV_PAGES; i++) {
		assert_int_equal(page_count(d.pages[i]), 1);
		assert_int_equal(page_mapcount(d.pages[i]), 0);
		put_page(d.pages[i]);
	}
	assert_int_equal(page_count(d.block), 1);
	put_page(d.block);
	vfree(d.area);
	vm_unmap_aliases();
	assert_int_equal(d.releases, 0);
	fput(dev);
	assert_int_equal(d.releases, 1);
	assert_int_equal(vm_node_state(&vm, NR_FILE_MAPPED), 0);
	vm_machine_down(&vm);
	return 0;
}

static inline unsigned long block_word(unsigned int i)
{
	return *(unsigned long *)page_address(d.block + i);
}

static inline unsigned long map_dev(unsigned long pages, unsigned long flags)
{
	return vm_map(vm.mm, VM_BASE, pages, RW, flags, dev);
}

/* Frames by number, and pages, for a whole mapping. */
static inline int mmap_frames(struct vm_area_struct *vma)
{
	return remap_pfn_range(vma, vma->vm_start, page_to_pfn(d.block) + vma->vm_pgoff,
			       vma->vm_end - vma->vm_start, vma->vm_page_prot);
}

static inline int mmap_pages(struct vm_area_struct *vma)
{
	return vm_map_pages(vma, d.pages, DEV_PAGES);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

#endif /* QUIRE_TEST_DRIVER_H */
