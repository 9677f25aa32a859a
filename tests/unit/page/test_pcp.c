/* SPDX-License-Identifier: MIT */
/*
 * test_pcp.c - per-CPU lists: refill, order of pages, drain, factor, remote drain.
 *
 * The machine has 128 MiB: batch 7 (32768 >> 10 = 32, / 4 = 8, 8 + 4 = 12, rounded down
 * to 8, less 1), high as the test sets it through percpu_pagelist_high_fraction.
 */
#include <quire/trace.h>

#include "machine.h"

#define HIGH 128

static void up(struct pm *pm)
{
	pm_config(pm, "0-8000@0");
	pm->config.vm.percpu_pagelist_high_fraction = 0x8000 / HIGH;
	pm->config.vm.min_free_kbytes = 512;
	pm_up(pm);
	assert_int_equal(pm->zones[0]->pageset_batch, 7);
	assert_int_equal(pm->zones[0]->pageset_high_min, HIGH);
}

static struct per_cpu_pages *pcp(struct pm *pm)
{
	return quire_zone_pcp(pm->zones[0], quire_this_cpu->id);
}

static void test_refill_is_a_batch_in_order(void **state)
{
	struct pm pm;
	struct page *a, *b;

	up(&pm);
	a = alloc_page(GFP_KERNEL);
	assert_int_equal(pm_pfn(a), 0);
	assert_string_equal(pm_pcp_list(&pm, 0, 0, MIGRATE_UNMOVABLE), "1 2 3 4 5 6");
	/* The pages of the list count as taken from the zone. */
	assert_int_equal(zone_page_state_snapshot(pm.zones[0], NR_FREE_PAGES), 0x8000 - 7);
	assert_int_equal(pcp(&pm)->count, 6);
	b = alloc_page(GFP_KERNEL);
	assert_int_equal(pm_pfn(b), 1);
	/* What was freed last comes first. */
	__free_page(a);
	assert_string_equal(pm_pcp_list(&pm, 0, 0, MIGRATE_UNMOVABLE), "0 2 3 4 5 6");
	assert_ptr_equal(alloc_page(GFP_KERNEL), a);
	__free_page(a);
	__free_page(b);
	pm_down(&pm);
}

static void test_orders_and_types_apart(void **state)
{
	struct pm pm;
	struct page *u, *m, *o1, *o3;

	up(&pm);
	u = alloc_page(GFP_KERNEL);
	m = alloc_page(GFP_HIGHUSER_MOVABLE);
	o1 = alloc_pages(GFP_KERNEL, 1);
	o3 = alloc_pages(GFP_KERNEL, 3);
	/* batch >> order, at least two */
	assert_string_equal(pm_pcp_list(&pm, 0, 1, MIGRATE_UNMOVABLE), "a c");
	assert_string_equal(pm_pcp_list(&pm, 0, 3, MIGRATE_UNMOVABLE), "18");
	assert_string_equal(pm_pcp_list(&pm, 0, 0, MIGRATE_MOVABLE), "401 402 403 404 405 406");
	assert_int_equal(pm_pfn(o1), 8);
	assert_int_equal(pm_pfn(o3), 0x10);
	__free_pages(o3, 3);
	assert_string_equal(pm_pcp_list(&pm, 0, 3, MIGRATE_UNMOVABLE), "10 18");
	/* A freed page goes to the list of its page block's type, not of its request. */
	set_pageblock_migratetype(m, MIGRATE_RECLAIMABLE);
	__free_page(m);
	assert_string_equal(pm_pcp_list(&pm, 0, 0, MIGRATE_RECLAIMABLE), "400");
	set_pageblock_migratetype(m, MIGRATE_MOVABLE);
	__free_pages(o1, 1);
	__free_page(u);
	pm_down(&pm);
}

