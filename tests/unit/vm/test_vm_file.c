/* SPDX-License-Identifier: MIT */
/*
 * test_vm_file.c - files in memory and shared memory: cache, mappings, faults of each kind,
 * fault-around, truncation.
 */
#include "vm_machine.h"

#include "vm/cache/cache.h"

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
	mmput(vm.mm);
	vm.mm = NULL;
	vm_machine_down(&vm);
	return 0;
}

#define BITS 0x8000000000000fffull

/* Page @index of the file holds its number in each word. */
static int fill_numbers(struct inode *inode, pgoff_t index, void *to)
{
	unsigned long i, *word = to;

	(void)inode;
	for (i = 0; i < VM_PAGE / sizeof(*word); i++)
		word[i] = index;
	return 0;
}

static int fill_fails(struct inode *inode, pgoff_t index, void *to)
{
	(void)inode, (void)index, (void)to;
	return -EIO;
}

static struct file *numbers(unsigned long pages)
{
	struct file *file = quire_memfs_create("/usr/lib/numbers.so", pages * VM_PAGE);

	assert_non_null(file);
	file->f_inode->fill = fill_numbers;
	return file;
}

static void test_read_and_write(void **state)
{
	struct file *file = quire_memfs_create("/a", 0);
	char text[] = "written over the edge of a page", back[64];
	long n = sizeof(text);

	(void)state;
	assert_int_equal(quire_file_write(file, text, (size_t)n, VM_PAGE - 7), n);
	assert_int_equal(file->f_inode->i_size, VM_PAGE - 7 + (u64)n);
	assert_int_equal(file->f_mapping->nrpages, 2);
	assert_int_equal(vm_node_state(&vm, NR_FILE_PAGES), 2);
	assert_int_equal(quire_file_read(file, back, 64, VM_PAGE - 7), n);
	assert_string_equal(back, text);
	assert_int_equal(quire_file_read(file, back, 4, 0), 4);
	assert_int_equal(back[0], 0);
	assert_int_equal(quire_file_read(file, back, 4, 1 << 20), 0);
	assert_int_equal(quire_file_truncate(file, VM_PAGE - 4), 0);
	assert_int_equal(vm_node_state(&vm, NR_FILE_PAGES), 1);
	assert_int_equal(quire_file_truncate(file, VM_PAGE), 0);
	assert_int_equal(quire_file_read(file, back, 8, VM_PAGE - 8), 8);
	assert_int_equal(back[3], 'i'); /* of "wri", then zeros */
	assert_int_equal(back[4], 0);
	fput(file);
	assert_int_equal(vm_node_state(&vm, NR_FILE_PAGES), 0);
}

static void test_modes_and_errors(void **state)
{
	struct file *file = numbers(2), *again = quire_file_reopen(file, FMODE_READ);
	char byte = 0;

	(void)state;
	assert_int_equal(quire_file_write(again, &byte, 1, 0), -EBADF);
	file->f_inode->fill = fill_fails;
	assert_int_equal(quire_file_read(file, &byte, 1, 0), -EIO);
	assert_int_equal(file->f_mapping->nrpages, 0);
	fput(file);
	assert_int_equal(quire_file_read(again, &byte, 1, 0), -EIO);
	fput(again);
}

static void test_private_mapping(void **state)
{
	struct file *file = numbers(64);
	unsigned long at = vm_map(vm.mm, VM_BASE, 64, RW, QUIRE_MAP_PRIVATE, file);
	struct page *cached;

	(void)state;
	assert_int_equal(quire_vm_events(vm.pm.m, PGMAJFAULT), 0);
	assert_int_equal(peek(vm.mm, at + 5 * VM_PAGE), 5);
	assert_int_equal(quire_vm_events(vm.pm.m, PGMAJFAULT), 1);
	assert_int_equal(vm.kinds[QUIRE_FAULT_FILE_READ], 1);
	/* Read only: the first write must copy. */
	assert_int_equal(vm_pte(vm.mm, at + 5 * VM_PAGE).pte & BITS, 0x8000000000000025ull);
	cached = vm_page(vm.mm, at + 5 * VM_PAGE);
	assert_int_equal(get_mm_counter(vm.mm, MM_FILEPAGES), 1);
	assert_int_equal(vm_node_state(&vm, NR_FILE_MAPPED), 1);
	poke(vm.mm, at + 5 * VM_PAGE, 500);
	assert_int_equal(vm.kinds[QUIRE_FAULT_FILE_COW], 1);
	assert_ptr_not_equal(vm_page(vm.mm, at + 5 * VM_PAGE), cached);
	assert_int_equal(get_mm_counter(vm.mm, MM_FILEPAGES), 0);
	assert_int_equal(get_mm_counter(vm.mm, MM_ANONPAGES), 1);
	assert_int_equal(vm_node_state(&vm, NR_FILE_MAPPED), 0);
	assert_int_equal(peek(vm.mm, at + 5 * VM_PAGE + 8), 5);
	/* A write first: both at once. */
	poke(vm.mm, at + 6 * VM_PAGE, 600);
	assert_int_equal(vm.kinds[QUIRE_FAULT_FILE_COW], 2);
	assert_int_equal(vm_pte(vm.mm, at + 6 * VM_PAGE).pte & BITS, 0x8000000000000067ull);
	fput(file);
}

