/* SPDX-License-Identifier: MIT */
/*
 * test_vm_map.c - mappings: where they go, what they become, which error wins.
 *
 * What the host's kernel can be asked is compared with it in tests/model/vm; here is the
 * rest: 6.1's own rules, overcommit modes, low addresses, files' modes, growth of stacks, special
 * mappings.
 */
#include "vm_machine.h"

static struct vm_machine vm;

static long map(unsigned long addr, unsigned long pages, unsigned long prot, unsigned long flags)
{
	return quire_mm_mmap(vm.mm, addr, pages * VM_PAGE, prot, flags, NULL, 0);
}

static void up(void)
{
	vm_machine_config(&vm, 64);
	vm_machine_start(&vm);
}

static void down(void)
{
	assert_true(quire_mm_validate(vm.mm));
	vm_machine_down(&vm);
}

static void test_layout(void **state)
{
	long at;

	(void)state;
	up();
	assert_int_equal(vm.mm->mmap_base, 0x7ffff7fff000);
	at = map(0, 4, RW, ANON);
	assert_int_equal(at, 0x7ffff7ffb000);
	assert_int_equal(map(0, 4, QUIRE_PROT_READ, ANON), 0x7ffff7ff7000);
	assert_int_equal(map(0, 1, RW, ANON | QUIRE_MAP_32BIT), 0x40000000);
	assert_int_equal(map(0x1000, 1, RW, ANON | QUIRE_MAP_FIXED), -EPERM);
	assert_int_equal(map(0x1000, 1, RW, ANON), 65536); /* a hint is raised */
	assert_int_equal(map(0, 1ul << 36, 0, ANON), -ENOMEM);
	assert_int_equal(map((unsigned long)at, 1, RW, ANON | QUIRE_MAP_FIXED_NOREPLACE), -EEXIST);
	assert_int_equal(map(0, 4, RW, ANON | QUIRE_MAP_HUGETLB), -ENOMEM);
	assert_int_equal(quire_mm_mmap(vm.mm, 0, VM_PAGE, RW, QUIRE_MAP_PRIVATE, NULL, 0), -EBADF);
	down();
}

static void test_legacy_layout(void **state)
{
	struct quire_mm_layout legacy = { .legacy = true };
	struct mm_struct *mm;

	(void)state;
	up();
	mm = quire_mm_create(&legacy);
	assert_non_null(mm);
	assert_int_equal(quire_mm_mmap(mm, 0, VM_PAGE, RW, ANON, NULL, 0), 0x2aaaaaaab000);
	assert_int_equal(quire_mm_mmap(mm, 0, VM_PAGE, 1, ANON, NULL, 0), 0x2aaaaaaac000);
	mmput(mm);
	down();
}

static void test_file_modes(void **state)
{
	struct file *rw, *ro, *wo;

	(void)state;
	up();
	rw = quire_memfs_create("/f", 8 * VM_PAGE);
	ro = quire_file_reopen(rw, FMODE_READ);
	wo = quire_file_reopen(rw, FMODE_WRITE);
	assert_int_equal(quire_mm_mmap(vm.mm, 0, VM_PAGE, RW, QUIRE_MAP_SHARED, ro, 0), -EACCES);
	assert_int_equal(quire_mm_mmap(vm.mm, 0, VM_PAGE, 1, QUIRE_MAP_PRIVATE, wo, 0), -EACCES);
	assert_int_equal(quire_mm_mmap(vm.mm, 0, VM_PAGE, 1, QUIRE_MAP_PRIVATE, rw, 100), -EINVAL);
	ro->f_flags |= QUIRE_FILE_NOEXEC;
	assert_int_equal(quire_mm_mmap(vm.mm, 0, VM_PAGE, 5, QUIRE_MAP_PRIVATE, ro, 0), -EPERM);
	assert_int_equal(
		quire_mm_mmap(vm.mm, 0, VM_PAGE, 1, QUIRE_MAP_SHARED_VALIDATE | 0x200000, rw, 0),
		-EOPNOTSUPP);
	assert_true(quire_mm_mmap(vm.mm, VM_BASE, VM_PAGE, 1, QUIRE_MAP_SHARED, ro, 0) > 0);
	assert_int_equal(quire_mm_mprotect(vm.mm, VM_BASE, VM_PAGE, RW), -EACCES);
	fput(wo);
	fput(ro);
	fput(rw);
	down();
}

