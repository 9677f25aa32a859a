/* SPDX-License-Identifier: MIT */
/*
 * test_vm_fault.c - no memory at the n-th request, n = 1, 2, ...: each operation on an address
 * space either succeeds or leaves it as it was, and no frame is lost.
 *
 * Each run makes a parent with anonymous memory, a file's private and shared mapping and shared
 * memory, arms the n-th failure, runs the operation, disarms, looks at every word, and takes
 * all down again.
 */
#include "vm_machine.h"

#define PAGES	   40ul
#define ANON_AT	   VM_BASE
#define PRIVATE_AT (2 * VM_BASE)
#define SHARED_AT  (3 * VM_BASE)
#define SHMEM_AT   (4 * VM_BASE)

static struct vm_machine vm;
static struct file *file;

static int fill_numbers(struct inode *inode, pgoff_t index, void *to)
{
	(void)inode;
	memset(to, 0, VM_PAGE);
	*(unsigned long *)to = index;
	return 0;
}

/* Return: 0, or that memory was short. */
static int try_poke(unsigned long at, unsigned long value)
{
	int err = quire_mm_access(vm.mm, at, &value, sizeof(value), QUIRE_ACCESS_WRITE, NULL);

	assert_true(!err || err == -ENOMEM);
	return err;
}

static int try_map(unsigned long at, unsigned long pages)
{
	long got = quire_mm_mmap(vm.mm, at, pages * VM_PAGE, RW, ANON | QUIRE_MAP_FIXED, NULL, 0);

	assert_true(got == (long)at || got == -ENOMEM);
	return got < 0 ? -ENOMEM : 0;
}

static int op_anon(void)
{
	return try_poke(ANON_AT + 30 * VM_PAGE, 30);
}

static int op_new_table(void)
{
	if (try_map(9 * VM_BASE, 1))
		return -ENOMEM;
	return try_poke(9 * VM_BASE, 5);
}

static int op_file_copy(void)
{
	return try_poke(PRIVATE_AT + 20 * VM_PAGE, 20);
}

static int op_file_copy_mapped(void)
{
	return try_poke(PRIVATE_AT + 2 * VM_PAGE, 2);
}

static int op_file_shared(void)
{
	return try_poke(SHARED_AT + 21 * VM_PAGE, 21);
}

static int op_shmem(void)
{
	return try_poke(SHMEM_AT + 22 * VM_PAGE, 0);
}

static int op_fork(void)
{
	struct mm_struct *child = quire_mm_fork(vm.mm);

	if (!child)
		return -ENOMEM;
	mmput(child);
	return 0;
}

static int op_cow_after_fork(void)
{
	struct mm_struct *child = quire_mm_fork(vm.mm);
	int err;

	if (!child)
		return -ENOMEM;
	err = try_poke(ANON_AT, 0);
	mmput(child);
	return err;
}

static int op_pinned_fork(void)
{
	struct mm_struct *child;
	struct page *page;
	long got = quire_mm_pin_pages(vm.mm, ANON_AT, 1, FOLL_WRITE, &page);

	if (got != 1)
		return (int)got;
	child = quire_mm_fork(vm.mm);
	unpin_user_page(page);
	if (!child)
		return -ENOMEM;
	mmput(child);
	return 0;
}

static int op_get_pages(void)
{
	struct page *pages[PAGES];
	long got = quire_mm_get_pages(vm.mm, ANON_AT, PAGES, FOLL_WRITE, pages), i;

	for (i = 0; i < got; i++)
		put_page(pages[i]);
	return got == (long)PAGES ? 0 : -ENOMEM;
}

static int op_move(void)
{
	long to = quire_mm_mremap(vm.mm, ANON_AT, PAGES * VM_PAGE, PAGES * VM_PAGE,
				  QUIRE_MREMAP_MAYMOVE | QUIRE_MREMAP_FIXED, 12 * VM_BASE);

	if (to < 0)
		return -ENOMEM;
	/* Back, without failures. */
	quire_fault_disarm(vm.pm.m);
	assert_int_equal(quire_mm_mremap(vm.mm, 12 * VM_BASE, PAGES * VM_PAGE, PAGES * VM_PAGE,
					 QUIRE_MREMAP_MAYMOVE | QUIRE_MREMAP_FIXED, ANON_AT),
			 (long)ANON_AT);
	return 0;
}

static int op_write_file(void)
{
	unsigned long words[2] = { 30, 30 };
	long n = quire_file_write(file, words, 8, 30 * VM_PAGE);

	assert_true(n == 8 || n == -ENOMEM);
	return n == 8 ? 0 : -ENOMEM;
}