static void test_fault_around(void **state)
{
	struct file *file = numbers(64);
	unsigned long i, at = vm_map(vm.mm, VM_BASE, 40, QUIRE_PROT_READ, QUIRE_MAP_PRIVATE, file);
	char byte;

	(void)state;
	for (i = 0; i < 64; i++)
		if (i != 20)
			assert_int_equal(quire_file_read(file, &byte, 1, i * VM_PAGE), 1);
	assert_int_equal(peek(vm.mm, at + 17 * VM_PAGE), 17);
	assert_int_equal(vm.kinds[QUIRE_FAULT_FILE_READ], 1);
	assert_int_equal(get_mm_counter(vm.mm, MM_FILEPAGES), 15); /* 16 .. 31 without 20 */
	assert_int_equal(peek(vm.mm, at + 31 * VM_PAGE), 31);
	assert_int_equal(vm.kinds[QUIRE_FAULT_FILE_READ], 1);
	assert_int_equal(peek(vm.mm, at + 39 * VM_PAGE), 39);
	assert_int_equal(get_mm_counter(vm.mm, MM_FILEPAGES), 15 + 8); /* 32 .. 39: the VMA ends */
	fput(file);
}

static void test_shared_mapping(void **state)
{
	struct file *file = numbers(8);
	unsigned long at = vm_map(vm.mm, VM_BASE, 8, RW, QUIRE_MAP_SHARED, file), word;
	struct page *page;

	(void)state;
	assert_int_equal(peek(vm.mm, at), 0);
	page = vm_page(vm.mm, at);
	assert_int_equal(vm_pte(vm.mm, at).pte & 2, 0); /* the file wants to know */
	assert_false(page_flag(page, PG_dirty));
	poke(vm.mm, at, 77);
	assert_int_equal(vm.kinds[QUIRE_FAULT_FILE_SHARED], 1);
	assert_ptr_equal(vm_page(vm.mm, at), page);
	assert_true(page_flag(page, PG_dirty));
	assert_int_equal(vm_pte(vm.mm, at).pte & 0x42, 0x42);
	assert_int_equal(quire_file_read(file, &word, sizeof(word), 0), sizeof(word));
	assert_int_equal(word, 77);
	poke(vm.mm, at + VM_PAGE, 78);
	assert_int_equal(vm.kinds[QUIRE_FAULT_FILE_SHARED], 2);
	assert_int_equal(get_mm_counter(vm.mm, MM_FILEPAGES), 2);
	fput(file);
}

static void test_shared_memory(void **state)
{
	unsigned long at =
		vm_map(vm.mm, VM_BASE, 8, RW, QUIRE_MAP_SHARED | QUIRE_MAP_ANONYMOUS, NULL);
	struct mm_struct *child;

	(void)state;
	poke(vm.mm, at, 1);
	assert_int_equal(vm.kinds[QUIRE_FAULT_SHMEM], 1);
	assert_int_equal(get_mm_counter(vm.mm, MM_SHMEMPAGES), 1);
	assert_int_equal(vm_node_state(&vm, NR_SHMEM), 1);
	assert_int_equal(quire_vm_events(vm.pm.m, PGMAJFAULT), 0);
	child = quire_mm_fork(vm.mm);
	assert_int_equal(get_mm_rss(child), 0); /* faulted in again when used */
	assert_int_equal(peek(child, at), 1);
	poke(child, at, 2);
	assert_int_equal(peek(vm.mm, at), 2);
	poke(child, at + VM_PAGE, 3);
	assert_int_equal(peek(vm.mm, at + VM_PAGE), 3);
	mmput(child);
	assert_int_equal(vm_node_state(&vm, NR_SHMEM), 2);
	quire_mm_munmap(vm.mm, at, 8 * VM_PAGE);
	rcu_barrier();
	assert_int_equal(vm_node_state(&vm, NR_SHMEM), 0);
}

static void test_beyond_the_end(void **state)
{
	struct file *file = numbers(2);
	unsigned long at = vm_map(vm.mm, VM_BASE, 4, RW, QUIRE_MAP_SHARED, file);
	int code;

	(void)state;
	assert_int_equal(vm_signal(vm.mm, at + 2 * VM_PAGE, QUIRE_ACCESS_READ, &code), 7);
	assert_int_equal(code, 2);
	assert_int_equal(vm_signal(vm.mm, at + 2 * VM_PAGE, QUIRE_ACCESS_WRITE, &code), 7);
	file->f_inode->fill = fill_fails;
	assert_int_equal(vm_signal(vm.mm, at, QUIRE_ACCESS_READ, &code), 7);
	fput(file);
}

