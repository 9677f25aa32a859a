/* SPDX-License-Identifier: MIT */
/*
 * test_vm_merge.c - VMAs that become one: what the one that stays has of the others, and what a
 * move that fails leaves behind.
 */
#include "vm_machine.h"

#include <quire/slab_info.h>

static struct vm_machine vm;

static int setup(void **state)
{
	(void)state;
	vm_machine_config(&vm, 64);
	vm.pm.config.slab.debug = "P"; /* what is free reads as poison */
	vm_machine_start(&vm);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	vm_machine_down(&vm);
	return 0;
}

/* Two names that are equal and not the same; the one that goes is that of the VMA that goes. */
static void test_equal_names_merge(void **state)
{
	const unsigned long at = vm_map(vm.mm, VM_BASE, 2, RW, ANON, NULL);

	(void)state;
	assert_int_equal(quire_mm_madvise(vm.mm, at + VM_PAGE, VM_PAGE, 16 /* DONTDUMP */), 0);
	assert_int_equal(quire_mm_set_anon_name(vm.mm, at, VM_PAGE, "heap"), 0);
	assert_int_equal(quire_mm_set_anon_name(vm.mm, at + VM_PAGE, VM_PAGE, "heap"), 0);
	assert_int_equal(vm.mm->map_count, 2);
	assert_int_equal(quire_mm_madvise(vm.mm, at + VM_PAGE, VM_PAGE, 17 /* DODUMP */), 0);
	assert_int_equal(vm.mm->map_count, 1);
	assert_string_equal(vm_vma(vm.mm, at)->anon_name, "heap");
	assert_int_equal(quire_mm_munmap(vm.mm, at, 2 * VM_PAGE), 0);
}

/* A page that moves in between two VMAs nobody has touched keeps its anon_vma (rules of 6.18). */
static void test_moved_in_between(void **state)
{
	const unsigned long at = VM_BASE, away = 2 * VM_BASE;
	struct vm_area_struct *vma;
	struct mm_struct *mm;

	(void)state;
	assert_int_equal(quire_vm_sysctl("rules", 618), 0);
	mm = vm_new_mm();
	vm_map(mm, at, 1, RW, ANON, NULL);
	poke(mm, at, 42);
	assert_int_equal(quire_mm_mremap(mm, at, VM_PAGE, VM_PAGE,
					 QUIRE_MREMAP_MAYMOVE | QUIRE_MREMAP_FIXED, away),
			 (long)away);
	vm_map(mm, at - VM_PAGE, 1, RW, ANON, NULL);
	vm_map(mm, at + VM_PAGE, 1, RW, ANON, NULL);
	assert_int_equal(quire_mm_mremap(mm, away, VM_PAGE, VM_PAGE,
					 QUIRE_MREMAP_MAYMOVE | QUIRE_MREMAP_FIXED, at),
			 (long)at);
	assert_int_equal(mm->map_count, 1);
	vma = vm_vma(mm, at);
	assert_non_null(vma->anon_vma);
	assert_int_equal(page_address_in_vma(vm_page(mm, at), vma), at);
	assert_int_equal(peek(mm, at), 42);
	assert_int_equal(quire_vm_sysctl("rules", 601), 0);
	mmput(mm);
}

/* A VMA moves down next to itself and before a third: all become one, and nobody touched it. */
static void test_moved_next_to_itself(void **state)
{
	const unsigned long at = VM_BASE;

	(void)state;
	vm_map(vm.mm, at, 1, RW, ANON, NULL);
	vm_map(vm.mm, at + 2 * VM_PAGE, 1, RW, ANON, NULL);
	assert_int_equal(quire_mm_mremap(vm.mm, at + 2 * VM_PAGE, VM_PAGE, VM_PAGE,
					 QUIRE_MREMAP_MAYMOVE | QUIRE_MREMAP_FIXED, at + VM_PAGE),
			 (long)(at + VM_PAGE));
	assert_int_equal(vm.mm->map_count, 1);
	assert_false(vm_vma(vm.mm, at)->touched);
	assert_true(quire_mm_validate(vm.mm));
}

/* Objects of the cache @arg names. */
static int count_objects(struct kmem_cache *s, void *arg)
{
	struct quire_slabinfo info;
	unsigned long *nr = arg;

	if (strcmp(s->name, "vma_node"))
		return 0;
	quire_slabinfo(s, &info);
	*nr = info.active_objs;
	return 1;
}

static unsigned long nodes(void)
{
	unsigned long nr = ~0ul;

	quire_for_each_cache(count_objects, &nr);
	return nr;
}

/* 15 VMAs fill the only node: one more needs two, and the second of them fails. */
static void test_failed_move_keeps_no_node(void **state)
{
	unsigned long last = VM_BASE + 60 * VM_PAGE, nth, i;
	bool failed = true;
	long got;

	(void)state;
	for (i = 0; i < 14; i++)
		vm_map(vm.mm, VM_BASE + 4 * i * VM_PAGE, 1, RW, ANON, NULL);
	vm_map(vm.mm, last, 2, RW, ANON, NULL);
	assert_int_equal(nodes(), 1);
	for (nth = 1; failed; nth++) {
		quire_fault_arm(vm.pm.m, QUIRE_FAULT_SLAB_ALLOC, nth);
		got = quire_mm_mremap(vm.mm, last, VM_PAGE, VM_PAGE,
				      QUIRE_MREMAP_MAYMOVE | QUIRE_MREMAP_FIXED, 4 * VM_BASE);
		failed = quire_fault_disarm(vm.pm.m);
		if (failed) {
			assert_int_equal(got, -ENOMEM);
			assert_int_equal(nodes(), 1);
		}
	}
	assert_int_equal(got, 4 * VM_BASE);
	assert_int_equal(nth, 5); /* a VMA and two nodes could fail */
	assert_true(quire_mm_validate(vm.mm));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(test_equal_names_merge, setup, teardown),
	cmocka_unit_test_setup_teardown(test_moved_in_between, setup, teardown),
	cmocka_unit_test_setup_teardown(test_moved_next_to_itself, setup, teardown),
	cmocka_unit_test_setup_teardown(test_failed_move_keeps_no_node, setup, teardown),
};

VM_MAIN(tests)