/* Mode 2: what is promised stays below the limit; shared memory counts as long as its file. */
static void test_overcommit(void **state)
{
	unsigned long limit, was;
	long at;

	(void)state;
	up();
	limit = quire_vm_commit_limit(vm.pm.m);
	assert_int_equal(limit, totalram_pages() / 2);
	was = quire_vm_committed(vm.pm.m);
	at = map(0, 10, RW, ANON | QUIRE_MAP_NORESERVE);
	assert_int_equal(quire_vm_committed(vm.pm.m), was);
	assert_int_equal(quire_mm_munmap(vm.mm, (unsigned long)at, 10 * VM_PAGE), 0);
	assert_int_equal(map(0, totalram_pages() + 1, RW, ANON), -ENOMEM);
	assert_int_equal(quire_vm_sysctl("overcommit_memory", 2), 0);
	assert_int_equal(map(0, limit, RW, ANON), -ENOMEM);
	assert_int_equal(map(0, limit, RW, ANON | QUIRE_MAP_NORESERVE), -ENOMEM);
	at = map(0, 100, RW, QUIRE_MAP_SHARED | QUIRE_MAP_ANONYMOUS);
	assert_true(at > 0);
	assert_int_equal(quire_vm_committed(vm.pm.m), was + 100);
	assert_int_equal(quire_mm_munmap(vm.mm, (unsigned long)at, 50 * VM_PAGE), 0);
	assert_int_equal(quire_vm_committed(vm.pm.m), was + 100);
	assert_int_equal(quire_mm_munmap(vm.mm, (unsigned long)at, 100 * VM_PAGE), 0);
	assert_int_equal(quire_vm_committed(vm.pm.m), was);
	at = map(0, 10, QUIRE_PROT_READ, ANON);
	assert_int_equal(quire_mm_mprotect(vm.mm, (unsigned long)at, 5 * VM_PAGE, RW), 0);
	assert_int_equal(quire_vm_committed(vm.pm.m), was + 5);
	assert_int_equal(quire_vm_sysctl("overcommit_memory", 3), -EINVAL);
	assert_int_equal(quire_vm_sysctl("no_such", 0), -ENOENT);
	down();
}

/* A refused MAP_FIXED leaves what was there. */
static void test_refused_fixed(void **state)
{
	(void)state;
	up();
	assert_int_equal(map(VM_BASE, 4, QUIRE_PROT_READ, ANON | QUIRE_MAP_FIXED), VM_BASE);
	vm.mm->rlimit[QUIRE_RLIMIT_DATA] = VM_PAGE;
	assert_int_equal(map(VM_BASE + 2 * VM_PAGE, 6, RW, ANON | QUIRE_MAP_FIXED), -ENOMEM);
	assert_int_equal(vm.mm->map_count, 1);
	down();
}

static void test_stack(void **state)
{
	struct quire_fault_info info;
	unsigned long top;

	(void)state;
	up();
	assert_int_equal(quire_mm_setup_stack(vm.mm, 4 * VM_PAGE, 0), 0);
	top = vm.mm->start_stack;
	assert_int_equal(
		quire_mm_access(vm.mm, top - 20 * VM_PAGE, NULL, 1, QUIRE_ACCESS_WRITE, &info), 0);
	assert_int_equal(find_vma(vm.mm, top - 1)->vm_start, top - 20 * VM_PAGE);
	assert_int_equal(vm.mm->stack_vm, 20);
	vm.mm->rlimit[QUIRE_RLIMIT_STACK] = 30 * VM_PAGE;
	assert_int_equal(
		quire_mm_access(vm.mm, top - 31 * VM_PAGE, NULL, 1, QUIRE_ACCESS_WRITE, &info),
		-EFAULT);
	assert_int_equal(info.signal, 11);
	/* Another mapping in the guard gap stops it too. */
	assert_int_equal(map(top - 24 * VM_PAGE, 1, RW, ANON | QUIRE_MAP_FIXED),
			 top - 24 * VM_PAGE);
	assert_int_equal(
		quire_mm_access(vm.mm, top - 22 * VM_PAGE, NULL, 1, QUIRE_ACCESS_WRITE, &info),
		-EFAULT);
	down();
}

static void test_special(void **state)
{
	(void)state;
	up();
	assert_int_equal(quire_mm_install_special(vm.mm, VM_BASE, 2 * VM_PAGE, VM_READ | VM_EXEC,
						  "[vdso]", NULL),
			 0);
	assert_int_equal(quire_mm_install_special(vm.mm, VM_BASE, VM_PAGE, VM_READ, "[x]", NULL),
			 -EEXIST);
	assert_int_equal(quire_mm_munmap(vm.mm, VM_BASE, VM_PAGE), -EINVAL);
	assert_int_equal(quire_mm_mremap(vm.mm, VM_BASE, VM_PAGE, 3 * VM_PAGE, 1, 0), -EFAULT);
	assert_int_equal(quire_mm_munmap(vm.mm, VM_BASE, 2 * VM_PAGE), 0);
	down();
}

