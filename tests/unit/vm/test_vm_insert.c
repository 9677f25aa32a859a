/* SPDX-License-Identifier: MIT */
/*
 * test_vm_insert.c - mappings that a driver fills: frames by number, pages of its own, areas of
 * vmalloc().
 */
#include "driver.h"

#define ANON_AT (VM_BASE + 64 * VM_PAGE)

/* --- frames by number ----------------------------------------------------------------------- */

static void test_frames_are_shared_and_nobodys(void **state)
{
	unsigned long at, pfn;
	struct page *page;

	(void)state;
	d.mmap = mmap_frames;
	at = map_dev(4, SHARED);
	assert_int_equal(vm_vma(vm.mm, at)->vm_flags &
				 (VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP | VM_MIXEDMAP),
			 VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	assert_int_equal(peek(vm.mm, at + VM_PAGE), 201);
	poke(vm.mm, at + 2 * VM_PAGE, 77);
	assert_int_equal(block_word(2), 77);
	assert_int_equal(get_mm_rss(vm.mm), 0);
	assert_int_equal(page_mapcount(d.block + 1), 0);
	assert_int_equal(page_count(d.block), 1);
	assert_int_equal(quire_mm_get_pages(vm.mm, at, 1, 0, &page), -EFAULT);
	mmap_read_lock(vm.mm);
	assert_int_equal(follow_pfn(vm_vma(vm.mm, at), at + VM_PAGE, &pfn), 0);
	assert_int_equal(pfn, page_to_pfn(d.block) + 1);
	zap_vma_ptes(vm_vma(vm.mm, at), at + VM_PAGE, VM_PAGE);
	assert_int_equal(follow_pfn(vm_vma(vm.mm, at), at + VM_PAGE, &pfn), -EINVAL);
	mmap_read_unlock(vm.mm);
	assert_int_equal(
		quire_mm_mremap(vm.mm, at, 4 * VM_PAGE, 6 * VM_PAGE, QUIRE_MREMAP_MAYMOVE, 0),
		-EFAULT);
	assert_int_equal(quire_mm_munmap(vm.mm, at, 4 * VM_PAGE), 0);
	assert_true(pte_none(vm_pte(vm.mm, at)));
}

/* The copy has what the frame held, whatever number it has. */
static void test_private_write_copies_the_frame(void **state)
{
	unsigned long at;

	(void)state;
	d.mmap = mmap_frames;
	at = map_dev(4, QUIRE_MAP_PRIVATE);
	assert_int_equal(vm_vma(vm.mm, at)->vm_pgoff, page_to_pfn(d.block));
	assert_int_equal(peek(vm.mm, at + 3 * VM_PAGE), 203);
	poke(vm.mm, at + 3 * VM_PAGE + 8, 9);
	assert_int_equal(peek(vm.mm, at + 3 * VM_PAGE), 203);
	assert_int_equal(vm.kinds[QUIRE_FAULT_COW], 1);
	assert_int_equal(((unsigned long *)page_address(d.block + 3))[1], 0);
	assert_int_equal(get_mm_counter(vm.mm, MM_ANONPAGES), 1);
}

static int mmap_second_half(struct vm_area_struct *vma)
{
	return remap_pfn_range(vma, vma->vm_start + VM_PAGE, page_to_pfn(d.block), VM_PAGE,
			       vma->vm_page_prot);
}

static int mmap_too_much(struct vm_area_struct *vma)
{
	return remap_pfn_range(vma, vma->vm_start, page_to_pfn(d.block),
			       vma->vm_end - vma->vm_start + 1, vma->vm_page_prot);
}

static int mmap_crooked(struct vm_area_struct *vma)
{
	return remap_pfn_range(vma, vma->vm_start + 1, page_to_pfn(d.block), VM_PAGE,
			       vma->vm_page_prot);
}

static void test_remap_refuses(void **state)
{
	(void)state;
	d.mmap = mmap_second_half; /* part of a private mapping */
	assert_int_equal(quire_mm_mmap(vm.mm, 0, 2 * VM_PAGE, RW, QUIRE_MAP_PRIVATE, dev, 0),
			 -EINVAL);
	assert_true(quire_mm_mmap(vm.mm, 0, 2 * VM_PAGE, RW, SHARED, dev, 0) > 0);
	d.mmap = mmap_crooked;
	assert_int_equal(quire_mm_mmap(vm.mm, 0, 2 * VM_PAGE, RW, SHARED, dev, 0), -EINVAL);
	d.mmap = mmap_too_much;
	assert_int_equal(quire_mm_mmap(vm.mm, 0, 2 * VM_PAGE, RW, SHARED, dev, 0), -EINVAL);
	assert_said(&vm.pm, "is not inside the mapping");
}

static int mmap_nowhere(struct vm_area_struct *vma)
{
	return vm_iomap_memory(vma, 0xfee00000ul, VM_PAGE);
}

static void test_nothing_behind_a_frame(void **state)
{
	unsigned long at;

	(void)state;
	d.mmap = mmap_nowhere;
	assert_int_equal(quire_mm_mmap(vm.mm, 0, 2 * VM_PAGE, RW, SHARED, dev, 0), -EINVAL);
	at = map_dev(1, SHARED);
	poke(vm.mm, at, 5);
	assert_int_equal(peek(vm.mm, at), ~0ul);
	quire_mm_munmap(vm.mm, at, VM_PAGE);
	at = map_dev(1, QUIRE_MAP_PRIVATE);
	poke(vm.mm, at, 5);
	assert_int_equal(peek(vm.mm, at), 5);
	assert_int_equal(peek(vm.mm, at + 8), 0);
}

static void test_fork_shares_frames(void **state)
{
	unsigned long at, priv = VM_BASE + 64 * VM_PAGE;
	struct mm_struct *child;

	(void)state;
	d.mmap = mmap_frames;
	at = map_dev(2, SHARED);
	vm_map(vm.mm, priv, 2, RW, QUIRE_MAP_PRIVATE, dev);
	poke(vm.mm, priv + VM_PAGE, 55);
	child = quire_mm_fork(vm.mm);
	assert_non_null(child);
	poke(vm.mm, at, 31);
	assert_int_equal(peek(child, at), 31);
	assert_int_equal(peek(child, priv), 31); /* neither has written it */
	assert_int_equal(peek(child, priv + VM_PAGE), 55);
	poke(child, priv + VM_PAGE, 56);
	assert_int_equal(peek(vm.mm, priv + VM_PAGE), 55);
	mmput(child);
}

/* --- pages ---------------------------------------------------------------------------------- */

static void test_pages_are_held_while_mapped(void **state)
{
	unsigned long at;
	struct page *page;

	(void)state;
	d.mmap = mmap_pages;
	at = map_dev(3, SHARED);
	assert_int_equal(vm_vma(vm.mm, at)->vm_flags & (VM_MIXEDMAP | VM_PFNMAP), VM_MIXEDMAP);
	assert_int_equal(page_count(d.pages[1]), 2);
	assert_int_equal(page_mapcount(d.pages[1]), 1);
	assert_int_equal(get_mm_counter(vm.mm, MM_FILEPAGES), 3);
	assert_int_equal(vm_node_state(&vm, NR_FILE_MAPPED), 3);
	assert_int_equal(peek(vm.mm, at + VM_PAGE), 101);
	poke(vm.mm, at + VM_PAGE, 5);
	assert_int_equal(*(unsigned long *)page_address(d.pages[1]), 5);
	assert_int_equal(quire_mm_get_pages(vm.mm, at + VM_PAGE, 1, FOLL_WRITE, &page), 1);
	assert_ptr_equal(page, d.pages[1]);
	put_page(page);
	/* The driver lets one go before the process does. */
	put_page(d.pages[2]);
	assert_int_equal(peek(vm.mm, at + 2 * VM_PAGE), 102);
	d.pages[2] = alloc_page(GFP_KERNEL);
	assert_int_equal(quire_mm_munmap(vm.mm, at, 3 * VM_PAGE), 0);
	assert_int_equal(page_count(d.pages[1]), 1);
	assert_int_equal(get_mm_rss(vm.mm), 0);
}

/* A page on no list by age is not marked as one, however often it is used. */
static void test_pages_are_on_no_list(void **state)
{
	unsigned long at;
	int i;

	(void)state;
	d.mmap = mmap_pages;
	for (i = 0; i < 3; i++) {
		at = map_dev(1, SHARED);
		poke(vm.mm, at, 1);
		quire_mm_munmap(vm.mm, at, VM_PAGE);
	}
	assert_false(page_flag(d.pages[0], PG_active));
	assert_false(page_flag(d.pages[0], PG_lru));
}

static int mmap_odd_pages(struct vm_area_struct *vma)
{
	unsigned long at = vma->vm_start, n = 3;
	void *object = kmalloc(64, GFP_KERNEL);
	struct page *three[3] = { d.pages[5], d.pages[6], NULL };

	assert_int_equal(vm_insert_page(vma, at - 1, d.pages[0]), -EFAULT);
	assert_int_equal(vm_insert_page(vma, vma->vm_end, d.pages[0]), -EFAULT);
	assert_int_equal(vm_insert_page(vma, at, virt_to_page(object)), -EINVAL);
	assert_int_equal(vm_insert_page(vma, at, vm_page(vma->vm_mm, ANON_AT)), -EINVAL);
	assert_int_equal(vm_insert_page(vma, at, d.pages[0]), 0);
	assert_int_equal(vm_insert_page(vma, at, d.pages[1]), -EBUSY);
	assert_int_equal(vm_insert_page(vma, at + VM_PAGE, d.block + 3), 0); /* a tail */
	assert_int_equal(page_count(d.block), 2);
	three[2] = d.pages[7];
	assert_int_equal(vm_insert_pages(vma, at + 3 * VM_PAGE, three, &n), -EFAULT);
	n = 2;
	assert_int_equal(vm_insert_pages(vma, at + VM_PAGE, three, &n), -EBUSY);
	assert_int_equal(n, 2);
	assert_int_equal(vm_insert_pages(vma, at + 2 * VM_PAGE, three, &n), 0);
	assert_int_equal(n, 0);
	kfree(object);
	return 0;
}

static void test_insert_refuses(void **state)
{
	unsigned long at;

	(void)state;
	vm_map(vm.mm, ANON_AT, 1, RW, ANON, NULL);
	poke(vm.mm, ANON_AT, 1);
	d.mmap = mmap_odd_pages;
	at = map_dev(4, SHARED);
	assert_int_equal(peek(vm.mm, at), 100);
	assert_int_equal(peek(vm.mm, at + VM_PAGE), 203);
	assert_int_equal(peek(vm.mm, at + 3 * VM_PAGE), 106);
	quire_mm_munmap(vm.mm, at, 4 * VM_PAGE);
	assert_int_equal(page_count(d.block), 1);
	d.mmap = mmap_pages;
	assert_int_equal(quire_mm_mmap(vm.mm, 0, 9 * VM_PAGE, RW, SHARED, dev, 0), -ENXIO);
	assert_int_equal(quire_mm_mmap(vm.mm, 0, 3 * VM_PAGE, RW, SHARED, dev, 6 * VM_PAGE),
			 -ENXIO);
	assert_int_equal(quire_mm_mmap(vm.mm, 0, VM_PAGE, RW, SHARED, dev, 8 * VM_PAGE), -ENXIO);
	at = (unsigned long)quire_mm_mmap(vm.mm, 0, 2 * VM_PAGE, RW, SHARED, dev, 6 * VM_PAGE);
	assert_int_equal(peek(vm.mm, at + VM_PAGE), 107);
}

static void test_private_write_copies_the_page(void **state)
{
	unsigned long at;
	struct mm_struct *child;

	(void)state;
	d.mmap = mmap_pages;
	at = map_dev(2, QUIRE_MAP_PRIVATE);
	poke(vm.mm, at + 8, 1);
	assert_int_equal(peek(vm.mm, at), 100);
	assert_int_equal(page_count(d.pages[0]), 1);
	assert_int_equal(get_mm_counter(vm.mm, MM_ANONPAGES), 1);
	assert_int_equal(get_mm_counter(vm.mm, MM_FILEPAGES), 1);
	child = quire_mm_fork(vm.mm);
	assert_int_equal(peek(child, at + VM_PAGE), 101);
	assert_int_equal(page_count(d.pages[1]), 3);
	mmput(child);
}

/* --- areas of vmalloc ------------------------------------------------------------------------- */

static void *area;

static int mmap_area(struct vm_area_struct *vma)
{
	return remap_vmalloc_range(vma, area, vma->vm_pgoff);
}

static void test_vmalloc_area(void **state)
{
	void *plain = vmalloc(2 * VM_PAGE);
	unsigned long at;

	(void)state;
	d.mmap = mmap_area;
	area = plain; /* not for users */
	assert_int_equal(quire_mm_mmap(vm.mm, 0, VM_PAGE, RW, SHARED, dev, 0), -EINVAL);
	area = d.area;
	assert_int_equal(quire_mm_mmap(vm.mm, 0, 5 * VM_PAGE, RW, SHARED, dev, 0), -EINVAL);
	assert_int_equal(quire_mm_mmap(vm.mm, 0, 2 * VM_PAGE, RW, SHARED, dev, 3 * VM_PAGE),
			 -EINVAL);
	area = (char *)d.area + 1;
	assert_int_equal(quire_mm_mmap(vm.mm, 0, VM_PAGE, RW, SHARED, dev, 0), -EINVAL);
	area = page_address(d.pages[0]); /* no area */
	assert_int_equal(quire_mm_mmap(vm.mm, 0, VM_PAGE, RW, SHARED, dev, 0), -EINVAL);
	area = d.area;
	at = (unsigned long)quire_mm_mmap(vm.mm, 0, 3 * VM_PAGE, RW, SHARED, dev, VM_PAGE);
	assert_int_equal(vm_vma(vm.mm, at)->vm_flags & (VM_DONTEXPAND | VM_DONTDUMP),
			 VM_DONTEXPAND | VM_DONTDUMP);
	assert_int_equal(peek(vm.mm, at), 0);
	poke(vm.mm, at + 2 * VM_PAGE, 12);
	assert_int_equal(
		*(unsigned long *)page_address(vmalloc_to_page((char *)d.area + 3 * VM_PAGE)), 12);
	/* The pages outlive their area. */
	vfree(d.area);
	d.area = NULL;
	assert_int_equal(peek(vm.mm, at + 2 * VM_PAGE), 12);
	vfree(plain);
}

static const struct CMUnitTest tests[] = {
	TEST(test_frames_are_shared_and_nobodys),
	TEST(test_private_write_copies_the_frame),
	TEST(test_remap_refuses),
	TEST(test_nothing_behind_a_frame),
	TEST(test_fork_shares_frames),
	TEST(test_pages_are_held_while_mapped),
	TEST(test_pages_are_on_no_list),
	TEST(test_insert_refuses),
	TEST(test_private_write_copies_the_page),
	TEST(test_vmalloc_area),
};

VM_MAIN(tests)
