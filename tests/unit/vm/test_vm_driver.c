/* SPDX-License-Identifier: MIT */
/*
 * test_vm_driver.c - what a driver's file and its vm_operations are asked, and when: faults, first
 * writes, cuts, moves, protection; and what becomes of a mapping that it refuses.
 */
#include "driver.h"

/* --- faults ----------------------------------------------------------------------------------- */

static vm_fault_t dev_fault(struct vm_fault *vmf)
{
	d.faults++;
	if (vmf->pgoff >= DEV_PAGES)
		return VM_FAULT_SIGBUS;
	if (vmf->vma->vm_flags & VM_PFNMAP)
		return vmf_insert_pfn(vmf->vma, vmf->address, page_to_pfn(d.block) + vmf->pgoff);
	assert_int_equal(vmf->address, vmf->real_address & ~(VM_PAGE - 1));
	get_page(d.pages[vmf->pgoff]);
	vmf->page = d.pages[vmf->pgoff];
	return 0;
}

static vm_fault_t dev_mkwrite(struct vm_fault *vmf)
{
	assert_true(vmf->flags & FAULT_FLAG_MKWRITE);
	d.mkwrites++;
	return 0;
}

static const struct vm_operations_struct page_ops = { .fault = dev_fault,
						      .page_mkwrite = dev_mkwrite };
static const struct vm_operations_struct frame_ops = { .fault = dev_fault,
						       .pfn_mkwrite = dev_mkwrite,
						       .access = generic_access_phys };

static int mmap_faults(struct vm_area_struct *vma)
{
	vma->vm_ops = &page_ops;
	return 0;
}

static int mmap_frame_faults(struct vm_area_struct *vma)
{
	vma->vm_ops = &frame_ops;
	vma->vm_flags |= VM_PFNMAP;
	return 0;
}

static void test_fault_gives_a_page(void **state)
{
	unsigned long at;
	int code;

	(void)state;
	d.pages[2]->mapping = dev->f_mapping; /* or it would count as cut off */
	d.mmap = mmap_faults;
	at = map_dev(DEV_PAGES + 1, SHARED);
	assert_int_equal(peek(vm.mm, at + VM_PAGE), 101);
	assert_int_equal(d.faults, 1);
	poke(vm.mm, at + 2 * VM_PAGE, 8); /* not locked by ->page_mkwrite() */
	assert_int_equal(d.mkwrites, 1);
	assert_false(page_flag(d.pages[2], PG_locked));
	poke(vm.mm, at + 2 * VM_PAGE, 9);
	assert_int_equal(d.mkwrites, 1);
	assert_int_equal(vm_signal(vm.mm, at + DEV_PAGES * VM_PAGE, QUIRE_ACCESS_READ, &code), 7);
	unmap_mapping_range(dev->f_mapping, VM_PAGE, 1, 1);
	assert_true(pte_none(vm_pte(vm.mm, at + VM_PAGE)));
	assert_false(pte_none(vm_pte(vm.mm, at + 2 * VM_PAGE)));
	unmap_mapping_range(dev->f_mapping, 0, 0, 1);
	assert_true(pte_none(vm_pte(vm.mm, at + 2 * VM_PAGE)));
	assert_int_equal(peek(vm.mm, at + 2 * VM_PAGE), 9);
	quire_mm_munmap(vm.mm, at, (DEV_PAGES + 1) * VM_PAGE);
	d.pages[2]->mapping = NULL;
}

static void test_fault_gives_a_frame(void **state)
{
	unsigned long at, word = 0;

	(void)state;
	d.mmap = mmap_frame_faults;
	at = map_dev(4, SHARED);
	assert_int_equal(access_remote_vm(vm.mm, at + VM_PAGE, &word, 8, 0), 0); /* none yet */
	assert_int_equal(peek(vm.mm, at + VM_PAGE), 201);
	assert_int_equal(vm.kinds[QUIRE_FAULT_FILE_READ], 1);
	assert_int_equal(vm.kinds[QUIRE_FAULT_BAD], 0);
	assert_int_equal(access_remote_vm(vm.mm, at + VM_PAGE, &word, 8, 0), 8);
	assert_int_equal(word, 201);
	word = 6; /* what the process could not write without a fault */
	assert_int_equal(access_remote_vm(vm.mm, at + VM_PAGE, &word, 8, FOLL_WRITE), 0);
	assert_int_equal(block_word(1), 201);
	assert_int_equal(d.mkwrites, 0);
	poke(vm.mm, at + VM_PAGE, 7);
	assert_int_equal(d.mkwrites, 1);
	assert_int_equal(access_remote_vm(vm.mm, at + VM_PAGE, &word, 8, FOLL_WRITE), 8);
	assert_int_equal(block_word(1), 6);
	poke(vm.mm, at + VM_PAGE, 8);
	assert_int_equal(d.mkwrites, 1);
	assert_int_equal(block_word(1), 8);
	assert_int_equal(get_mm_rss(vm.mm), 0);
}