static void test_truncation_unmaps(void **state)
{
	struct file *file = numbers(8);
	unsigned long shared = vm_map(vm.mm, VM_BASE, 8, RW, QUIRE_MAP_SHARED, file);
	unsigned long private = vm_map(vm.mm, 2 * VM_BASE, 8, RW, QUIRE_MAP_PRIVATE, file), i;
	struct page *held;
	int code;

	(void)state;
	for (i = 0; i < 8; i++) {
		poke(vm.mm, shared + i * VM_PAGE, i);
		poke(vm.mm, private + i * VM_PAGE, 10 + i);
	}
	held = find_get_page(file->f_mapping, 6);
	assert_non_null(held);
	assert_int_equal(quire_file_truncate(file, 5 * VM_PAGE), 0);
	assert_int_equal(get_mm_counter(vm.mm, MM_FILEPAGES), 5);
	assert_int_equal(get_mm_counter(vm.mm, MM_ANONPAGES), 5);
	assert_int_equal(file->f_mapping->nrpages, 5);
	assert_null(held->mapping);
	put_page(held);
	assert_int_equal(vm_signal(vm.mm, shared + 5 * VM_PAGE, QUIRE_ACCESS_READ, &code), 7);
	assert_int_equal(vm_signal(vm.mm, private + 5 * VM_PAGE, QUIRE_ACCESS_READ, &code), 7);
	assert_int_equal(peek(vm.mm, private + 4 * VM_PAGE), 14);
	/* Grown again: holes, filled anew. */
	assert_int_equal(quire_file_truncate(file, 8 * VM_PAGE), 0);
	assert_int_equal(peek(vm.mm, shared + 7 * VM_PAGE), 7);
	assert_int_equal(peek(vm.mm, private + 7 * VM_PAGE), 7);
	fput(file);
}

static void test_mincore_sees_the_cache(void **state)
{
	struct file *file = numbers(4);
	unsigned long at = vm_map(vm.mm, VM_BASE, 4, RW, QUIRE_MAP_PRIVATE, file);
	unsigned char vec[4];
	char byte;

	(void)state;
	quire_file_read(file, &byte, 1, VM_PAGE);
	peek(vm.mm, at + 3 * VM_PAGE);
	mincore_range(vm_vma(vm.mm, at), at, at + 4 * VM_PAGE, vec);
	assert_int_equal(vec[0] | vec[1] << 1 | vec[2] << 2 | vec[3] << 3, 0xa);
	fput(file);
}

static bool count_vma(struct rmap_walk *w, struct page *page, struct vm_area_struct *vma,
		      unsigned long address)
{
	(void)page;
	assert_true(vma->vm_start <= address && address < vma->vm_end);
	++*(unsigned int *)w->arg;
	return true;
}

static void test_reverse_walk(void **state)
{
	struct file *file = numbers(64);
	unsigned int nr = 0;
	struct rmap_walk w = { count_vma, &nr };
	unsigned long at = 0, i;
	struct page *page;

	(void)state;
	for (i = 0; i < 20; i++) /* windows [3i, 3i + 4) pages of the file */
		at = (unsigned long)quire_mm_mmap(vm.mm, 0, 4 * VM_PAGE, QUIRE_PROT_READ,
						  QUIRE_MAP_SHARED, file, 3 * i * VM_PAGE);
	peek(vm.mm, at + 2 * VM_PAGE); /* page 59 */
	page = find_lock_page(file->f_mapping, 59);
	rmap_walk(page, &w);
	assert_int_equal(nr, 1);
	assert_int_equal(page_address_in_vma(page, vm_vma(vm.mm, at)), at + 2 * VM_PAGE);
	unlock_page(page);
	put_page(page);
	page = vm_page(vm.mm, at + 2 * VM_PAGE);
	nr = 0;
	page->index = 57; /* where two windows meet */
	rmap_walk(page, &w);
	assert_int_equal(nr, 2);
	page->index = 59;
	fput(file);
}

/* Offsets are signed: what would lie behind 2^63 - 1 is refused, not wrapped around. */
static void test_the_longest_file(void **state)
{
	const u64 most = ~0ull >> 1;
	struct file *file = quire_memfs_create("/long", 0);
	u64 word = 5;

	(void)state;
	assert_null(quire_memfs_create("/longer", most + 1));
	assert_int_equal(quire_file_write(file, &word, 8, ~0ull - 3), -EFBIG);
	assert_int_equal(quire_file_write(file, &word, 8, most), -EFBIG);
	assert_int_equal(quire_file_write(file, &word, 8, most - 4), 4);
	assert_int_equal(file->f_inode->i_size, most);
	assert_int_equal(quire_file_truncate(file, most + 1), -EFBIG);
	assert_int_equal(quire_file_truncate(file, ~0ull), -EFBIG);
	assert_int_equal(quire_file_truncate(file, 0), 0);
	fput(file);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

static const struct CMUnitTest tests[] = {
	TEST(test_read_and_write), TEST(test_modes_and_errors),	 TEST(test_private_mapping),
	TEST(test_fault_around),   TEST(test_shared_mapping),	 TEST(test_shared_memory),
	TEST(test_beyond_the_end), TEST(test_truncation_unmaps), TEST(test_mincore_sees_the_cache),
	TEST(test_reverse_walk),   TEST(test_the_longest_file),
};

VM_MAIN(tests)
