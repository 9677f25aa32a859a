/* SPDX-License-Identifier: MIT */
/*
 * test_poison.c - clearing, the free pattern, bad pages: each report as text.
 */
#include "page_machine.h"

#include <quire/config.h>
#include <quire/highmem.h>
#include <quire/page_owner.h>

static void up(struct page_machine *pm)
{
	page_machine_config(pm, 64);
	pm->config.vm.page_poison = true;
	page_machine_start(pm);
}

/* Frees @page and gets it again, which the per-CPU list gives back first. */
static struct page *free_and_get(struct page *page, unsigned int order, gfp_t gfp)
{
	struct page *again;

	__free_pages(page, order);
	again = alloc_pages(gfp, order);
	assert_ptr_equal(again, page);
	return again;
}

static void fills_free_pages(void **state)
{
	static struct page_machine pm;
	unsigned char *bytes;
	struct page *page;
	unsigned int i;

	up(&pm);
	page = alloc_pages(GFP_KERNEL, 1);
	bytes = page_address(page);
	memset(bytes, 1, 8192);
	__free_pages(page, 1);
	for (i = 0; i < 8192; i++)
		assert_int_equal(bytes[i], 0xaa);
	page = alloc_pages(GFP_KERNEL, 1);
	assert_int_equal(bytes[0], 0xaa);
	assert_int_equal(pm.logged, 0);
	__free_pages(page, 1);
	page_machine_down(&pm);
}

static void finds_writes_to_free_pages(void **state)
{
	static struct page_machine pm;
	unsigned char *bytes;
	char line[100];
	struct page *page;

	up(&pm);
	page = alloc_pages(GFP_KERNEL, 1);
	bytes = page_address(page);
	__free_pages(page, 1);
	memcpy(bytes + 4096 + 30, "hello, freed page", 17);
	page = alloc_pages(GFP_KERNEL, 1);
	assert_said(&pm, "pagealloc: memory corruption\n");
	snprintf(line, sizeof(line),
		 "%016lx: 68 65 6c 6c 6f 2c 20 66 72 65 65 64 20 70 61 67  hello, freed pag\n",
		 (page_to_pfn(page) << 12) + 4096 + 30);
	assert_said(&pm, line);
	assert_said(&pm, ": 65                                               e\n");
	assert_said(&pm, "page dumped because: pagealloc: corrupted page details\n");
	assert_said(&pm, "CPU: 0 PID: 7 Comm: sh Not tainted\nHardware name: Quire machine\nCall "
			 "Trace:\n <TASK>\n");
	assert_int_equal(said(&pm, "pagealloc:"), 2);
	__free_pages(page, 1);
	page_machine_down(&pm);
}

static void looks_at_all_free_pages(void **state)
{
	static struct page_machine pm;
	struct page *page[3];
	unsigned char *bytes;
	unsigned int i;

	up(&pm);
	assert_int_equal(quire_check_free_pages(pm.m), 0);
	for (i = 0; i < 3; i++)
		page[i] = alloc_pages(GFP_KERNEL, 2);
	for (i = 0; i < 3; i++)
		__free_pages(page[i], 2);
	assert_int_equal(quire_check_free_pages(pm.m), 0);
	assert_int_equal(pm.logged, 0);
	bytes = page_address(page[1]);
	bytes[4 * 4096 - 3] = 7;
	bytes[4096] = 7;
	assert_int_equal(quire_check_free_pages(pm.m), 2);
	assert_int_equal(said(&pm, "pagealloc: memory corruption\n"), 2);
	assert_int_equal(quire_check_free_pages(pm.m), 2); /* left */
	assert_ptr_equal(alloc_pages(GFP_KERNEL, 2), page[2]);
	bytes = page_address(page[2]);
	memset(bytes, 1, 4 * 4096);			       /* by its owner */
	assert_ptr_equal(alloc_pages(GFP_KERNEL, 2), page[1]); /* told once more, and repaired */
	assert_int_equal(quire_check_free_pages(pm.m), 0);
	__free_pages(page[1], 2);
	__free_pages(page[2], 2);
	page_machine_down(&pm);
}

static void tells_a_single_bit(void **state)
{
	static struct page_machine pm;
	unsigned char *bytes;
	struct page *page;

	up(&pm);
	page = alloc_page(GFP_KERNEL);
	bytes = page_address(page);
	__free_page(page);
	bytes[100] ^= 0x10;
	page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	assert_said(&pm, "pagealloc: single bit error\n");
	assert_said(&pm, ": ba  ");
	assert_int_equal(bytes[100], 0);
	__free_page(page);
	page_machine_down(&pm);
}