/* The task sleeps in its driver, and goes on on another CPU; on its old one another task faults. */
static vm_fault_t moving_fault(struct vm_fault *vmf)
{
	quire_this_cpu->vm->fault_kind = QUIRE_FAULT_STACK;
	assert_int_equal(quire_cpu_enter(vm.pm.m, 1), 0);
	return dev_fault(vmf);
}

static const struct vm_operations_struct moving_ops = { .fault = moving_fault };

static int mmap_moving(struct vm_area_struct *vma)
{
	vma->vm_ops = &moving_ops;
	return 0;
}

static void test_fault_moves_to_another_cpu(void **state)
{
	const struct vm_cpu *before = quire_this_cpu->vm;

	(void)state;
	d.mmap = mmap_moving;
	assert_int_equal(peek(vm.mm, map_dev(1, SHARED)), 100);
	assert_int_equal(before->fault_kind, QUIRE_FAULT_STACK);
	assert_int_equal(vm.kinds[QUIRE_FAULT_FILE_READ], 1);
	assert_int_equal(quire_cpu_enter(vm.pm.m, 0), 0);
}

static vm_fault_t inserting_fault(struct vm_fault *vmf)
{
	int err = vm_insert_page(vmf->vma, vmf->address, d.pages[vmf->pgoff]);

	d.faults++;
	return err && err != -EBUSY ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;
}

static const struct vm_operations_struct inserting_ops = { .fault = inserting_fault,
							   .page_mkwrite = dev_mkwrite };

static int mmap_inserting(struct vm_area_struct *vma)
{
	vma->vm_ops = &inserting_ops;
	vma->vm_flags |= VM_MIXEDMAP;
	return 0;
}

/* A page that the driver inserts in a fault is told of its first write, too. */
static void test_inserted_page_is_noticed(void **state)
{
	unsigned long at;

	(void)state;
	d.pages[1]->mapping = dev->f_mapping;
	d.mmap = mmap_inserting;
	at = map_dev(2, SHARED);
	assert_int_equal(peek(vm.mm, at + VM_PAGE), 101);
	poke(vm.mm, at + VM_PAGE, 8);
	assert_int_equal(d.mkwrites, 1);
	assert_int_equal(d.faults, 1);
	unmap_mapping_range(dev->f_mapping, 0, 0, 1);
	assert_int_equal(quire_mm_mprotect(vm.mm, at, 2 * VM_PAGE, QUIRE_PROT_READ), 0);
	assert_int_equal(quire_mm_mprotect(vm.mm, at, 2 * VM_PAGE, RW), 0);
	assert_int_equal(peek(vm.mm, at + VM_PAGE), 8);
	poke(vm.mm, at + VM_PAGE, 9);
	assert_int_equal(d.mkwrites, 2);
	quire_mm_munmap(vm.mm, at, 2 * VM_PAGE);
	d.pages[1]->mapping = NULL;
}

/* --- memory types ----------------------------------------------------------------------------- */

static u64 type_bits(u64 e)
{
	return e & vm.mm->pgtable.format->memory_mask[0];
}

static int mmap_uncached(struct vm_area_struct *vma)
{
	vma->vm_page_prot.pgprot = quire_mmu_set_memory(
		vm.mm->pgtable.format, vma->vm_page_prot.pgprot, 0, QUIRE_MEMORY_UC_MINUS);
	return mmap_frames(vma);
}

