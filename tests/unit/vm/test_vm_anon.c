/* SPDX-License-Identifier: MIT */
/*
 * test_vm_anon.c - anonymous memory: what stands in the page table, what is counted, what kind of
 * fault it was, after each touch.
 */
#include "vm_machine.h"

static struct vm_machine vm;

static int setup(void **state)
{
	(void)state;
	vm_machine_config(&vm, 64);
	vm_machine_start(&vm);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	vm_machine_down(&vm);
	return 0;
}

/* Literal bits of x86-64: present 1, writable 2, user 4, accessed 0x20, dirty 0x40, special
 * 0x200, NX 1 << 63. */
#define BITS 0x8000000000000fffull

static void test_read_maps_zeros(void **state)
{
	unsigned long at = vm_map(vm.mm, VM_BASE, 4, RW, ANON, NULL);

	(void)state;
	assert_int_equal(peek(vm.mm, at), 0);
	assert_int_equal(vm_pte(vm.mm, at).pte & BITS, 0x8000000000000225ull);
	assert_ptr_equal(vm_page(vm.mm, at), this_vm()->zero_page);
	assert_int_equal(get_mm_rss(vm.mm), 0);
	assert_int_equal(vm.kinds[QUIRE_FAULT_ANON_ZERO], 1);
	assert_null(vm_vma(vm.mm, at)->anon_vma);
	assert_int_equal(vm_node_state(&vm, NR_ANON_MAPPED), 0);
}

static void test_write_makes_a_page(void **state)
{
	unsigned long at = vm_map(vm.mm, VM_BASE, 4, RW, ANON, NULL);
	struct page *page;

	(void)state;
	poke(vm.mm, at + VM_PAGE, 42);
	assert_int_equal(vm_pte(vm.mm, at + VM_PAGE).pte & BITS, 0x8000000000000067ull);
	page = vm_page(vm.mm, at + VM_PAGE);
	assert_true(PageAnon(page) && PageAnonExclusive(page));
	assert_int_equal(page_mapcount(page), 1);
	assert_int_equal(page_count(page), 1); /* the batch has none */
	assert_true(page_waits(page) && lru_waits(page) && !page_listed(page));
	assert_int_equal(page->index, (VM_BASE >> 12) + 1);
	assert_int_equal(get_mm_counter(vm.mm, MM_ANONPAGES), 1);
	assert_int_equal(vm.kinds[QUIRE_FAULT_ANON], 1);
	assert_int_equal(vm_node_state(&vm, NR_ANON_MAPPED), 1);
	lru_add_drain();
	assert_int_equal(page_count(page), 1);
	assert_true(page_listed(page) && !lru_waits(page));
	assert_int_equal(vm_node_state(&vm, NR_INACTIVE_ANON), 1);
	assert_int_equal(peek(vm.mm, at + VM_PAGE), 42);
	assert_int_equal(vm.kinds[QUIRE_FAULT_SPURIOUS], 0);
	quire_mm_munmap(vm.mm, at, 4 * VM_PAGE);
	assert_int_equal(get_mm_rss(vm.mm), 0);
	assert_int_equal(vm_node_state(&vm, NR_ANON_MAPPED), 0);
	assert_int_equal(vm_node_state(&vm, NR_INACTIVE_ANON), 0);
}

static void test_write_after_zeros_copies(void **state)
{
	unsigned long at = vm_map(vm.mm, VM_BASE, 1, RW, ANON, NULL);

	(void)state;
	assert_int_equal(peek(vm.mm, at), 0);
	poke(vm.mm, at + 8, 7);
	assert_int_equal(vm.kinds[QUIRE_FAULT_ANON_ZERO], 1);
	assert_int_equal(vm.kinds[QUIRE_FAULT_COW], 1);
	assert_int_equal(vm_pte(vm.mm, at).pte & BITS, 0x8000000000000067ull);
	assert_int_equal(peek(vm.mm, at), 0);
	assert_int_equal(peek(vm.mm, at + 8), 7);
	assert_int_equal(get_mm_counter(vm.mm, MM_ANONPAGES), 1);
}

