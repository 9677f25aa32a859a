/* SPDX-License-Identifier: MIT */
/*
 * test_vm_map_fault.c - no memory at the n-th request, n = 1, 2, ...: calls that cut, merge, move
 * and replace mappings either succeed or leave every mapping and every count as it was.
 *
 * The tree is full where the calls happen (many mappings of a page each), so that nodes are asked
 * for as well. Calls that Linux lets stop half way (mprotect over several mappings) touch one.
 */
#include "vm_machine.h"

#define MANY 400u

static struct vm_machine vm;

/* One of 16 pages amid its neighbours; each with a page that was written. */
#define MIDDLE (VM_BASE + 3200ul * VM_PAGE)

struct shot {
	unsigned long total, locked, data, committed;
	unsigned long edges[2 * MANY + 64];
	unsigned int nr;
};

static void take(struct shot *s)
{
	struct vm_area_struct *vma = NULL;

	memset(s, 0, sizeof(*s));
	s->total = vm.mm->total_vm;
	s->locked = vm.mm->locked_vm;
	s->data = vm.mm->data_vm;
	s->committed = quire_vm_committed(vm.pm.m);
	while ((vma = quire_vma_next(vm.mm, vma))) {
		s->edges[s->nr++] = vma->vm_start ^ vma->vm_flags << 40;
		s->edges[s->nr++] = vma->vm_end;
	}
}

static void map_fixed(unsigned long at, unsigned long pages, unsigned long prot)
{
	assert_int_equal(
		quire_mm_mmap(vm.mm, at, pages * VM_PAGE, prot, ANON | QUIRE_MAP_FIXED, NULL, 0),
		at);
}

static void prepare(void)
{
	unsigned int i;

	vm_machine_config(&vm, 64);
	vm_machine_start(&vm);
	for (i = 0; i < MANY; i++)
		map_fixed(VM_BASE + i * 16ul * VM_PAGE, 8, i & 1 ? RW : QUIRE_PROT_READ);
	map_fixed(MIDDLE, 16, RW);
	for (i = 0; i < 16; i += 5)
		assert_int_equal(quire_mm_access(vm.mm, MIDDLE + i * VM_PAGE, NULL, 1,
						 QUIRE_ACCESS_WRITE, NULL),
				 0);
}

static long op_hole(void)
{
	return quire_mm_munmap(vm.mm, MIDDLE + 4 * VM_PAGE, 4 * VM_PAGE);
}

static long op_protect(void)
{
	return quire_mm_mprotect(vm.mm, MIDDLE + 4 * VM_PAGE, 4 * VM_PAGE, QUIRE_PROT_READ);
}

static long op_lock_flags(void)
{
	return quire_mm_mlock2(vm.mm, MIDDLE + 4 * VM_PAGE, 4 * VM_PAGE, 1);
}

static long op_advise(void)
{
	long err = quire_mm_madvise(vm.mm, MIDDLE + 4 * VM_PAGE, 4 * VM_PAGE, 10);

	return err == -EAGAIN ? -ENOMEM : err;
}

static long op_replace(void)
{
	return quire_mm_mmap(vm.mm, MIDDLE + 4 * VM_PAGE, 4 * VM_PAGE, QUIRE_PROT_READ,
			     ANON | QUIRE_MAP_FIXED, NULL, 0);
}

static long op_replace_shared(void)
{
	return quire_mm_mmap(vm.mm, MIDDLE + 4 * VM_PAGE, 4 * VM_PAGE, RW,
			     QUIRE_MAP_SHARED | QUIRE_MAP_ANONYMOUS | QUIRE_MAP_FIXED, NULL, 0);
}

static long op_move(void)
{
	return quire_mm_mremap(vm.mm, MIDDLE, 16 * VM_PAGE, 64 * VM_PAGE, QUIRE_MREMAP_MAYMOVE, 0);
}

static long op_brk(void)
{
	unsigned long to = vm.mm->start_brk + 10 * VM_PAGE;

	return quire_mm_brk(vm.mm, to) == to ? 0 : -ENOMEM;
}

static long op_name(void)
{
	long err = quire_mm_set_anon_name(vm.mm, MIDDLE + 4 * VM_PAGE, 4 * VM_PAGE, "x");

	return err == -EAGAIN ? -ENOMEM : err;
}

/* All or nothing, whichever request fails. */
static void all_or_nothing(long (*op)(void))
{
	static struct shot before, after;
	bool failed = true;
	unsigned int n;
	long result;

	for (n = 1; failed; n++) {
		prepare();
		take(&before);
		quire_fault_arm(vm.pm.m, QUIRE_FAULT_MEMORY, n);
		result = op();
		failed = quire_fault_disarm(vm.pm.m);
		assert_true(quire_mm_validate(vm.mm));
		assert_true(result >= 0 || result == -ENOMEM);
		assert_true(failed || result >= 0);
		if (result < 0) {
			take(&after);
			assert_memory_equal(&before, &after, sizeof(before));
		}
		vm_machine_down(&vm);
		assert_true(n < 100);
	}
}

#define TEST(name)                            \
	static void test_##name(void **state) \
	{                                     \
		(void)state;                  \
		all_or_nothing(op_##name);    \
	}

TEST(hole)
TEST(protect)
TEST(lock_flags)
TEST(advise)
TEST(replace)
TEST(replace_shared)
TEST(move)
TEST(brk)
TEST(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hole),	   cmocka_unit_test(test_protect),
		cmocka_unit_test(test_lock_flags), cmocka_unit_test(test_advise),
		cmocka_unit_test(test_replace),	   cmocka_unit_test(test_replace_shared),
		cmocka_unit_test(test_move),	   cmocka_unit_test(test_brk),
		cmocka_unit_test(test_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