/* mprotect() changes who may do what, not how caches treat it. */
static void test_memory_type_stays(void **state)
{
	const u64 type = quire_mmu_set_memory(quire_mmu_format(QUIRE_MMU_X86_64), 0, 0,
					      QUIRE_MEMORY_UC_MINUS);
	unsigned long at;

	(void)state;
	d.mmap = mmap_uncached;
	at = map_dev(2, SHARED);
	assert_int_not_equal(type, 0);
	assert_int_equal(type_bits(vm_pte(vm.mm, at).pte), type);
	assert_int_equal(type_bits(vm_vma(vm.mm, at)->vm_page_prot.pgprot), type);
	assert_int_equal(quire_mm_mprotect(vm.mm, at, 2 * VM_PAGE, QUIRE_PROT_READ), 0);
	assert_int_equal(type_bits(vm_pte(vm.mm, at).pte), type);
	assert_int_equal(type_bits(vm_vma(vm.mm, at)->vm_page_prot.pgprot), type);
	assert_int_equal(quire_mm_mprotect(vm.mm, at, 2 * VM_PAGE, 0), 0);
	assert_int_equal(quire_mm_mprotect(vm.mm, at, 2 * VM_PAGE, RW), 0);
	assert_int_equal(type_bits(vm_pte(vm.mm, at).pte), type);
	assert_int_equal(peek(vm.mm, at + VM_PAGE), 201);
}

/* --- what the driver is told ------------------------------------------------------------------ */

static void told_open(struct vm_area_struct *vma)
{
	(void)vma;
	d.opens++;
}

static void told_close(struct vm_area_struct *vma)
{
	assert_non_null(vma->vm_file);
	d.closes++;
}

static int told_split(struct vm_area_struct *vma, unsigned long addr)
{
	assert_in_range(addr, vma->vm_start + 1, vma->vm_end - 1);
	return d.refuse;
}

static int told_mremap(struct vm_area_struct *vma)
{
	(void)vma;
	d.mremaps++;
	return d.refuse;
}

static int told_mprotect(struct vm_area_struct *vma, unsigned long start, unsigned long end,
			 unsigned long newflags)
{
	(void)vma, (void)start, (void)end;
	d.mprotects++;
	return newflags & VM_EXEC ? -EPERM : 0;
}

static const struct vm_operations_struct told_ops = {
	.open = told_open,
	.close = told_close,
	.may_split = told_split,
	.mremap = told_mremap,
	.mprotect = told_mprotect,
	.fault = dev_fault,
};

static int mmap_told(struct vm_area_struct *vma)
{
	vma->vm_ops = &told_ops;
	return 0;
}

static void test_open_and_close_balance(void **state)
{
	struct mm_struct *child;
	unsigned long at;

	(void)state;
	d.mmap = mmap_told;
	at = map_dev(6, SHARED);
	assert_int_equal(d.opens, 0); /* ->mmap() counts itself */
	assert_int_equal(quire_mm_munmap(vm.mm, at, VM_PAGE), 0);
	assert_int_equal(d.opens, 1);
	assert_int_equal(d.closes, 1);
	assert_int_equal(quire_mm_munmap(vm.mm, at + 3 * VM_PAGE, VM_PAGE), 0);
	assert_int_equal(d.opens - d.closes, 1);
	child = quire_mm_fork(vm.mm);
	assert_int_equal(d.opens - d.closes, 3);
	mmput(child);
	assert_int_equal(d.opens - d.closes, 1);
	assert_int_equal(quire_mm_mprotect(vm.mm, at + VM_PAGE, VM_PAGE, QUIRE_PROT_READ), 0);
	assert_int_equal(d.opens - d.closes, 2);
	assert_int_equal(quire_mm_munmap(vm.mm, at, 6 * VM_PAGE), 0);
	assert_int_equal(d.opens - d.closes, -1);
	assert_null(find_vma(vm.mm, 0));
}