static void test_protection(void **state)
{
	unsigned long at = vm_map(vm.mm, VM_BASE, 2, RW, ANON, NULL);
	int code;

	(void)state;
	poke(vm.mm, at, 1);
	assert_int_equal(quire_mm_mprotect(vm.mm, at, VM_PAGE, QUIRE_PROT_READ), 0);
	assert_int_equal(vm_pte(vm.mm, at).pte & BITS, 0x8000000000000065ull);
	assert_int_equal(vm_signal(vm.mm, at, QUIRE_ACCESS_WRITE, &code), 11);
	assert_int_equal(code, 2);
	assert_int_equal(vm_signal(vm.mm, at, QUIRE_ACCESS_EXEC, &code), 11);
	assert_int_equal(peek(vm.mm, at), 1);
	/* Dirty and exclusive: writable again without a fault. */
	assert_int_equal(quire_mm_mprotect(vm.mm, at, VM_PAGE, RW), 0);
	assert_int_equal(vm_pte(vm.mm, at).pte & BITS, 0x8000000000000067ull);
	assert_int_equal(quire_mm_mprotect(vm.mm, at, VM_PAGE, QUIRE_PROT_NONE), 0);
	assert_int_equal(vm_pte(vm.mm, at).pte & 1, 0);
	assert_int_equal(vm_signal(vm.mm, at, QUIRE_ACCESS_READ, &code), 11);
	assert_int_equal(code, 2);
	assert_int_equal(get_mm_counter(vm.mm, MM_ANONPAGES), 1);
	assert_int_equal(quire_mm_mprotect(vm.mm, at, VM_PAGE, RW), 0);
	assert_int_equal(peek(vm.mm, at), 1);
}

static void test_bad_area(void **state)
{
	int code;

	(void)state;
	assert_int_equal(vm_signal(vm.mm, VM_BASE, QUIRE_ACCESS_READ, &code), 11);
	assert_int_equal(code, 1);
	assert_int_equal(vm.kinds[QUIRE_FAULT_BAD], 1);
}

static void test_stack_grows(void **state)
{
	struct vm_area_struct *vma;
	unsigned long top;

	(void)state;
	assert_int_equal(quire_mm_setup_stack(vm.mm, 4 * VM_PAGE, 0), 0);
	vma = quire_vma_prev(vm.mm, NULL);
	assert_non_null(vma);
	top = vma->vm_start;
	poke(vm.mm, top - 3 * VM_PAGE, 5);
	assert_int_equal(vma->vm_start, top - 3 * VM_PAGE);
	assert_int_equal(vm.kinds[QUIRE_FAULT_STACK], 1);
	assert_int_equal(vm.kinds[QUIRE_FAULT_ANON], 1);
	assert_int_equal(peek(vm.mm, top - 3 * VM_PAGE), 5);
}

static void test_fork_shares_then_copies(void **state)
{
	unsigned long at = vm_map(vm.mm, VM_BASE, 2, RW, ANON, NULL);
	struct mm_struct *child;
	struct page *page;

	(void)state;
	poke(vm.mm, at, 1);
	lru_add_drain();
	page = vm_page(vm.mm, at);
	child = quire_mm_fork(vm.mm);
	assert_non_null(child);
	assert_ptr_equal(vm_page(child, at), page);
	assert_int_equal(vm_pte(vm.mm, at).pte & BITS, 0x8000000000000065ull);
	assert_int_equal(vm_pte(child, at).pte & BITS, 0x8000000000000045ull);
	assert_false(PageAnonExclusive(page));
	assert_int_equal(page_mapcount(page), 2);
	assert_int_equal(page_count(page), 2);
	assert_int_equal(vm_node_state(&vm, NR_ANON_MAPPED), 1);
	assert_int_equal(get_mm_counter(child, MM_ANONPAGES), 1);
	vm_forget_faults(&vm);
	poke(child, at, 2);
	assert_int_equal(vm.kinds[QUIRE_FAULT_COW], 1);
	assert_ptr_not_equal(vm_page(child, at), page);
	assert_int_equal(vm_node_state(&vm, NR_ANON_MAPPED), 2);
	assert_int_equal(peek(vm.mm, at), 1);
	assert_int_equal(page_mapcount(page), 1);
	/* The parent is alone again: no copy. */
	poke(vm.mm, at, 3);
	assert_int_equal(vm.kinds[QUIRE_FAULT_REUSE], 1);
	assert_ptr_equal(vm_page(vm.mm, at), page);
	assert_true(PageAnonExclusive(page));
	assert_int_equal(peek(child, at), 2);
	mmput(child);
	assert_int_equal(vm_node_state(&vm, NR_ANON_MAPPED), 1);
}

