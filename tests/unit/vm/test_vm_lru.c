/* SPDX-License-Identifier: MIT */
/*
 * test_vm_lru.c - pages that wait in a CPU's batch for their list: what others may do with them
 * meanwhile. Two CPUs, run by one thread in turns.
 */
#include "vm_machine.h"

static struct vm_machine vm;

static int setup(void **state)
{
	(void)state;
	vm_machine_config(&vm, 64);
	vm.pm.config.nr_cpus = 2;
	vm_machine_start(&vm);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_int_equal(quire_cpu_enter(vm.pm.m, 0), 0);
	vm_machine_down(&vm);
	return 0;
}

static void go(unsigned int cpu)
{
	assert_int_equal(quire_cpu_enter(vm.pm.m, cpu), 0);
}

static const struct lru_batch *batch_of(unsigned int cpu)
{
	return &vm.pm.m->vm->cpus[cpu].batches[LRU_ADD];
}

/* Counts of both CPUs folded. */
static unsigned long on_list(enum node_stat_item item)
{
	quire_refresh_cpu_vm_stats(vm.pm.m, 0);
	quire_refresh_cpu_vm_stats(vm.pm.m, 1);
	return vm_node_state(&vm, item);
}

static void test_waits_then_listed(void **state)
{
	unsigned long at = vm_map(vm.mm, VM_BASE, LRU_BATCH, RW, ANON, NULL), i;
	struct page *page;

	(void)state;
	lru_add_drain();
	for (i = 0; i < LRU_BATCH - 1; i++)
		poke(vm.mm, at + i * VM_PAGE, 1);
	page = vm_page(vm.mm, at);
	assert_true(page_flag(page, PG_lru) && page_waits(page) && lru_waits(page));
	assert_false(page_listed(page));
	assert_int_equal(page_count(page), 1);
	assert_int_equal(batch_of(0)->nr, LRU_BATCH - 1);
	assert_int_equal(on_list(NR_INACTIVE_ANON), 0);
	poke(vm.mm, at + i * VM_PAGE, 1);
	assert_int_equal(batch_of(0)->nr, 0);
	assert_true(page_listed(page) && !page_waits(page) && !lru_waits(page));
	assert_int_equal(page_count(page), 1);
	assert_int_equal(on_list(NR_INACTIVE_ANON), LRU_BATCH);
}

/* The other CPU drops the last reference: the batch forgets the page, which is somebody's anew. */
static void test_freed_by_another_cpu(void **state)
{
	unsigned long at = vm_map(vm.mm, VM_BASE, 8, RW, ANON, NULL), i;
	struct page *page;
	unsigned int nr;

	(void)state;
	lru_add_drain();
	for (i = 0; i < 3; i++)
		poke(vm.mm, at + i * VM_PAGE, 1);
	page = vm_page(vm.mm, at + VM_PAGE);
	nr = batch_of(0)->nr;
	assert_int_equal(nr, 3);
	go(1);
	assert_int_equal(quire_mm_munmap(vm.mm, at + VM_PAGE, VM_PAGE), 0);
	assert_int_equal(page_ref_count(page), 0);
	assert_false(page_flag(page, PG_lru));
	assert_int_equal(batch_of(0)->entries[1], 0);
	assert_int_not_equal(batch_of(0)->entries[0], 0);
	for (i = 3; i < 8; i++) /* with the same frame among them */
		poke(vm.mm, at + i * VM_PAGE, 1);
	assert_ptr_equal(vm_page(vm.mm, at + 3 * VM_PAGE), page);
	assert_true(page_waits(page));
	go(0);
	lru_add_drain();
	assert_true(page_waits(page)); /* in the other one's batch */
	assert_int_equal(on_list(NR_INACTIVE_ANON), 2);
	lru_add_drain_all();
	assert_int_equal(on_list(NR_INACTIVE_ANON), 7);
	assert_int_equal(quire_mm_munmap(vm.mm, at, 8 * VM_PAGE), 0);
	assert_int_equal(on_list(NR_INACTIVE_ANON), 0);
}

