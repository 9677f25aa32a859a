/* SPDX-License-Identifier: MIT */
/*
 * test_proc_pid.c - the files of a simulated process, byte by byte where they are short; what an
 * address is, in words.
 */
#include "page_machine.h"

#include <quire/errno.h>
#include <quire/proc.h>
#include <quire/vm_view.h>

#define PAGE 4096ul
#define RW   (QUIRE_PROT_READ | QUIRE_PROT_WRITE)
#define ANON (QUIRE_MAP_PRIVATE | QUIRE_MAP_ANONYMOUS | QUIRE_MAP_FIXED)
#define AT   0x10000000ul

static struct page_machine pm;
static struct mm_struct *mm;
static char text[1 << 18];

static bool collect(void *ctx, const char *piece, size_t n)
{
	strncat(ctx, piece, n);
	return true;
}

static const char *file(const char *name)
{
	const struct quire_proc_sink sink = { text, collect };

	text[0] = 0;
	assert_int_equal(quire_proc_read(pm.m, name, &sink), 0);
	return text;
}

static void line(void *ctx, const char *said)
{
	strcat(ctx, said);
	strcat(ctx, "\n");
}

static const char *explained(struct mm_struct *of, unsigned long addr, bool expected)
{
	const struct quire_text_sink sink = { text, line };

	text[0] = 0;
	assert_int_equal(quire_vm_explain(of, addr, &sink), expected);
	return text;
}

static int up(void **state)
{
	page_machine_config(&pm, 64);
	pm.config.vm.transparent_hugepage = false;
	page_machine_start(&pm);
	mm = quire_mm_create(NULL);
	assert_non_null(mm);
	mm->pid = 42;
	strcpy(mm->comm, "sh");
	return 0;
}

static int down(void **state)
{
	mmput(mm);
	page_machine_down(&pm);
	return 0;
}

static void map(unsigned long addr, unsigned long pages, unsigned long prot)
{
	assert_int_equal(quire_mm_mmap(mm, addr, pages * PAGE, prot, ANON, NULL, 0), (long)addr);
}

static void touch(unsigned long addr, unsigned int access)
{
	assert_int_equal(quire_mm_access(mm, addr, NULL, 1, access | QUIRE_ACCESS_USER, NULL), 0);
}

static void test_maps(void **state)
{
	struct file *f = quire_memfs_create("/usr/bin/true", 3 * PAGE);

	f->f_inode->i_dev_major = 8;
	f->f_inode->i_dev_minor = 1;
	f->f_inode->i_ino = 77;
	map(AT, 2, RW);
	map(AT + 0x10000, 1, QUIRE_PROT_NONE);
	assert_true(quire_mm_mmap(mm, AT + 0x20000, PAGE, QUIRE_PROT_READ | QUIRE_PROT_EXEC,
				  QUIRE_MAP_PRIVATE | QUIRE_MAP_FIXED, f, PAGE) > 0);
	assert_true(quire_mm_mmap(mm, AT + 0x30000, PAGE, RW, QUIRE_MAP_SHARED | QUIRE_MAP_FIXED, f,
				  0) > 0);
	assert_int_equal(quire_mm_set_anon_name(mm, AT, PAGE, "arena"), 0);
	fput(f);
	assert_string_equal(file("42/maps"), "10000000-10001000 rw-p 00000000 00:00 0              "
					     "                    [anon:arena]\n"
					     "10001000-10002000 rw-p 00000000 00:00 0 \n"
					     "10010000-10011000 ---p 00000000 00:00 0 \n"
					     "10020000-10021000 r-xp 00001000 08:01 77             "
					     "                    /usr/bin/true\n"
					     "10030000-10031000 rw-s 00000000 08:01 77             "
					     "                    /usr/bin/true\n");
}

static void assert_line(const char *all, const char *expected)
{
	if (!strstr(all, expected))
		fail_msg("no line \"%s\" in:\n%s", expected, all);
}

static void test_smaps(void **state)
{
	struct mm_struct *child;
	const char *s;

	map(AT, 4, RW);
	touch(AT, QUIRE_ACCESS_WRITE);
	touch(AT + PAGE, QUIRE_ACCESS_WRITE);
	touch(AT + 2 * PAGE, QUIRE_ACCESS_READ); /* the zero page counts nowhere */
	s = file("42/smaps");
	assert_line(s, "Size:                 16 kB\nKernelPageSize:        4 kB\n"
		       "MMUPageSize:           4 kB\nRss:                   8 kB\n"
		       "Pss:                   8 kB\nPss_Dirty:             8 kB\n"
		       "Shared_Clean:          0 kB\nShared_Dirty:          0 kB\n"
		       "Private_Clean:         0 kB\nPrivate_Dirty:         8 kB\n"
		       "Referenced:            8 kB\nAnonymous:             8 kB\n"
		       "LazyFree:              0 kB\nAnonHugePages:         0 kB\n"
		       "ShmemPmdMapped:        0 kB\nFilePmdMapped:         0 kB\n"
		       "Shared_Hugetlb:        0 kB\nPrivate_Hugetlb:       0 kB\n"
		       "Swap:                  0 kB\nSwapPss:               0 kB\n"
		       "Locked:                0 kB\nTHPeligible:    0\n"
		       "VmFlags: rd wr mr mw me ac ");
	child = quire_mm_fork(mm);
	child->pid = 43;
	s = file("42/smaps_rollup");
	assert_line(s, "10000000-10004000 ---p 00000000 00:00 0                                  "
		       "[rollup]\nRss:                   8 kB\nPss:                   4 kB\n");
	assert_line(s, "Pss_Anon:              4 kB\nPss_File:              0 kB\n");
	assert_line(s, "Shared_Dirty:          8 kB\n");
	assert_line(file("43/smaps"), "Shared_Dirty:          8 kB\n");
	mmput(child);
	assert_line(file("42/smaps"), "Private_Dirty:         8 kB\n");
}