/* At the limit of VMAs only a hole in the middle makes one more, asked for or not. */
static void test_cuts_at_the_limit(void **state)
{
	unsigned long at;

	(void)state;
	d.mmap = mmap_told;
	at = map_dev(6, SHARED);
	assert_int_equal(quire_vm_sysctl("max_map_count", 1), 0);
	assert_int_equal(quire_mm_munmap(vm.mm, at + 2 * VM_PAGE, VM_PAGE), -ENOMEM);
	assert_int_equal(d.opens, 0);
	assert_int_equal(quire_mm_munmap(vm.mm, at, VM_PAGE), 0);
	assert_int_equal(quire_mm_munmap(vm.mm, at + 5 * VM_PAGE, VM_PAGE), 0);
	assert_int_equal(vm.mm->map_count, 1);
	assert_int_equal(vm_vma(vm.mm, at + VM_PAGE)->vm_end, at + 5 * VM_PAGE);
	assert_int_equal(d.opens - d.closes, 0);
}

static void test_driver_refuses(void **state)
{
	unsigned long at, to = VM_BASE + 64 * VM_PAGE;

	(void)state;
	d.mmap = mmap_told;
	at = map_dev(4, SHARED);
	assert_int_equal(peek(vm.mm, at), 100);
	d.refuse = -EINVAL;
	assert_int_equal(quire_mm_munmap(vm.mm, at, VM_PAGE), -EINVAL);
	assert_int_equal(quire_mm_munmap(vm.mm, at + VM_PAGE, VM_PAGE), -EINVAL);
	assert_int_equal(quire_mm_mprotect(vm.mm, at, VM_PAGE, QUIRE_PROT_READ), -EINVAL);
	assert_int_equal(quire_mm_mprotect(vm.mm, at, 4 * VM_PAGE, RW | QUIRE_PROT_EXEC), -EPERM);
	assert_int_equal(vm_vma(vm.mm, at)->vm_end, at + 4 * VM_PAGE);
	assert_int_equal(quire_mm_mremap(vm.mm, at, 4 * VM_PAGE, 4 * VM_PAGE,
					 QUIRE_MREMAP_MAYMOVE | QUIRE_MREMAP_FIXED, to),
			 -EINVAL);
	assert_int_equal(d.mremaps, 1);
	assert_false(pte_none(vm_pte(vm.mm, at))); /* moved back */
	assert_int_equal(find_vma(vm.mm, 0)->vm_start, at);
	assert_null(find_vma(vm.mm, at + 4 * VM_PAGE));
	d.refuse = 0;
	assert_int_equal(quire_mm_mremap(vm.mm, at, 4 * VM_PAGE, 4 * VM_PAGE,
					 QUIRE_MREMAP_MAYMOVE | QUIRE_MREMAP_FIXED, to),
			 (long)to);
	assert_int_equal(peek(vm.mm, to), 100);
	assert_int_equal(d.faults, 1);
	assert_int_equal(d.opens - d.closes, 0);
}

/* --- ->mmap() that fails --------------------------------------------------------------------- */

static const struct quire_file_ops mute_ops = { NULL, NULL };

static int mmap_fails(struct vm_area_struct *vma)
{
	assert_int_equal(vm_insert_page(vma, vma->vm_start, d.pages[0]), 0);
	return -EBUSY;
}

static void test_failed_mmap_leaves_nothing(void **state)
{
	struct file *mute = quire_device_create("/dev/mute", &mute_ops);
	unsigned long at = vm_map(vm.mm, VM_BASE, 4, RW, ANON, NULL);

	(void)state;
	poke(vm.mm, at + VM_PAGE, 1);
	poke(vm.mm, at, 2);
	d.mmap = mmap_fails;
	assert_int_equal(
		quire_mm_mmap(vm.mm, at + VM_PAGE, VM_PAGE, RW, SHARED | QUIRE_MAP_FIXED, dev, 0),
		-EBUSY);
	assert_int_equal(page_count(d.pages[0]), 1);
	assert_int_equal(get_mm_counter(vm.mm, MM_FILEPAGES), 0);
	assert_int_equal(peek(vm.mm, at), 2);
	assert_int_equal(find_vma(vm.mm, at + VM_PAGE)->vm_start, at + 2 * VM_PAGE); /* 6.1 */
	assert_int_equal(quire_mm_mmap(vm.mm, 0, VM_PAGE, RW, SHARED, mute, 0), -ENODEV);
	assert_int_equal(quire_mm_mmap(vm.mm, 0, VM_PAGE, RW, QUIRE_MAP_PRIVATE, mute, 0), -ENODEV);
	fput(mute);
}