/* In its own CPU's batch a sole page is taken over; in another's Linux finds one reference more. */
static void test_cow_of_a_page_that_waits(void **state)
{
	unsigned long at = vm_map(vm.mm, VM_BASE, 2, RW, ANON, NULL);
	struct page *page;

	(void)state;
	lru_add_drain();
	poke(vm.mm, at, 1);
	poke(vm.mm, at + VM_PAGE, 1);
	mmput(quire_mm_fork(vm.mm));
	page = vm_page(vm.mm, at);
	assert_false(PageAnonExclusive(page));
	assert_true(page_waits(page));
	vm_forget_faults(&vm);
	go(1);
	poke(vm.mm, at, 2);
	assert_int_equal(vm.kinds[QUIRE_FAULT_COW], 1);
	assert_ptr_not_equal(vm_page(vm.mm, at), page);
	go(0);
	page = vm_page(vm.mm, at + VM_PAGE);
	assert_true(page_waits(page));
	poke(vm.mm, at + VM_PAGE, 2);
	assert_int_equal(vm.kinds[QUIRE_FAULT_REUSE], 1);
	assert_ptr_equal(vm_page(vm.mm, at + VM_PAGE), page);
	assert_true(page_listed(page) && PageAnonExclusive(page));
}

static void test_locked_while_it_waits(void **state)
{
	unsigned long at = vm_map(vm.mm, VM_BASE, 2, RW, ANON, NULL);
	struct page *page;

	(void)state;
	lru_add_drain();
	poke(vm.mm, at, 1);
	page = vm_page(vm.mm, at);
	go(1);
	assert_int_equal(quire_mm_mlock(vm.mm, at, VM_PAGE), 0);
	assert_true(page_waits(page) && page_flag(page, PG_mlocked));
	go(0);
	lru_add_drain();
	assert_true(page_listed(page) && page_flag(page, PG_unevictable));
	assert_int_equal(on_list(NR_UNEVICTABLE), 1);
	assert_int_equal(quire_mm_munlock(vm.mm, at, VM_PAGE), 0);
	assert_int_equal(on_list(NR_UNEVICTABLE), 0);
	assert_int_equal(on_list(NR_INACTIVE_ANON), 1);
	/* Locked and gone before the batch is emptied. */
	poke(vm.mm, at + VM_PAGE, 1);
	assert_int_equal(quire_mm_mlock(vm.mm, at + VM_PAGE, VM_PAGE), 0);
	go(1);
	assert_int_equal(quire_mm_munmap(vm.mm, at, 2 * VM_PAGE), 0);
	go(0);
	lru_add_drain_all();
	assert_int_equal(on_list(NR_UNEVICTABLE), 0);
	assert_int_equal(on_list(NR_INACTIVE_ANON), 0);
}

static void test_used_while_it_waits(void **state)
{
	unsigned long at = vm_map(vm.mm, VM_BASE, 2, RW, ANON, NULL);
	struct page *page, *gone;

	(void)state;
	lru_add_drain();
	poke(vm.mm, at, 1);
	poke(vm.mm, at + VM_PAGE, 1);
	page = vm_page(vm.mm, at);
	gone = vm_page(vm.mm, at + VM_PAGE);
	mark_page_accessed(page);
	mark_page_accessed(page);
	mark_page_accessed(gone);
	mark_page_accessed(gone);
	assert_true(page_flag(page, PG_active) && page_waits(page));
	assert_int_equal(quire_mm_munmap(vm.mm, at + VM_PAGE, VM_PAGE), 0);
	assert_int_equal(page_ref_count(gone), 0);
	assert_int_equal(gone->flags & PAGE_FLAGS_CHECK_AT_FREE, 0);
	lru_add_drain();
	assert_int_equal(on_list(NR_ACTIVE_ANON), 1);
	assert_int_equal(on_list(NR_INACTIVE_ANON), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static const struct CMUnitTest tests[] = {
	TEST(test_waits_then_listed),	     TEST(test_freed_by_another_cpu),
	TEST(test_cow_of_a_page_that_waits), TEST(test_locked_while_it_waits),
	TEST(test_used_while_it_waits),
};

VM_MAIN(tests)