static void test_numa_maps(void **state)
{
	map(AT, 3, RW);
	touch(AT, QUIRE_ACCESS_WRITE);
	touch(AT + PAGE, QUIRE_ACCESS_WRITE);
	assert_line(file("42/numa_maps"), "10000000 default anon=2 dirty=2");
	assert_line(text, " N0=2 kernelpagesize_kB=4\n");
	map(AT + 0x10000, 1, RW);
	assert_line(file("42/numa_maps"), "\n10010000 default\n");
}

static void test_sizes(void **state)
{
	map(AT, 8, RW);
	touch(AT, QUIRE_ACCESS_WRITE);
	assert_string_equal(file("42/statm"), "8 1 0 0 0 8 0\n");
	assert_line(file("42/status"), "Name:\tsh\nPid:\t42\nVmPeak:\t      32 kB\nVmSize:\t"
				       "      32 kB\nVmLck:\t       0 kB\n");
	assert_line(file("meminfo"), "Committed_AS:         32 kB\n");
	assert_line(file("42/status"), "VmRSS:\t       4 kB\nRssAnon:\t       4 kB\n");
	assert_int_equal(quire_mm_munmap(mm, AT, 4 * PAGE), 0);
	assert_line(file("42/status"), "VmPeak:\t      32 kB\nVmSize:\t      16 kB\n");
	assert_line(text, "VmHWM:\t       4 kB\nVmRSS:\t       0 kB\n");
}

static void test_pagemap(void **state)
{
	u64 e[4];

	map(AT, 3, RW);
	touch(AT + PAGE, QUIRE_ACCESS_WRITE);
	quire_mm_pagemap(mm, AT, 4, e);
	assert_true(e[0] == 0 && e[2] == 0 && e[3] == 0);
	assert_true(e[1] & QUIRE_PAGEMAP_PRESENT);
	assert_true(e[1] & QUIRE_PAGEMAP_EXCLUSIVE);
	assert_false(e[1] & QUIRE_PAGEMAP_FILE);
	assert_true(pfn_valid(e[1] & QUIRE_PAGEMAP_PFN));
}

static void test_names(void **state)
{
	const struct quire_proc_sink sink = { text, collect };
	bool maps = false, statm = false;
	char name[QUIRE_PROC_NAME];
	unsigned int i;

	for (i = 0; quire_proc_name(pm.m, i, name, sizeof(name)); i++) {
		maps |= !strcmp(name, "42/maps");
		statm |= !strcmp(name, "42/statm");
	}
	assert_true(maps && statm);
	assert_int_equal(quire_proc_mode("42/maps"), 0444);
	assert_int_equal(quire_proc_path("42/maps", name, sizeof(name)), 0);
	assert_string_equal(name, "proc/42/maps");
	assert_int_equal(quire_proc_read(pm.m, "43/maps", &sink), -ENOENT);
	assert_int_equal(quire_proc_read(pm.m, "42/mapz", &sink), -ENOENT);
	assert_int_equal(quire_proc_read(pm.m, "042/maps", &sink), -ENOENT);
	assert_int_equal(quire_proc_read(pm.m, "0/maps", &sink), -ENOENT);
	assert_int_equal(quire_proc_read(pm.m, "99999999999999999999/maps", &sink), -ENOENT);
}

static void test_explained(void **state)
{
	struct mm_struct *child;

	map(AT, 3, RW);
	touch(AT, QUIRE_ACCESS_WRITE);
	explained(mm, AT + 5, true);
	assert_line(text, "address 10000005 of pid 42 (sh), tables x86-64\n");
	assert_line(text,
		    "mapping: 10000000-10003000 rw-p, anonymous, accounted, byte 5 of 12288\n");
	assert_line(text, "a read: no fault; a write: no fault\n");
	assert_line(text, "pgd: ");
	assert_line(text, ", a table in frame 0x");
	assert_line(text, ", frame 0x");
	assert_line(text, "page: frame 0x");
	assert_line(text, ", anonymous, exclusive, order 0, flags:");
	assert_line(text, "mapped by 1 page table,");
	assert_line(text,
		    "mapped by: pid 42 (sh) at 10000000, mapping 10000000-10003000, this one\n");
	child = quire_mm_fork(mm);
	child->pid = 43;
	explained(child, AT, true);
	assert_line(text, "anonymous, shared by fork");
	assert_line(text, "a write: a fault that copies the page, or takes it over");
	assert_line(text, "mapped by: pid 42 (sh) at 10000000, mapping 10000000-10003000\n");
	assert_line(text, "mapped by: pid 43 ");
	mmput(child);
	explained(mm, AT + PAGE, false);
	assert_line(text, "pte: empty\n");
	assert_line(text,
		    "a read: a fault that maps the zero page; a write: a fault that maps a page of "
		    "its own\n");
	explained(mm, AT - 1, false);
	assert_line(text, "mapping: none; an access gets SIGSEGV (SEGV_MAPERR)\n");
	assert_line(text, "after it: 10000000-10003000, 1 bytes away\n");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_maps, up, down),
		cmocka_unit_test_setup_teardown(test_smaps, up, down),
		cmocka_unit_test_setup_teardown(test_numa_maps, up, down),
		cmocka_unit_test_setup_teardown(test_sizes, up, down),
		cmocka_unit_test_setup_teardown(test_pagemap, up, down),
		cmocka_unit_test_setup_teardown(test_names, up, down),
		cmocka_unit_test_setup_teardown(test_explained, up, down),
	};

	cmocka_set_test_filter(argc > 1 ? argv[1] : NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