static void holds_reports_back(void **state)
{
	static struct page_machine pm;
	struct page *page;
	unsigned int i;

	up(&pm);
	page = alloc_page(GFP_KERNEL);
	for (i = 0; i < 12; i++) {
		unsigned char *bytes = page_address(page);

		__free_page(page);
		bytes[0] = 0;
		page = alloc_page(GFP_KERNEL);
	}
	assert_int_equal(said(&pm, "pagealloc: memory corruption\n"), 10);
	quire_machine_advance_ns(pm.m, 6000000000ull);
	__free_page(page);
	*(unsigned char *)page_address(page) = 0;
	page = alloc_page(GFP_KERNEL);
	assert_said(&pm, "check_poison_mem: 2 callbacks suppressed\n");
	assert_int_equal(said(&pm, "pagealloc: memory corruption\n"), 11);
	__free_page(page);
	page_machine_down(&pm);
}

static void never_freed_pages_pass(void **state)
{
	static struct page_machine pm;
	struct page *pages[300];
	unsigned int i;

	up(&pm);
	for (i = 0; i < 300; i++)
		pages[i] = alloc_page(GFP_KERNEL);
	for (i = 0; i < 300; i++)
		__free_page(pages[i]);
	drain_all_pages(NULL);
	for (i = 0; i < 300; i++)
		pages[i] = alloc_page(GFP_KERNEL);
	assert_int_equal(pm.logged, 0);
	for (i = 0; i < 300; i++)
		__free_page(pages[i]);
	page_machine_down(&pm);
}

static void clears_on_request(void **state)
{
	static struct page_machine pm;
	unsigned long *words;
	struct page *page;
	unsigned int i;

	page_machine_config(&pm, 64);
	page_machine_start(&pm);
	page = alloc_pages(GFP_KERNEL, 2);
	words = page_address(page);
	memset(words, 0xff, 16384);
	page = free_and_get(page, 2, GFP_KERNEL | __GFP_ZERO);
	for (i = 0; i < 2048; i++)
		assert_int_equal(words[i], 0);
	__free_pages(page, 2);
	page_machine_down(&pm);
}

static void clears_on_alloc_and_free(void **state)
{
	static struct page_machine pm;
	unsigned char *bytes;
	struct page *page;
	int on_free;

	for (on_free = 0; on_free < 2; on_free++) {
		page_machine_config(&pm, 64);
		pm.config.vm.init_on_alloc = !on_free;
		pm.config.vm.init_on_free = on_free;
		page_machine_start(&pm);
		page = alloc_page(GFP_KERNEL);
		bytes = page_address(page);
		memset(bytes, 7, 4096);
		__free_page(page);
		assert_int_equal(bytes[4095], on_free ? 0 : 7);
		page = alloc_page(GFP_KERNEL);
		assert_int_equal(bytes[4095], 0);
		__free_page(page);
		page_machine_down(&pm);
	}
}

static void no_contents_no_addresses(void **state)
{
	static struct page_machine pm;
	struct page *page;

	page_machine_config(&pm, 64);
	pm.config.contents = false;
	page_machine_start(&pm);
	page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	assert_non_null(page);
	assert_null(page_address(page));
	assert_null(kmap(page));
	assert_null(kmap_local_page(page));
	kunmap(page);
	__free_page(page);
	assert_int_equal(pm.logged, 0);
	page_machine_down(&pm);
}

static void addresses_and_back(void **state)
{
	static struct page_machine pm;
	struct page *page;

	page_machine_config(&pm, 64);
	page_machine_start(&pm);
	page = alloc_page(GFP_KERNEL);
	assert_ptr_equal(page_address(page), quire_this_cpu->linear + (page_to_pfn(page) << 12));
	assert_ptr_equal(virt_to_page((char *)page_address(page) + 4095), page);
	__free_page(page);
	page_machine_down(&pm);
}

/* --- bad pages --------------------------------------------------------------------------- */

static void double_free_is_told(void **state)
{
	static struct page_machine pm;
	struct page *page;
	char line[200];

	page_machine_config(&pm, 64);
	page_machine_start(&pm);
	page = alloc_page(GFP_KERNEL);
	__free_page(page);
	__free_page(page);
	snprintf(line, sizeof(line),
		 "BUG: Bad page state in process sh  pfn:%05lx\npage:%016lx refcount:0 mapcount:0 "
		 "mapping:0000000000000000 index:0x",
		 page_to_pfn(page), 0xffffea0000000000ul + page_to_pfn(page) * 64);
	assert_said(&pm, line);
	snprintf(line, sizeof(line), " pfn:0x%lx\nflags: 0x", page_to_pfn(page));
	assert_said(&pm, line);
	assert_said(&pm, "(node=0|zone=1)\nraw: ");
	assert_said(&pm, "page dumped because: ");
	assert_said(&pm, "double_free_is_told+0x");
	page_machine_down(&pm);
}

static void mapped_and_dirty_pages_stay_out(void **state)
{
	static struct page_machine pm;
	struct page *page, *other;

	page_machine_config(&pm, 64);
	page_machine_start(&pm);
	page = alloc_page(GFP_KERNEL);
	page->mapping = (struct address_space *)8;
	__free_page(page);
	assert_said(&pm, "mapping:0000000000000008");
	assert_said(&pm, "page dumped because: non-NULL mapping\n");
	forget(&pm);
	other = alloc_page(GFP_KERNEL);
	assert_ptr_not_equal(other, page);
	other->flags |= 1ul << PG_lru | 1ul << PG_dirty;
	__free_page(other);
	assert_said(&pm, "(dirty|lru|node=0|zone=1)\n");
	assert_said(&pm, "page dumped because: PAGE_FLAGS_CHECK_AT_FREE flag(s) set\n");
	page_machine_down(&pm);
}

