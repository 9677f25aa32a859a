/* SPDX-License-Identifier: MIT */
/* Accesses of an address space as its CPU's TLB counts them. */
#include "vm_machine.h"

static struct vm_machine vm;

static struct quire_tlb_stats stats(void)
{
	struct quire_tlb_stats s;

	quire_tlb_stats(vm.pm.m, 0, &s);
	return s;
}

static int access_at(unsigned long addr, unsigned int access)
{
	char byte = 1;

	return quire_mm_access(vm.mm, addr, &byte, 1, access, NULL);
}

static void test_counts(void **state)
{
	unsigned long addr;

	(void)state;
	vm_machine_config(&vm, 64);
	vm.pm.config.tlb.model = true;
	vm_machine_start(&vm);
	kthread_use_mm(vm.mm);
	assert_int_equal(stats().switches, 1);
	addr = vm_mmap(NULL, VM_BASE, 4 * VM_PAGE, RW, ANON, 0);
	assert_int_equal(addr, VM_BASE);
	/* In vain, then mapped; then it is known. */
	assert_int_equal(access_at(addr, QUIRE_ACCESS_WRITE), 0);
	assert_int_equal(stats().faults, 1);
	assert_int_equal(stats().walks, 2);
	assert_int_equal(access_at(addr + 9, QUIRE_ACCESS_WRITE), 0);
	assert_int_equal(access_at(addr + 9, QUIRE_ACCESS_READ), 0);
	assert_int_equal(stats().hits[QUIRE_TLB_L1D], 2);
	/* What is unmapped is not found through an old entry. */
	assert_int_equal(access_at(addr + VM_PAGE, QUIRE_ACCESS_WRITE), 0);
	assert_int_equal(quire_tlb_access(quire_tlb_of(vm.pm.m, 0), addr,
					  QUIRE_ACCESS_READ | QUIRE_ACCESS_USER),
			 QUIRE_TLB_HIT_L1);
	assert_int_equal(vm_munmap(addr, 4 * VM_PAGE), 0);
	assert_int_not_equal(stats().flush_pages + stats().flush_contexts, 0);
	assert_int_equal(access_at(addr, QUIRE_ACCESS_READ), -EFAULT);
	assert_int_equal(quire_tlb_validate(vm.pm.m, 0), 0);
	kthread_unuse_mm(vm.mm);
	vm_machine_down(&vm);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(test_counts) };

	return cmocka_run_group_tests_name("vm_tlb", tests, NULL, NULL);
}