static int mmap_nothing(struct vm_area_struct *vma)
{
	(void)vma;
	return 0;
}

static void test_no_operations_is_sigbus(void **state)
{
	unsigned long at;
	int code;

	(void)state;
	d.mmap = mmap_nothing;
	at = map_dev(1, QUIRE_MAP_PRIVATE);
	assert_int_equal(vm_signal(vm.mm, at, QUIRE_ACCESS_READ, &code), 7);
	assert_int_equal(vm_signal(vm.mm, at, QUIRE_ACCESS_WRITE, &code), 7);
}

/* The n-th page allocation of a mapping fails, for each n: all is undone. */
static void test_no_memory_for_a_mapping(void **state)
{
	unsigned int n, failed = 0;
	long at;

	(void)state;
	for (n = 1;; n++) {
		mmput(vm.mm);
		vm.mm = vm_new_mm();
		d.mmap = n & 1 ? mmap_frames : mmap_pages;
		quire_fault_arm(vm.pm.m, QUIRE_FAULT_PAGE_ALLOC, (n + 1) / 2);
		at = quire_mm_mmap(vm.mm, 0, 4 * VM_PAGE, RW, SHARED, dev, 0);
		quire_fault_disarm(vm.pm.m);
		if (at > 0 && n & 1)
			continue;
		if (at > 0)
			break;
		failed++;
		assert_int_equal(at, -ENOMEM);
		assert_null(find_vma(vm.mm, 0));
		assert_int_equal(page_count(d.pages[0]), 1);
	}
	assert_true(failed >= 3);
}

/* --- get_user_pages_remote(), as Linux has it ------------------------------------------------ */

static void test_locked_gup(void **state)
{
	unsigned long at = vm_map(vm.mm, VM_BASE, 3, RW, ANON, NULL), stack;
	struct vm_area_struct *vmas[4];
	struct page *pages[4];
	int locked = 1;

	(void)state;
	mmap_read_lock(vm.mm);
	assert_int_equal(
		get_user_pages_remote(vm.mm, at + VM_PAGE + 5, 4, FOLL_WRITE, pages, vmas, &locked),
		2);
	assert_int_equal(locked, 1);
	assert_ptr_equal(vmas[1], find_vma(vm.mm, at));
	assert_ptr_equal(pages[1], vm_page(vm.mm, at + 2 * VM_PAGE));
	put_page(pages[0]);
	put_page(pages[1]);
	assert_int_equal(get_user_pages_remote(vm.mm, at, 1, FOLL_PIN, pages, NULL, NULL), -EINVAL);
	assert_int_equal(pin_user_pages_remote(vm.mm, at, 1, FOLL_GET, pages, NULL, NULL), -EINVAL);
	assert_int_equal(pin_user_pages_remote(vm.mm, at, 1, FOLL_WRITE, pages, NULL, NULL), 1);
	assert_true(page_count(pages[0]) > 1000);
	unpin_user_page(pages[0]);
	assert_int_equal(get_user_pages_remote(vm.mm, at + 3 * VM_PAGE, 1, 0, pages, NULL, NULL),
			 -EFAULT);
	mmap_read_unlock(vm.mm);
	assert_int_equal(quire_mm_setup_stack(vm.mm, 2 * VM_PAGE, 0), 0);
	stack = vm.mm->start_stack - 3 * VM_PAGE;
	mmap_read_lock(vm.mm);
	assert_int_equal(get_user_pages_remote(vm.mm, stack, 1, 0, pages, NULL, NULL), -EFAULT);
	mmap_read_unlock(vm.mm);
}

static const struct CMUnitTest tests[] = {
	TEST(test_fault_gives_a_page),	       TEST(test_fault_gives_a_frame),
	TEST(test_fault_moves_to_another_cpu), TEST(test_inserted_page_is_noticed),
	TEST(test_memory_type_stays),	       TEST(test_open_and_close_balance),
	TEST(test_cuts_at_the_limit),	       TEST(test_driver_refuses),
	TEST(test_failed_mmap_leaves_nothing), TEST(test_no_operations_is_sigbus),
	TEST(test_no_memory_for_a_mapping),    TEST(test_locked_gup),
};

VM_MAIN(tests)
