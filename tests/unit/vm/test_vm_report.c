/* SPDX-License-Identifier: MIT */
/*
 * test_vm_report.c - what must not be, made on purpose: the reports in Linux's form.
 */
#include "vm_machine.h"

static struct vm_machine vm;

static void start(void)
{
	vm_machine_config(&vm, 64);
	vm_machine_start(&vm);
	memcpy(vm.mm->comm, "sh", 3);
}

static void test_bad_page_map(void **state)
{
	unsigned long at;
	struct page *page;

	(void)state;
	start();
	at = vm_map(vm.mm, VM_BASE, 1, RW, ANON, NULL);
	poke(vm.mm, at, 1);
	page = vm_page(vm.mm, at);
	page->_mapcount.counter = -1; /* the entry is there, the page does not know of it */
	quire_mm_munmap(vm.mm, at, VM_PAGE);
	assert_said(&vm.pm, "BUG: Bad page map in process sh  pte:80000000");
	assert_said(&vm.pm, "page dumped because: bad pte");
	assert_said(&vm.pm, "addr:0000000010000000 vm_flags:08100073");
	forget(&vm.pm);
	vm_machine_down(&vm);
}

static void test_bad_rss_counter(void **state)
{
	(void)state;
	start();
	vm.mm->rss[MM_SHMEMPAGES] = 3;
	mmput(vm.mm);
	vm.mm = NULL;
	assert_said(&vm.pm, "BUG: Bad rss-counter state mm:");
	assert_said(&vm.pm, "type:MM_SHMEMPAGES val:3");
	forget(&vm.pm);
	vm_machine_down(&vm);
}

static void test_page_still_mapped(void **state)
{
	struct file *file;
	struct page *page;
	char byte;

	(void)state;
	start();
	file = quire_memfs_create("/f", VM_PAGE);
	assert_int_equal(quire_file_read(file, &byte, 1, 0), 1);
	page = find_get_page(file->f_mapping, 0);
	page->_mapcount.counter = 0; /* mapped by nobody who could be found */
	/* While somebody has the file a fault may map a page that is leaving; at its end nobody
	 * can. */
	fput(file);
	assert_said(&vm.pm, "BUG: Bad page cache in process");
	page->_mapcount.counter = -1;
	put_page(page);
	forget(&vm.pm);
	vm_machine_down(&vm);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_bad_page_map),
	cmocka_unit_test(test_bad_rss_counter),
	cmocka_unit_test(test_page_still_mapped),
};

VM_MAIN(tests)