static int op_huge(void)
{
	int err;

	if (try_map(16 * VM_BASE, 512))
		return -ENOMEM;
	quire_vm_sysctl("thp_enabled", 2);
	err = try_poke(16 * VM_BASE, 1);
	if (!err)
		assert_int_equal(peek(vm.mm, 16 * VM_BASE), 1);
	if (!err)
		err = op_fork();
	quire_vm_sysctl("thp_enabled", 0);
	return err;
}

static void build(void)
{
	unsigned long i;

	vm.mm = vm_new_mm();
	file = quire_memfs_create("/numbers", PAGES * VM_PAGE);
	file->f_inode->fill = fill_numbers;
	vm_map(vm.mm, ANON_AT, PAGES, RW, ANON, NULL);
	vm_map(vm.mm, PRIVATE_AT, PAGES, RW, QUIRE_MAP_PRIVATE, file);
	vm_map(vm.mm, SHARED_AT, PAGES, RW, QUIRE_MAP_SHARED, file);
	vm_map(vm.mm, SHMEM_AT, PAGES, RW, QUIRE_MAP_SHARED | QUIRE_MAP_ANONYMOUS, NULL);
	for (i = 0; i < 10; i++) {
		poke(vm.mm, ANON_AT + i * VM_PAGE, i);
		peek(vm.mm, PRIVATE_AT + i * VM_PAGE);
		poke(vm.mm, SHARED_AT + i * VM_PAGE, i);
		poke(vm.mm, SHMEM_AT + i * VM_PAGE, i);
	}
	lru_add_drain();
}

static void look(void)
{
	unsigned long i;

	for (i = 0; i < PAGES; i++) {
		unsigned long anon = peek(vm.mm, ANON_AT + i * VM_PAGE);

		assert_true(anon == i || (!anon && i >= 10));
		assert_int_equal(peek(vm.mm, PRIVATE_AT + i * VM_PAGE), i);
		assert_int_equal(peek(vm.mm, SHARED_AT + i * VM_PAGE), i);
	}
	for (i = 0; i < 10; i++)
		assert_int_equal(peek(vm.mm, SHMEM_AT + i * VM_PAGE), i);
	if (!quire_mm_validate(vm.mm))
		fail_msg("the address space is damaged:\n%s", vm.pm.log);
}

static void each_failure_of(int (*op)(void), unsigned int point)
{
	unsigned int nth;
	bool failed = true;

	for (nth = 1; failed; nth++) {
		int err;

		assert_true(nth < 1000);
		build();
		quire_fault_arm(vm.pm.m, point, nth);
		err = op();
		failed = quire_fault_disarm(vm.pm.m);
		if (!failed)
			assert_int_equal(err, 0);
		look();
		mmput(vm.mm);
		fput(file);
		assert_no_frame_missing(&vm);
		assert_not_said(&vm.pm, "BUG");
		forget(&vm.pm);
	}
	vm.mm = NULL;
}

#define FAULT_TEST(op)                                       \
	static void test_##op(void **state)                  \
	{                                                    \
		(void)state;                                 \
		each_failure_of(op, QUIRE_FAULT_PAGE_ALLOC); \
		each_failure_of(op, QUIRE_FAULT_SLAB_ALLOC); \
	}

FAULT_TEST(op_anon)
FAULT_TEST(op_new_table)
FAULT_TEST(op_file_copy)
FAULT_TEST(op_file_copy_mapped)
FAULT_TEST(op_file_shared)
FAULT_TEST(op_shmem)
FAULT_TEST(op_fork)
FAULT_TEST(op_cow_after_fork)
FAULT_TEST(op_pinned_fork)
FAULT_TEST(op_get_pages)
FAULT_TEST(op_write_file)
FAULT_TEST(op_huge)

/* A move that ends half-way is moved back: Linux does not promise more. */
FAULT_TEST(op_move)

static int setup(void **state)
{
	(void)state;
	vm_machine_config(&vm, 64);
	vm_machine_start(&vm);
	mmput(vm.mm);
	vm.mm = NULL;
	/* What comes with the first file and its tree stays. */
	build();
	mmput(vm.mm);
	fput(file);
	vm.mm = NULL;
	vm.frames = vm_frames(&vm);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	vm_machine_down(&vm);
	return 0;
}

#define TEST(t) cmocka_unit_test_setup_teardown(test_##t, setup, teardown)

static const struct CMUnitTest tests[] = {
	TEST(op_anon),	      TEST(op_new_table), TEST(op_file_copy),  TEST(op_file_copy_mapped),
	TEST(op_file_shared), TEST(op_shmem),	  TEST(op_fork),       TEST(op_cow_after_fork),
	TEST(op_pinned_fork), TEST(op_get_pages), TEST(op_write_file), TEST(op_huge),
	TEST(op_move),
};

VM_MAIN(tests)