/* At high a batch goes back from the tail; frees in a row double it each time. */
static void test_drain_grows(void **state)
{
	static struct page *page[300];
	struct pm pm;
	unsigned int i;

	up(&pm);
	for (i = 0; i < 300; i++)
		page[i] = alloc_page(GFP_KERNEL);
	drain_local_pages(NULL);
	assert_int_equal(pcp(&pm)->count, 0);
	for (i = 0; i < HIGH - 1; i++)
		__free_page(page[i]);
	assert_int_equal(pcp(&pm)->count, HIGH - 1);
	assert_int_equal(pcp(&pm)->free_factor, 0);
	__free_page(page[i++]);
	assert_int_equal(pcp(&pm)->count, HIGH - 7);
	assert_int_equal(pcp(&pm)->free_factor, 1);
	/* The coldest went: 0..6 are in the free lists again, as far as they merge. */
	assert_true(PageBuddy(pfn_to_page(0)));
	assert_false(PageBuddy(pfn_to_page(7)));
	for (; pcp(&pm)->count < HIGH - 1; i++)
		__free_page(page[i]);
	__free_page(page[i++]);
	assert_int_equal(pcp(&pm)->count, HIGH - 14);
	assert_int_equal(pcp(&pm)->free_factor, 2);
	/* An allocation halves it. */
	__free_page(alloc_page(GFP_KERNEL));
	assert_int_equal(pcp(&pm)->free_factor, 1);
	for (; i < 300; i++)
		__free_page(page[i]);
	pm_down(&pm);
}

/* While drains are under way a free of order 1..3 gives everything back. */
static void test_high_order_free_drains_all(void **state)
{
	static struct page *page[200];
	struct pm pm;
	struct page *big;
	unsigned int i;

	up(&pm);
	big = alloc_pages(GFP_KERNEL, 2);
	for (i = 0; i < 200; i++)
		page[i] = alloc_page(GFP_KERNEL);
	for (i = 0; pcp(&pm)->free_factor == 0; i++)
		__free_page(page[i]);
	assert_true(pcp(&pm)->count > 50);
	__free_pages(big, 2);
	assert_int_equal(pcp(&pm)->count, 0);
	for (; i < 200; i++)
		__free_page(page[i]);
	pm_down(&pm);
}

static void test_reclaim_shortens_lists(void **state)
{
	static struct page *page[100];
	struct pm pm;
	unsigned int i;

	up(&pm);
	for (i = 0; i < 100; i++)
		page[i] = alloc_page(GFP_KERNEL);
	drain_local_pages(NULL);
	quire_set_reclaim_active(pm.zones[0], true);
	for (i = 0; i < 100; i++) {
		__free_page(page[i]);
		assert_true(pcp(&pm)->count < 4 * 7);
	}
	quire_set_reclaim_active(pm.zones[0], false);
	pm_down(&pm);
}

static void test_remote_drain(void **state)
{
	struct pm pm;
	struct page *page;

	pm_config(&pm, "0-8000@0");
	pm.config.nr_cpus = 2;
	pm_up(&pm);
	page = alloc_page(GFP_KERNEL);
	assert_int_equal(quire_cpu_enter(pm.m, 1), 0);
	__free_page(page);
	assert_int_equal(pcp(&pm)->count, 1);
	assert_true(quire_zone_pcp(pm.zones[0], 0)->count > 0);
	drain_all_pages(pm.zones[0]);
	assert_int_equal(pcp(&pm)->count, 0);
	assert_int_equal(quire_zone_pcp(pm.zones[0], 0)->count, 0);
	assert_int_equal(zone_page_state_snapshot(pm.zones[0], NR_FREE_PAGES), 0x8000);
	pm_down(&pm);
}

/* Whole runs at a time or page by page under trace: the same pages in the same order. */
static void ignore(void *ctx, struct page *page, unsigned int order, int mt, bool refill)
{
	++*(unsigned int *)ctx;
}

static void test_run_equals_single_steps(void **state)
{
	unsigned int seen = 0, i, k, order;
	struct quire_page_trace trace = { .ctx = &seen, .zone_locked = ignore };
	unsigned long first[2][60];
	struct pm pm;
	struct page *held[60];

	for (k = 0; k < 2; k++) {
		up(&pm);
		if (k)
			quire_page_trace_set(pm.m, &trace);
		for (i = 0; i < 60; i++) {
			order = i * 7 % 4;
			held[i] = alloc_pages(i % 5 ? GFP_KERNEL : GFP_HIGHUSER_MOVABLE, order);
			first[k][i] = pm_pfn(held[i]);
		}
		for (i = 0; i < 60; i++)
			__free_pages(held[i], i * 7 % 4);
		pm_down(&pm);
	}
	assert_true(seen >= 60);
	assert_memory_equal(first[0], first[1], sizeof(first[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refill_is_a_batch_in_order),
		cmocka_unit_test(test_orders_and_types_apart),
		cmocka_unit_test(test_drain_grows),
		cmocka_unit_test(test_high_order_free_drains_all),
		cmocka_unit_test(test_reclaim_shortens_lists),
		cmocka_unit_test(test_remote_drain),
		cmocka_unit_test(test_run_equals_single_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