static void test_pinned_page_is_copied_at_fork(void **state)
{
	unsigned long at = vm_map(vm.mm, VM_BASE, 1, RW, ANON, NULL);
	struct mm_struct *child;
	struct page *page;

	(void)state;
	poke(vm.mm, at, 1);
	assert_int_equal(quire_mm_pin_pages(vm.mm, at, 1, FOLL_WRITE, &page), 1);
	assert_int_equal(vm_node_state(&vm, NR_FOLL_PIN_ACQUIRED), 1);
	child = quire_mm_fork(vm.mm);
	assert_non_null(child);
	assert_ptr_not_equal(vm_page(child, at), page);
	assert_ptr_equal(vm_page(vm.mm, at), page);
	assert_int_equal(vm_pte(vm.mm, at).pte & 2, 2);
	assert_int_equal(peek(child, at), 1);
	unpin_user_page(page);
	mmput(child);
}

static void test_read_pin_unshares(void **state)
{
	unsigned long at = vm_map(vm.mm, VM_BASE, 1, RW, ANON, NULL);
	struct mm_struct *child;
	struct page *page, *shared;

	(void)state;
	poke(vm.mm, at, 9);
	lru_add_drain();
	shared = vm_page(vm.mm, at);
	child = quire_mm_fork(vm.mm);
	assert_int_equal(quire_mm_pin_pages(vm.mm, at, 1, 0, &page), 1);
	assert_ptr_not_equal(page, shared);
	assert_true(PageAnonExclusive(page));
	poke(vm.mm, at, 10);
	assert_ptr_equal(vm_page(vm.mm, at), page);
	assert_int_equal(peek(child, at), 9);
	unpin_user_page(page);
	mmput(child);
}

static void test_remote_access(void **state)
{
	unsigned long at = vm_map(vm.mm, VM_BASE, 3, QUIRE_PROT_READ, ANON, NULL);
	char text[] = "over the page's edge", back[sizeof(text)] = "";
	int n = sizeof(text);

	(void)state;
	assert_int_equal(access_remote_vm(vm.mm, at + VM_PAGE - 5, text, n, FOLL_WRITE), 0);
	assert_int_equal(
		access_remote_vm(vm.mm, at + VM_PAGE - 5, text, n, FOLL_WRITE | FOLL_FORCE), n);
	assert_int_equal(access_remote_vm(vm.mm, at + VM_PAGE - 5, back, n, 0), n);
	assert_string_equal(back, text);
	assert_int_equal(vm_pte(vm.mm, at).pte & 2, 0);
	assert_int_equal(access_remote_vm(vm.mm, at + 3 * VM_PAGE - 5, back, n, 0), 5);
}

static void test_rss_goes_by_the_tasks_cache(void **state)
{
	unsigned long at = vm_map(vm.mm, VM_BASE, 200, RW, ANON, NULL), i;
	struct quire_rss_cache cache = { 0 };

	(void)state;
	vm.mm->rss_cache = &cache;
	vm_forget_faults(&vm);
	for (i = 0; i < 65; i++)
		poke(vm.mm, at + i * VM_PAGE, 1);
	assert_int_equal(vm.rss_events, 0);
	assert_int_equal(get_mm_rss(vm.mm), 65);
	poke(vm.mm, at + 65 * VM_PAGE, 1); /* the 66th fault folds the 65 before it */
	assert_int_equal(vm.rss_events, 1);
	assert_int_equal(vm.rss_last[MM_ANONPAGES], 65);
	quire_mm_munmap(vm.mm, at, 200 * VM_PAGE);
	assert_int_equal(vm.rss_events, 3); /* what was cached, then what went */
	assert_int_equal(vm.rss_last[MM_ANONPAGES], 0);
	vm.mm->rss_cache = NULL;
}