static void test_names(void **state)
{
	struct vm_area_struct *vma;

	(void)state;
	up();
	assert_int_equal(map(VM_BASE, 6, RW, ANON | QUIRE_MAP_FIXED), VM_BASE);
	assert_int_equal(quire_mm_set_anon_name(vm.mm, VM_BASE, 2 * VM_PAGE, "heap"), 0);
	assert_int_equal(quire_mm_set_anon_name(vm.mm, VM_BASE + 2 * VM_PAGE, VM_PAGE, "heap"), 0);
	vma = find_vma(vm.mm, VM_BASE);
	assert_string_equal(vma->anon_name, "heap");
	assert_int_equal(vma->vm_end, VM_BASE + 3 * VM_PAGE); /* equal names merge */
	assert_int_equal(quire_mm_set_anon_name(vm.mm, VM_BASE, VM_PAGE, "a$b"), -EINVAL);
	assert_int_equal(quire_mm_set_anon_name(vm.mm, VM_BASE, 6 * VM_PAGE, NULL), 0);
	assert_int_equal(vm.mm->map_count, 1);
	down();
}

/* 6.1 and 6.18 answer alike but where docs/fidelity.md says so. */
static void test_rules(void **state)
{
	struct mm_struct *newer;

	(void)state;
	up();
	assert_int_equal(quire_vm_sysctl("rules", 618), 0);
	newer = quire_mm_create(NULL);
	assert_int_equal(map(0, 512, RW, ANON), 0x7ffff7dff000);
	assert_int_equal(quire_mm_mmap(newer, 0, 512 * VM_PAGE, RW, ANON, NULL, 0), 0x7ffff7c00000);
	mmput(newer);
	down();
}

static void test_max_map_count(void **state)
{
	(void)state;
	up();
	assert_int_equal(map(VM_BASE, 9, RW, ANON | QUIRE_MAP_FIXED), VM_BASE);
	assert_int_equal(quire_vm_sysctl("max_map_count", 2), 0);
	assert_int_equal(quire_mm_mprotect(vm.mm, VM_BASE + 3 * VM_PAGE, VM_PAGE, 1), -ENOMEM);
	assert_int_equal(vm.mm->map_count, 1);
	assert_int_equal(quire_mm_munmap(vm.mm, VM_BASE + 3 * VM_PAGE, VM_PAGE), 0);
	assert_int_equal(quire_mm_munmap(vm.mm, VM_BASE + VM_PAGE, VM_PAGE), -ENOMEM);
	down();
}

static void test_mlock(void **state)
{
	(void)state;
	up();
	vm.mm->rlimit[QUIRE_RLIMIT_MEMLOCK] = 4 * VM_PAGE;
	assert_int_equal(map(VM_BASE, 8, RW, ANON | QUIRE_MAP_FIXED), VM_BASE);
	assert_int_equal(quire_mm_mlock(vm.mm, VM_BASE, 5 * VM_PAGE), -ENOMEM);
	assert_int_equal(quire_mm_mlock(vm.mm, VM_BASE + 1, 3 * VM_PAGE), 0);
	assert_int_equal(vm.mm->locked_vm, 4);
	assert_int_equal(quire_mm_mlock(vm.mm, VM_BASE, 4 * VM_PAGE), 0); /* not counted twice */
	assert_int_equal(get_mm_counter(vm.mm, MM_ANONPAGES), 4);
	assert_int_equal(map(0, 1, RW, ANON | QUIRE_MAP_LOCKED), -EAGAIN);
	assert_int_equal(quire_mm_munlockall(vm.mm), 0);
	assert_int_equal(vm.mm->locked_vm, 0);
	vm.mm->rlimit[QUIRE_RLIMIT_MEMLOCK] = 0;
	assert_int_equal(quire_mm_mlock(vm.mm, VM_BASE, VM_PAGE), -EPERM);
	down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout),	      cmocka_unit_test(test_legacy_layout),
		cmocka_unit_test(test_file_modes),    cmocka_unit_test(test_overcommit),
		cmocka_unit_test(test_refused_fixed), cmocka_unit_test(test_stack),
		cmocka_unit_test(test_special),	      cmocka_unit_test(test_names),
		cmocka_unit_test(test_rules),	      cmocka_unit_test(test_max_map_count),
		cmocka_unit_test(test_mlock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