static void compound_pages_show_their_head(void **state)
{
	static struct page_machine pm;
	struct page *page;
	char line[100];

	page_machine_config(&pm, 64);
	page_machine_start(&pm);
	page = alloc_pages(GFP_KERNEL | __GFP_COMP, 2);
	__free_pages(page + 1, 0);
	snprintf(line, sizeof(line),
		 "head:%016lx order:2 compound_mapcount:0 compound_pincount:0\n",
		 0xffffea0000000000ul + page_to_pfn(page) * 64);
	assert_said(&pm, line);
	assert_said(&pm, "(head|node=0|zone=1)\n");
	assert_said(&pm, "\nhead: ");
	__free_pages(page, 2);
	page_machine_down(&pm);
}

static void sixty_a_minute(void **state)
{
	static struct page_machine pm;
	struct page *page;
	unsigned int i;

	page_machine_config(&pm, 64);
	page_machine_start(&pm);
	page = alloc_page(GFP_KERNEL);
	__free_page(page);
	for (i = 0; i < 65; i++)
		__free_page(page);
	assert_int_equal(said(&pm, "BUG: Bad page state in"), 60);
	forget(&pm);
	quire_machine_advance_ns(pm.m, 61000000000ull);
	__free_page(page);
	assert_said(&pm, "BUG: Bad page state: 5 messages suppressed\nBUG: Bad page state in");
	page_machine_down(&pm);
}

static void new_pages_are_checked(void **state)
{
	static struct page_machine pm;
	struct page *page;

	if (!QUIRE_CONFIG_DEBUG)
		skip();
	page_machine_config(&pm, 64);
	page_machine_start(&pm);
	page = alloc_pages(GFP_KERNEL, 2);
	__free_pages(page, 2);
	page[0].flags |= 1ul << PG_active;
	page[2]._refcount.counter = 3;
	page[3].page_type = 0;
	page = alloc_pages(GFP_KERNEL, 2);
	assert_said(&pm, "page dumped because: PAGE_FLAGS_CHECK_AT_PREP flag(s) set\n");
	assert_said(&pm, "page dumped because: nonzero _refcount\n");
	assert_said(&pm, "refcount:0 mapcount:1 ");
	assert_said(&pm, "page dumped because: nonzero mapcount\n");
	assert_int_equal(said(&pm, "BUG: Bad page state in"), 3);
	forget(&pm);
	__free_pages(page, 2);
	assert_int_equal(pm.logged, 0);
	page_machine_down(&pm);
}

/* Nothing happens to a page that stays out: its owner and its contents remain. */
static void bad_pages_keep_what_they_have(void **state)
{
	static struct page_machine pm;
	struct quire_page_owner info;
	struct page *page;

	page_machine_config(&pm, 64);
	pm.config.vm.page_poison = pm.config.vm.page_owner = true;
	page_machine_start(&pm);
	page = alloc_page(GFP_KERNEL);
	memset(page_address(page), 0x11, 4096);
	page->mapping = (struct address_space *)8;
	__free_page(page);
	assert_said(&pm, "page dumped because: non-NULL mapping\n");
	assert_said(&pm, "page_owner tracks the page as allocated\n");
	assert_int_equal(((unsigned char *)page_address(page))[0], 0x11);
	assert_int_equal(quire_page_owner_of(page, &info), 0);
	assert_true(info.allocated);

	page = alloc_pages(GFP_KERNEL | __GFP_COMP, 3);
	memset(page_address(page), 0x22, 8 * 4096);
	__free_pages(page, 2);
	assert_said(&pm, "page dumped because: compound page freed with another order\n");
	assert_int_equal(((unsigned char *)page_address(page))[0], 0x22);
	assert_int_equal(quire_page_owner_of(page, &info), 0);
	assert_true(info.allocated);
	page_machine_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fills_free_pages),
		cmocka_unit_test(finds_writes_to_free_pages),
		cmocka_unit_test(looks_at_all_free_pages),
		cmocka_unit_test(tells_a_single_bit),
		cmocka_unit_test(holds_reports_back),
		cmocka_unit_test(never_freed_pages_pass),
		cmocka_unit_test(clears_on_request),
		cmocka_unit_test(clears_on_alloc_and_free),
		cmocka_unit_test(no_contents_no_addresses),
		cmocka_unit_test(addresses_and_back),
		cmocka_unit_test(double_free_is_told),
		cmocka_unit_test(mapped_and_dirty_pages_stay_out),
		cmocka_unit_test(compound_pages_show_their_head),
		cmocka_unit_test(sixty_a_minute),
		cmocka_unit_test(new_pages_are_checked),
		cmocka_unit_test(bad_pages_keep_what_they_have),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
