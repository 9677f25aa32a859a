/* SPDX-License-Identifier: MIT */
/*
 * test_vm_huge.c - huge pages: made, split, copied on write piecewise, given back.
 */
#include "vm_machine.h"

#include <quire/vm_view.h>

static struct vm_machine vm;

#define HUGE (512 * VM_PAGE)

static int setup(void **state)
{
	(void)state;
	vm_machine_config(&vm, 64);
	vm_machine_start(&vm);
	assert_int_equal(quire_vm_sysctl("thp_enabled", 2), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (this_vm()->huge_zero_page)
		vm.frames -= 512; /* made once, then kept */
	vm_machine_down(&vm);
	return 0;
}

static pte_t pmd_of(struct mm_struct *mm, unsigned long addr)
{
	return quire_pte_get(quire_pt_find(&mm->pgtable, addr, 1, NULL));
}

static bool is_huge(struct mm_struct *mm, unsigned long addr)
{
	pte_t e = pmd_of(mm, addr);

	return !pte_none(e) && !quire_pte_table(mm->pgtable.format, e);
}

static struct page *huge_page(struct mm_struct *mm, unsigned long addr)
{
	return pfn_to_page(quire_pte_pfn(mm->pgtable.format, pmd_of(mm, addr)));
}

static void test_write_makes_a_huge_page(void **state)
{
	unsigned long at = vm_map(vm.mm, VM_BASE, 1024, RW, ANON, NULL);
	struct page *page;

	(void)state;
	poke(vm.mm, at + 5 * VM_PAGE, 5);
	assert_true(is_huge(vm.mm, at));
	page = huge_page(vm.mm, at);
	assert_int_equal(compound_order(page), 9);
	assert_int_equal(page_count(page), 1);
	assert_int_equal(page_mapcount(page + 7), 1);
	assert_int_equal(get_mm_counter(vm.mm, MM_ANONPAGES), 512);
	assert_int_equal(vm_node_state(&vm, NR_ANON_THPS), 512);
	assert_int_equal(vm_node_state(&vm, NR_ANON_MAPPED), 512);
	assert_int_equal(vm_node_state(&vm, NR_INACTIVE_ANON), 512);
	assert_int_equal(vm.kinds[QUIRE_FAULT_HUGE], 1);
	assert_int_equal(quire_vm_events(vm.pm.m, THP_FAULT_ALLOC), 1);
	assert_int_equal(peek(vm.mm, at + 5 * VM_PAGE), 5);
	assert_int_equal(peek(vm.mm, at + 511 * VM_PAGE), 0);
	quire_mm_munmap(vm.mm, at, HUGE);
	assert_int_equal(vm_node_state(&vm, NR_ANON_THPS), 0);
	assert_int_equal(vm_node_state(&vm, NR_ANON_MAPPED), 0);
	assert_int_equal(get_mm_rss(vm.mm), 0);
}

static void test_partial_unmap_splits(void **state)
{
	unsigned long at = vm_map(vm.mm, VM_BASE, 512, RW, ANON, NULL), i;
	struct page *page;

	(void)state;
	for (i = 0; i < 512; i += 7)
		poke(vm.mm, at + i * VM_PAGE, i);
	page = huge_page(vm.mm, at);
	quire_mm_munmap(vm.mm, at + 100 * VM_PAGE, 10 * VM_PAGE);
	assert_false(is_huge(vm.mm, at));
	assert_int_equal(quire_vm_events(vm.pm.m, THP_SPLIT_PMD), 1);
	assert_int_equal(get_mm_counter(vm.mm, MM_ANONPAGES), 502);
	assert_int_equal(vm_node_state(&vm, NR_ANON_THPS), 0);
	assert_int_equal(vm_node_state(&vm, NR_ANON_MAPPED), 502);
	assert_int_equal(page_count(page), 502);
	for (i = 0; i < 512; i += 7)
		if (i < 100 || i >= 110)
			assert_int_equal(peek(vm.mm, at + i * VM_PAGE), i);
	/* Still exclusive, each for itself. */
	vm_forget_faults(&vm);
	poke(vm.mm, at + VM_PAGE, 3);
	assert_int_equal(vm.kinds[QUIRE_FAULT_COW], 0);
}

static void test_read_maps_huge_zeros(void **state)
{
	unsigned long at = vm_map(vm.mm, VM_BASE, 512, RW, ANON, NULL);

	(void)state;
	assert_int_equal(peek(vm.mm, at + 99 * VM_PAGE), 0);
	assert_true(is_huge(vm.mm, at));
	assert_ptr_equal(huge_page(vm.mm, at), this_vm()->huge_zero_page);
	assert_int_equal(get_mm_rss(vm.mm), 0);
	poke(vm.mm, at + 9 * VM_PAGE, 1);
	assert_false(is_huge(vm.mm, at));
	assert_int_equal(get_mm_rss(vm.mm), 1);
	assert_ptr_equal(vm_page(vm.mm, at), this_vm()->zero_page);
	assert_int_equal(peek(vm.mm, at + 10 * VM_PAGE), 0);
}

static void test_fork_and_write(void **state)
{
	unsigned long at = vm_map(vm.mm, VM_BASE, 512, RW, ANON, NULL);
	struct mm_struct *child;
	struct page *page;

	(void)state;
	poke(vm.mm, at, 1);
	page = huge_page(vm.mm, at);
	child = quire_mm_fork(vm.mm);
	assert_true(is_huge(child, at));
	assert_int_equal(page_mapcount(page), 2);
	assert_int_equal(get_mm_counter(child, MM_ANONPAGES), 512);
	poke(child, at + 3 * VM_PAGE, 33);
	assert_false(is_huge(child, at));
	assert_true(is_huge(vm.mm, at));
	assert_true(page_flag(page + 1, PG_double_map));
	assert_int_equal(page_mapcount(page), 2);
	assert_int_equal(page_mapcount(page + 3), 1);
	assert_int_equal(vm_node_state(&vm, NR_ANON_MAPPED), 513);
	assert_int_equal(peek(vm.mm, at + 3 * VM_PAGE), 0);
	assert_int_equal(peek(child, at), 1);
	mmput(child);
	assert_int_equal(vm_node_state(&vm, NR_ANON_MAPPED), 512);
	assert_int_equal(page_mapcount(page + 3), 1);
	poke(vm.mm, at, 2); /* alone again: reused whole */
	assert_true(is_huge(vm.mm, at));
	assert_true(PageAnonExclusive(page));
}

static void test_child_outlives(void **state)
{
	unsigned long at = vm_map(vm.mm, VM_BASE, 512, RW, ANON, NULL);
	struct mm_struct *child;

	(void)state;
	poke(vm.mm, at, 1);
	child = quire_mm_fork(vm.mm);
	poke(child, at + 3 * VM_PAGE, 33);
	quire_mm_munmap(vm.mm, at, 512 * VM_PAGE);
	assert_int_equal(vm_node_state(&vm, NR_ANON_THPS), 0);
	assert_int_equal(vm_node_state(&vm, NR_ANON_MAPPED), 512);
	assert_int_equal(peek(child, at), 1);
	mmput(child);
	assert_int_equal(vm_node_state(&vm, NR_ANON_MAPPED), 0);
}

static void test_moved_whole(void **state)
{
	unsigned long at = vm_map(vm.mm, VM_BASE, 512, RW, ANON, NULL);
	unsigned long to = VM_BASE + 8 * HUGE;

	(void)state;
	poke(vm.mm, at + VM_PAGE, 1);
	assert_int_equal(quire_mm_mremap(vm.mm, at, HUGE, HUGE,
					 QUIRE_MREMAP_MAYMOVE | QUIRE_MREMAP_FIXED, to),
			 (long)to);
	assert_true(is_huge(vm.mm, to));
	assert_int_equal(peek(vm.mm, to + VM_PAGE), 1);
	assert_int_equal(quire_mm_mremap(vm.mm, to, HUGE, HUGE,
					 QUIRE_MREMAP_MAYMOVE | QUIRE_MREMAP_FIXED, at + VM_PAGE),
			 (long)(at + VM_PAGE));
	assert_int_equal(peek(vm.mm, at + 2 * VM_PAGE), 1);
	assert_int_equal(get_mm_counter(vm.mm, MM_ANONPAGES), 512);
}

static void test_no_memory_falls_back(void **state)
{
	unsigned long at = vm_map(vm.mm, VM_BASE, 512, RW, ANON, NULL);

	(void)state;
	poke(vm.mm, at - 0, 1);
	quire_mm_madvise(vm.mm, at, HUGE, 4);
	quire_fault_arm(vm.pm.m, QUIRE_FAULT_PAGE_ALLOC, 1);
	poke(vm.mm, at, 1);
	quire_fault_disarm(vm.pm.m);
	assert_false(is_huge(vm.mm, at));
	assert_int_equal(get_mm_rss(vm.mm), 1);
	assert_int_equal(quire_vm_events(vm.pm.m, THP_FAULT_FALLBACK), 1);
}

static void test_protect_and_lock(void **state)
{
	unsigned long at = vm_map(vm.mm, VM_BASE, 1024, RW, ANON, NULL);

	(void)state;
	poke(vm.mm, at, 1);
	poke(vm.mm, at + HUGE, 2);
	assert_int_equal(quire_mm_mprotect(vm.mm, at, HUGE, QUIRE_PROT_READ), 0);
	assert_true(is_huge(vm.mm, at));
	assert_int_equal(pmd_of(vm.mm, at).pte & 2, 0);
	assert_int_equal(quire_mm_mprotect(vm.mm, at + HUGE, VM_PAGE, QUIRE_PROT_READ), 0);
	assert_false(is_huge(vm.mm, at + HUGE));
	assert_int_equal(quire_mm_mlock(vm.mm, at, HUGE), 0);
	assert_int_equal(vm_node_state(&vm, NR_UNEVICTABLE), 512);
	assert_int_equal(quire_mm_mprotect(vm.mm, at, HUGE, RW), 0);
	poke(vm.mm, at + 8, 3);
	assert_int_equal(peek(vm.mm, at), 1);
}

/* A part of a huge page is as exclusive as the whole: nothing is copied, nothing is split. */
static void test_parts_are_pinned(void **state)
{
	unsigned long at = vm_map(vm.mm, VM_BASE, 512, RW, ANON, NULL);
	struct page *page;

	(void)state;
	poke(vm.mm, at, 1);
	assert_int_equal(quire_mm_pin_pages(vm.mm, at + 7 * VM_PAGE, 1, 0, &page), 1);
	assert_ptr_equal(page, huge_page(vm.mm, at) + 7);
	unpin_user_page(page);
	assert_int_equal(quire_mm_mprotect(vm.mm, at, HUGE, QUIRE_PROT_READ), 0);
	assert_int_equal(
		quire_mm_pin_pages(vm.mm, at + 9 * VM_PAGE, 1, FOLL_WRITE | FOLL_FORCE, &page), 1);
	assert_ptr_equal(page, huge_page(vm.mm, at) + 9);
	unpin_user_page(page);
	assert_true(is_huge(vm.mm, at));
}

/* The page of zeros is nobody's memory, however large. */
static void test_zeros_are_not_resident(void **state)
{
	unsigned long at = vm_map(vm.mm, VM_BASE, 512, RW, ANON, NULL);
	struct quire_smaps sum = { 0 };
	struct quire_numa_pages numa;
	u64 frames[2];

	(void)state;
	assert_int_equal(peek(vm.mm, at), 0);
	assert_true(is_huge(vm.mm, at));
	quire_vma_smaps(vm_vma(vm.mm, at), &sum);
	assert_int_equal(sum.rss, 0);
	assert_int_equal(sum.pss, 0);
	quire_vma_numa(vm_vma(vm.mm, at), &numa);
	assert_int_equal(numa.pages, 0);
	quire_mm_pagemap(vm.mm, at + 3 * VM_PAGE, 2, frames);
	assert_int_equal(frames[1] & QUIRE_PAGEMAP_PFN, page_to_pfn(huge_page(vm.mm, at)) + 4);
	assert_true(frames[0] & QUIRE_PAGEMAP_PRESENT);
	quire_mm_munmap(vm.mm, at, HUGE);
	vm_map(vm.mm, at, 1, RW, ANON, NULL);
	assert_int_equal(peek(vm.mm, at), 0);
	quire_mm_pagemap(vm.mm, at, 1, frames);
	assert_true(frames[0] & QUIRE_PAGEMAP_PRESENT);
	assert_false(frames[0] & (QUIRE_PAGEMAP_FILE | QUIRE_PAGEMAP_EXCLUSIVE));
}

static unsigned long mlocked_pages(void)
{
	unsigned long pages = 0;
	struct zone *const *zones;
	unsigned int nr, i;

	lru_add_drain();
	zones = quire_zones(vm.pm.m, &nr);
	for (i = 0; i < nr; i++)
		pages += zone_page_state(zones[i], NR_MLOCK);
	return pages;
}

/* A huge page counts as locked while it is mapped as a whole; its pieces are not. */
static void test_pieces_are_not_locked(void **state)
{
	unsigned long at = vm_map(vm.mm, VM_BASE, 512, RW, ANON, NULL);

	(void)state;
	poke(vm.mm, at, 1);
	assert_int_equal(quire_mm_mlock(vm.mm, at, HUGE), 0);
	assert_int_equal(mlocked_pages(), 512);
	assert_int_equal(quire_mm_munlock(vm.mm, at, VM_PAGE), 0); /* splits it */
	assert_false(is_huge(vm.mm, at));
	assert_int_equal(mlocked_pages(), 0);
	assert_int_equal(vm_node_state(&vm, NR_UNEVICTABLE), 0);
	assert_int_equal(quire_mm_mlock(vm.mm, at + 8 * VM_PAGE, VM_PAGE), 0);
	assert_int_equal(quire_mm_munlock(vm.mm, at, HUGE), 0);
	assert_int_equal(quire_mm_mlock(vm.mm, at, 4 * VM_PAGE), 0);
	assert_int_equal(mlocked_pages(), 0);
	quire_mm_munmap(vm.mm, at, 2 * VM_PAGE);
	assert_int_equal(mlocked_pages(), 0);
	quire_mm_munmap(vm.mm, at, HUGE);
	/* One that is locked when it is split by fork and a write. */
	at = vm_map(vm.mm, VM_BASE, 512, RW, ANON | QUIRE_MAP_LOCKED, NULL);
	assert_int_equal(mlocked_pages(), 512);
	mmput(quire_mm_fork(vm.mm));
	quire_mm_mprotect(vm.mm, at, VM_PAGE, QUIRE_PROT_READ);
	assert_int_equal(mlocked_pages(), 0);
	quire_mm_munmap(vm.mm, at, HUGE);
	assert_int_equal(mlocked_pages(), 0);
}

/* Advice on a part does not speak for the rest. */
static void test_advice_on_a_part(void **state)
{
	static const int advice[] = { QUIRE_MADV_FREE, QUIRE_MADV_COLD, QUIRE_MADV_PAGEOUT };
	unsigned long at = vm_map(vm.mm, VM_BASE, 512, RW, ANON, NULL), i;
	struct page *page;

	(void)state;
	poke(vm.mm, at, 1);
	page = huge_page(vm.mm, at);
	lru_add_drain();
	page_flag_set(page, PG_dirty);
	page_flag_set(page, PG_referenced);
	for (i = 0; i < ARRAY_SIZE(advice); i++) {
		assert_int_equal(quire_mm_madvise(vm.mm, at + 4 * VM_PAGE, 8 * VM_PAGE, advice[i]),
				 0);
		lru_add_drain();
		assert_true(page_flag(page, PG_dirty));
		assert_true(page_flag(page, PG_referenced));
		assert_true(page_flag(page, PG_swapbacked));
		assert_int_equal(quire_vm_events(vm.pm.m, PGLAZYFREE), 0);
		assert_int_equal(peek(vm.mm, at), 1);
	}
	quire_mm_munmap(vm.mm, at, HUGE);
	vm_map(vm.mm, at, 512, RW, ANON, NULL);
	poke(vm.mm, at, 2);
	lru_add_drain();
	assert_int_equal(quire_mm_madvise(vm.mm, at, HUGE, QUIRE_MADV_FREE), 0);
	lru_add_drain();
	assert_true(is_huge(vm.mm, at));
	assert_int_equal(quire_vm_events(vm.pm.m, PGLAZYFREE), 512);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

static const struct CMUnitTest tests[] = {
	TEST(test_write_makes_a_huge_page), TEST(test_partial_unmap_splits),
	TEST(test_read_maps_huge_zeros),    TEST(test_fork_and_write),
	TEST(test_child_outlives),	    TEST(test_moved_whole),
	TEST(test_no_memory_falls_back),    TEST(test_protect_and_lock),
	TEST(test_pieces_are_not_locked),   TEST(test_advice_on_a_part),
	TEST(test_parts_are_pinned),	    TEST(test_zeros_are_not_resident),
};

VM_MAIN(tests)