static void test_mremap_moves_entries(void **state)
{
	unsigned long at = vm_map(vm.mm, VM_BASE, 600, RW, ANON, NULL), i;
	unsigned long to = VM_BASE + (16ul << 20) + 5 * VM_PAGE;

	(void)state;
	for (i = 0; i < 600; i += 3)
		poke(vm.mm, at + i * VM_PAGE, i + 1);
	assert_int_equal(quire_mm_mremap(vm.mm, at, 600 * VM_PAGE, 600 * VM_PAGE,
					 QUIRE_MREMAP_MAYMOVE | QUIRE_MREMAP_FIXED, to),
			 (long)to);
	assert_int_equal(get_mm_counter(vm.mm, MM_ANONPAGES), 200);
	vm_forget_faults(&vm);
	for (i = 0; i < 600; i += 3)
		assert_int_equal(peek(vm.mm, to + i * VM_PAGE), i + 1);
	assert_int_equal(vm.kinds[QUIRE_FAULT_ANON], 0);
}

static void test_mlock_and_free_advice(void **state)
{
	unsigned long at = vm_map(vm.mm, VM_BASE, 8, RW, ANON, NULL), i;

	(void)state;
	for (i = 0; i < 4; i++)
		poke(vm.mm, at + i * VM_PAGE, 1);
	assert_int_equal(quire_mm_mlock(vm.mm, at, 8 * VM_PAGE), 0);
	assert_int_equal(get_mm_counter(vm.mm, MM_ANONPAGES), 8);
	lru_add_drain();
	assert_int_equal(vm_node_state(&vm, NR_UNEVICTABLE), 8);
	assert_int_equal(quire_mm_munlock(vm.mm, at, 8 * VM_PAGE), 0);
	assert_int_equal(vm_node_state(&vm, NR_UNEVICTABLE), 0);
	assert_int_equal(vm_node_state(&vm, NR_INACTIVE_ANON), 8);
	assert_int_equal(quire_mm_madvise(vm.mm, at, 4 * VM_PAGE, 8), 0); /* MADV_FREE */
	lru_add_drain();
	assert_int_equal(vm_node_state(&vm, NR_INACTIVE_FILE), 4);
	assert_int_equal(vm_pte(vm.mm, at).pte & 0x60, 0);
	assert_int_equal(peek(vm.mm, at), 1);
	assert_int_equal(quire_mm_madvise(vm.mm, at, 4 * VM_PAGE, 4), 0); /* MADV_DONTNEED */
	assert_int_equal(get_mm_counter(vm.mm, MM_ANONPAGES), 4);
	assert_int_equal(peek(vm.mm, at), 0);
}

static void test_user_copies(void **state)
{
	unsigned long at = vm_map(vm.mm, VM_BASE, 2, RW, ANON, NULL);
	char buf[5000];

	(void)state;
	memset(buf, 'x', sizeof(buf));
	kthread_use_mm(vm.mm);
	assert_int_equal(quire_vm_copy_to_user(at, buf, 5000), 0);
	memset(buf, 0, sizeof(buf));
	assert_int_equal(quire_vm_copy_from_user(buf, at + 100, 4900), 0);
	assert_int_equal(buf[4899], 'x');
	assert_int_equal(quire_vm_copy_to_user(at + 2 * VM_PAGE - 10, buf, 50), 40);
	assert_int_equal(quire_vm_copy_from_user(buf, ~0ul - 10, 50), 50);
	kthread_unuse_mm(vm.mm);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

static const struct CMUnitTest tests[] = {
	TEST(test_read_maps_zeros),
	TEST(test_write_makes_a_page),
	TEST(test_write_after_zeros_copies),
	TEST(test_protection),
	TEST(test_bad_area),
	TEST(test_stack_grows),
	TEST(test_fork_shares_then_copies),
	TEST(test_pinned_page_is_copied_at_fork),
	TEST(test_read_pin_unshares),
	TEST(test_remote_access),
	TEST(test_rss_goes_by_the_tasks_cache),
	TEST(test_mremap_moves_entries),
	TEST(test_mlock_and_free_advice),
	TEST(test_user_copies),
};

VM_MAIN(tests)
