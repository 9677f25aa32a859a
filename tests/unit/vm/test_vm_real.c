/* SPDX-License-Identifier: MIT */
/*
 * test_vm_real.c - an address space shown at its addresses of the host: pointers fault into it.
 */
#include "vm_machine.h"

#include <setjmp.h>
#include <signal.h>

#include <quire/window.h>

static struct vm_machine vm;
static unsigned long start;

static int setup(void **state)
{
	(void)state;
	vm_machine_config(&vm, 64);
	vm.pm.config.real_mappings = true;
	vm_machine_start(&vm);
	return 0;
}

/* In the test itself: the test runner sets its own handler of SIGSEGV before. */
static void show(void)
{
	start = 0;
	assert_int_equal(quire_mm_map_host(vm.mm, &start, 64ul << 20), 0);
}

static int teardown(void **state)
{
	(void)state;
	vm_machine_down(&vm);
	return 0;
}

static volatile unsigned long *map_words(unsigned long pages, unsigned long flags,
					 struct file *file)
{
	long at = quire_mm_mmap(vm.mm, 0, pages * VM_PAGE, RW, flags, file, 0);

	assert_true((unsigned long)at >= start && (unsigned long)at < start + (64ul << 20));
	return (volatile unsigned long *)at;
}

#define PER_PAGE (VM_PAGE / sizeof(unsigned long))

static void test_pointers_fault(void **state)
{
	volatile unsigned long *words = (show(), map_words(100, ANON, NULL));
	unsigned long i;

	(void)state;
	assert_int_equal(words[0], 0);
	assert_int_equal(vm.kinds[QUIRE_FAULT_ANON_ZERO], 1);
	words[0] = 7;
	assert_int_equal(vm.kinds[QUIRE_FAULT_COW], 1);
	for (i = 0; i < 100; i++)
		words[i * PER_PAGE + 1] = i;
	assert_int_equal(get_mm_counter(vm.mm, MM_ANONPAGES), 100);
	assert_int_equal(vm.kinds[QUIRE_FAULT_ANON], 99);
	for (i = 0; i < 100; i++)
		assert_int_equal(peek(vm.mm, (unsigned long)&words[i * PER_PAGE + 1]), i);
	poke(vm.mm, (unsigned long)&words[5], 55);
	assert_int_equal(words[5], 55);
}

static void test_fork_protects(void **state)
{
	volatile unsigned long *words = (show(), map_words(4, ANON, NULL));
	struct mm_struct *child;

	(void)state;
	words[0] = 1;
	child = quire_mm_fork(vm.mm);
	vm_forget_faults(&vm);
	words[0] = 2;
	assert_int_equal(vm.kinds[QUIRE_FAULT_COW], 1);
	assert_int_equal(peek(child, (unsigned long)words), 1);
	assert_int_equal(words[0], 2);
	mmput(child);
}

static void test_neighbours_appear(void **state)
{
	volatile unsigned long *words = (show(), map_words(64, ANON | QUIRE_MAP_POPULATE, NULL));
	struct quire_window_stats before, after;
	unsigned long i;

	(void)state;
	quire_window_stats(vm.mm->pgtable.window, &before);
	for (i = 0; i < 64; i++)
		words[i * PER_PAGE] = i;
	quire_window_stats(vm.mm->pgtable.window, &after);
	assert_in_range(after.faults - before.faults, 1, 5); /* 16 pages each or more */
	assert_int_equal(after.asked, before.asked);
}

static void test_files_are_shared(void **state)
{
	struct file *file = quire_memfs_create("/f", 8 * VM_PAGE);
	volatile unsigned long *words = (show(), map_words(8, QUIRE_MAP_SHARED, file));
	unsigned long word = 0;

	(void)state;
	words[PER_PAGE] = 99;
	assert_int_equal(quire_file_read(file, &word, sizeof(word), VM_PAGE), sizeof(word));
	assert_int_equal(word, 99);
	word = 100;
	assert_int_equal(quire_file_write(file, &word, sizeof(word), VM_PAGE), sizeof(word));
	assert_int_equal(words[PER_PAGE], 100);
	fput(file);
}

static sigjmp_buf back;

static void caught(int signal)
{
	(void)signal;
	siglongjmp(back, 1);
}

/* Does an access give the program SIGSEGV? */
static bool segv(volatile unsigned long *word, bool write)
{
	void (*was)(int) = signal(SIGSEGV, caught);
	volatile bool hit = false;

	if (sigsetjmp(back, 1))
		hit = true;
	else if (write)
		*word = 1;
	else
		(void)*word;
	signal(SIGSEGV, was);
	return hit;
}

static void test_unmapped_is_gone(void **state)
{
	volatile unsigned long *words = (show(), map_words(4, ANON, NULL));
	struct quire_fault_info info;

	(void)state;
	words[0] = 1;
	assert_int_equal(quire_mm_munmap(vm.mm, (unsigned long)words, VM_PAGE), 0);
	info = quire_mm_fault(vm.mm, (unsigned long)words, QUIRE_ACCESS_READ | QUIRE_ACCESS_USER);
	assert_int_equal(info.signal, 11);
	/* The host's handler is the program's now: what was mapped must not be there any more. */
	assert_true(segv(words, false));
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

static const struct CMUnitTest tests[] = {
	TEST(test_pointers_fault),   TEST(test_fork_protects),	  TEST(test_neighbours_appear),
	TEST(test_files_are_shared), TEST(test_unmapped_is_gone),
};

VM_MAIN(tests)
