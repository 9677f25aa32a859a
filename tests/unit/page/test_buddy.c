/* SPDX-License-Identifier: MIT */
/*
 * test_buddy.c - splitting, merging, and which end of a list a block goes to.
 *
 * Per-CPU lists are kept out of the way: orders above 3 never touch them.
 */
#include "machine.h"

static void test_split_gives_back_upper_halves(void **state)
{
	struct pm pm;
	struct page *page;

	pm_config(&pm, "0-400@0");
	pm_up(&pm);
	assert_free(&pm, 0, "M 0.10");
	/* Unmovable: the whole block changes type, then is halved down to order 4. */
	page = alloc_pages(GFP_KERNEL, 4);
	assert_int_equal(pm_pfn(page), 0);
	assert_free(&pm, 0, "U 10.4 20.5 40.6 80.7 100.8 200.9");
	__free_pages(page, 4);
	assert_free(&pm, 0, "U 0.10");
	pm_down(&pm);
}

static void test_merge_stops_at_a_used_buddy(void **state)
{
	struct pm pm;
	struct page *a, *b, *c;

	pm_config(&pm, "0-400@0");
	pm_up(&pm);
	a = alloc_pages(GFP_KERNEL, 4);
	b = alloc_pages(GFP_KERNEL, 4);
	c = alloc_pages(GFP_KERNEL, 5);
	assert_int_equal(pm_pfn(b), 0x10);
	assert_int_equal(pm_pfn(c), 0x20);
	__free_pages(a, 4);
	assert_free(&pm, 0, "U 0.4 40.6 80.7 100.8 200.9");
	__free_pages(b, 4); /* joins 0, not 20, which is used */
	assert_free(&pm, 0, "U 0.5 40.6 80.7 100.8 200.9");
	__free_pages(c, 5);
	assert_free(&pm, 0, "U 0.10");
	pm_down(&pm);
}

/* A block whose parent's buddy is free waits at the tail; any other at the head. */
static void test_head_or_tail(void **state)
{
	struct pm pm;
	struct page *p[8];
	unsigned int i;

	pm_config(&pm, "0-400@0");
	pm_up(&pm);
	for (i = 0; i < 8; i++)
		p[i] = alloc_pages(GFP_KERNEL, 4);
	assert_int_equal(pm_pfn(p[7]), 0x70);
	assert_free(&pm, 0, "U 80.7 100.8 200.9");
	__free_pages(p[0], 4); /* parent 0.5, its buddy 20.5 is used: head */
	__free_pages(p[4], 4); /* the same */
	assert_free(&pm, 0, "U 40.4 0.4 80.7 100.8 200.9");
	__free_pages(p[2], 4);
	__free_pages(p[3], 4); /* 20.5 is free now */
	assert_free(&pm, 0, "U 40.4 0.4 20.5 80.7 100.8 200.9");
	__free_pages(p[6], 4); /* parent 60.5, buddy 40.5 not whole: head */
	assert_free(&pm, 0, "U 60.4 40.4 0.4 20.5 80.7 100.8 200.9");
	__free_pages(p[7], 4); /* 60.5: parent 40.6, buddy 0.6 not free: head of order 5 */
	assert_free(&pm, 0, "U 40.4 0.4 60.5 20.5 80.7 100.8 200.9");
	__free_pages(p[5], 4); /* 40.6 whole; parent 0.7, buddy 80.7 is free: tail */
	assert_free(&pm, 0, "U 0.4 20.5 40.6 80.7 100.8 200.9");
	__free_pages(p[1], 4);
	assert_free(&pm, 0, "U 0.10");
	pm_down(&pm);
}

/*
 * Memory that ends off a largest block, and a hole: blocks never reach over either. No page
 * block begins in memory, so its type stays unmovable, as in Linux.
 */
static void test_edges_and_holes(void **state)
{
	struct pm pm;

	pm_config(&pm, "1-9f@0 100-13c@0");
	pm_up(&pm);
	assert_free(&pm, 0,
		    "U 1.0 9e.0 2.1 9c.1 4.2 98.2 138.2 8.3 90.3 130.3 10.4 80.4 120.4 20.5 100.5 "
		    "40.6");
	pm_down(&pm);
}

static void test_max_order_is_the_machines(void **state)
{
	struct pm pm;

	pm_config(&pm, "0-40@0");
	pm.config.max_order = 4;
	pm.config.pageblock_order = 3;
	pm_up(&pm);
	assert_free(&pm, 0, "M 0.3 8.3 10.3 18.3 20.3 28.3 30.3 38.3");
	assert_null(alloc_pages(GFP_KERNEL | __GFP_NOWARN, 4));
	pm_down(&pm);
}

/* Structs of a block that nobody took yet are not there; they come when it is taken apart. */
static void test_lazy_structs(void **state)
{
	struct pm pm;
	struct page *page;

	pm_config(&pm, "0-800@0");
	pm_up(&pm);
	page = pfn_to_page(0x401);
	assert_int_equal(page->page_type, 0);
	assert_int_equal(pm_pfn(alloc_pages(GFP_KERNEL, 10)), 0);
	assert_int_equal(page->page_type, 0);
	assert_int_equal(pm_pfn(alloc_pages(GFP_KERNEL, 4)), 0x400);
	assert_int_equal(page->page_type, ~0u);
	assert_int_equal(page_to_nid(page), 0);
	assert_ptr_equal(page_zone(page), pm.zones[0]);
	pm_down(&pm);
}

/* A page mapped once holds 0 where others say their type; it still is a frame of its zone. */
static void test_mapped_pages_count(void **state)
{
	unsigned long count[MIGRATE_TYPES], sum = 0;
	struct page *page;
	struct pm pm;
	int mt;

	pm_config(&pm, "0-1000@0");
	pm_up(&pm);
	page = alloc_pages(GFP_HIGHUSER_MOVABLE, 10);
	assert_non_null(page);
	page[0]._mapcount.counter = page[512]._mapcount.counter = 0;
	quire_zone_block_types(pm.zones[0], count);
	for (mt = 0; mt < MIGRATE_TYPES; mt++)
		sum += count[mt];
	assert_int_equal(sum, 8);
	page[0]._mapcount.counter = page[512]._mapcount.counter = -1;
	__free_pages(page, 10);
	pm_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split_gives_back_upper_halves),
		cmocka_unit_test(test_merge_stops_at_a_used_buddy),
		cmocka_unit_test(test_head_or_tail),
		cmocka_unit_test(test_edges_and_holes),
		cmocka_unit_test(test_max_order_is_the_machines),
		cmocka_unit_test(test_lazy_structs),
		cmocka_unit_test(test_mapped_pages_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
