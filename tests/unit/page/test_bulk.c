/* SPDX-License-Identifier: MIT */
/*
 * test_bulk.c - many single pages in one call: the same pages as one by one, array slots and
 * lists, and what happens when there is not enough.
 */
#include "machine.h"

#include <quire/trace.h>

#include "page/internal.h"

static void up(struct pm *pm)
{
	pm_config(pm, "0-8000@0"); /* batch 7 */
	pm_up(pm);
}

static void free_all(struct page **pages, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (pages[i])
			__free_page(pages[i]);
}

static void test_same_as_single(void **state)
{
	unsigned long single[100];
	struct page *pages[100];
	unsigned int i;
	struct pm pm;

	up(&pm);
	for (i = 0; i < 100; i++)
		single[i] = pm_pfn(alloc_page(GFP_KERNEL));
	pm_down(&pm);
	memset(pages, 0, sizeof(pages));
	up(&pm);
	assert_int_equal(alloc_pages_bulk_array(GFP_KERNEL, 100, pages), 100);
	for (i = 0; i < 100; i++) {
		assert_int_equal(pm_pfn(pages[i]), single[i]);
		assert_int_equal(page_count(pages[i]), 1);
	}
	assert_int_equal(quire_vm_events(pm.m, PGALLOC_NORMAL), 100);
	assert_int_equal(quire_numa_events(pm.zones[0], NUMA_HIT), 100);
	assert_int_equal(quire_numa_events(pm.zones[0], NUMA_LOCAL), 100);
	free_all(pages, 100);
	pm_down(&pm);
}

static void test_array_with_holes(void **state)
{
	struct page *pages[10] = { NULL }, *mine[3];
	struct pm pm;

	up(&pm);
	mine[0] = pages[0] = alloc_page(GFP_KERNEL);
	mine[1] = pages[4] = alloc_page(GFP_KERNEL);
	mine[2] = pages[9] = alloc_page(GFP_KERNEL);
	assert_int_equal(alloc_pages_bulk_array(GFP_KERNEL, 10, pages), 10);
	assert_ptr_equal(pages[0], mine[0]);
	assert_ptr_equal(pages[4], mine[1]);
	assert_ptr_equal(pages[9], mine[2]);
	assert_int_equal(pm_pfn(pages[1]), 3);
	assert_int_equal(pm_pfn(pages[3]), 5);
	assert_int_equal(pm_pfn(pages[5]), 6);
	assert_int_equal(pm_pfn(pages[8]), 9);
	assert_int_equal(quire_vm_events(pm.m, PGALLOC_NORMAL), 10);
	/* Full: nothing to do. Only as many slots as asked are looked at. */
	assert_int_equal(alloc_pages_bulk_array(GFP_KERNEL, 10, pages), 10);
	__free_page(pages[9]);
	pages[9] = NULL;
	assert_int_equal(alloc_pages_bulk_array(GFP_KERNEL, 9, pages), 9);
	assert_null(pages[9]);
	assert_int_equal(alloc_pages_bulk_array(GFP_KERNEL, 0, pages), 0);
	assert_int_equal(quire_vm_events(pm.m, PGALLOC_NORMAL), 10);
	free_all(pages, 10);
	pm_down(&pm);
}

static void test_list(void **state)
{
	struct list_head list;
	struct page *page, *next;
	unsigned long pfn = 4;
	struct pm pm;

	up(&pm);
	INIT_LIST_HEAD(&list);
	assert_int_equal(alloc_pages_bulk_list(GFP_KERNEL, 5, &list), 5);
	list_for_each_entry_safe (page, next, &list, lru) {
		assert_int_equal(page_to_pfn(page), pfn); /* each before the one before */
		pfn--;
		list_del(&page->lru);
		__free_page(page);
	}
	assert_int_equal(alloc_pages_bulk_list(GFP_KERNEL, 0, &list), 0);
	assert_true(list_empty(&list));
	pm_down(&pm);
}

/* The short way, without debug builds' checks: what is listed goes at once, the rest is refilled.
 */
static void test_list_of_listed_pages(void **state)
{
	struct page *page, *first, *next;
	struct per_cpu_pages *pcp;
	struct list_head list;
	unsigned long pfn = 1, after = 0;
	struct pm pm;

	up(&pm);
	set_hooks(pm.m->page, 0, HOOK_CHECK);
	pcp = quire_zone_pcp(pm.zones[0], 0);
	first = alloc_page(GFP_KERNEL);
	assert_int_equal(pm_pfn(first), 0);
	INIT_LIST_HEAD(&list);
	assert_int_equal(alloc_pages_bulk_list(GFP_KERNEL, 2, &list), 2);
	assert_int_equal(pcp->count, pm.zones[0]->pageset_batch - 3);
	assert_int_equal(alloc_pages_bulk_list(GFP_KERNEL, 9, &list), 9);
	list_for_each_entry_safe_reverse (page, next, &list, lru) {
		assert_int_equal(page_to_pfn(page), pfn);
		assert_int_equal(page_ref_count(page), 1);
		list_del(&page->lru);
		__free_page(page);
		pfn++;
		after++;
	}
	assert_int_equal(after, 11);
	__free_page(first);
	pm_down(&pm);
}

static void test_zeroed(void **state)
{
	struct page *pages[8] = { NULL };
	unsigned int i, k;
	struct pm pm;

	pm_config(&pm, "0-8000@0");
	pm.config.contents = true;
	pm_up(&pm);
	assert_int_equal(alloc_pages_bulk_array(GFP_KERNEL, 8, pages), 8);
	for (i = 0; i < 8; i++)
		memset(page_address(pages[i]), 0x77, 4096);
	free_all(pages, 8);
	memset(pages, 0, sizeof(pages));
	assert_int_equal(alloc_pages_bulk_array(GFP_KERNEL | __GFP_ZERO, 8, pages), 8);
	for (i = 0; i < 8; i++)
		for (k = 0; k < 4096; k++)
			assert_int_equal(((char *)page_address(pages[i]))[k], 0);
	free_all(pages, 8);
	pm_down(&pm);
}

/* The asked node alone; when it is short, one page from wherever there is one. */
static void test_nodes(void **state)
{
	struct page *pages[64] = { NULL };
	struct pm pm;
	unsigned int i;

	pm_config(&pm, "0-1000@0 1000-2000@1");
	pm.config.vm.min_free_kbytes = 512;
	pm_up(&pm);
	assert_int_equal(alloc_pages_bulk_array_node(GFP_KERNEL, 1, 64, pages), 64);
	for (i = 0; i < 64; i++)
		assert_int_equal(page_to_nid(pages[i]), 1);
	assert_int_equal(quire_numa_events(pm.zones[1], NUMA_HIT), 64);
	assert_int_equal(quire_numa_events(pm.zones[1], NUMA_OTHER), 64);
	free_all(pages, 64);
	memset(pages, 0, sizeof(pages));
	assert_int_equal(alloc_pages_bulk_array_node(GFP_KERNEL, NUMA_NO_NODE, 2, pages), 2);
	assert_int_equal(page_to_nid(pages[0]), 0);
	free_all(pages, 2);
	memset(pages, 0, sizeof(pages));
	while (alloc_pages_node(1, GFP_KERNEL | __GFP_THISNODE | __GFP_NOWARN, 4))
		;
	assert_int_equal(alloc_pages_bulk_array_node(GFP_KERNEL, 1, 64, pages), 1);
	assert_int_equal(page_to_nid(pages[0]), 0);
	assert_null(pages[1]);
	free_all(pages, 1);
	pm_down(&pm);
}

/*
 * The low mark holds with all pages given, slots that are filled already included; where it does
 * not, one page comes the ordinary way.
 */
static void test_mark(void **state)
{
	static struct page *pages[200];
	unsigned long free, low;
	struct pm pm;

	memset(pages, 0, sizeof(pages));
	pm_config(&pm, "0-1000@0");
	pm.config.vm.min_free_kbytes = 4096;
	pm_up(&pm);
	low = low_wmark_pages(pm.zones[0]);
	while (zone_page_state_snapshot(pm.zones[0], NR_FREE_PAGES) > low + 128)
		assert_non_null(alloc_pages(GFP_KERNEL, 4));
	quire_refresh_cpu_vm_stats(pm.m, 0);
	free = zone_page_state(pm.zones[0], NR_FREE_PAGES);
	assert_int_equal(free, low + 128);
	assert_int_equal(alloc_pages_bulk_array(GFP_KERNEL, 128, pages), 1);
	free_all(pages, 1);
	drain_local_pages(NULL);
	quire_refresh_cpu_vm_stats(pm.m, 0);
	pages[0] = NULL;
	assert_int_equal(alloc_pages_bulk_array(GFP_KERNEL, 127, pages), 127);
	free_all(pages + 1, 126);
	memset(pages + 1, 0, sizeof(pages) - sizeof(pages[0]));
	drain_local_pages(NULL);
	quire_refresh_cpu_vm_stats(pm.m, 0);
	/* 127 free above the mark, 126 wanted, but 127 slots asked for. */
	assert_int_equal(alloc_pages_bulk_array(GFP_KERNEL, 127, pages), 2);
	free_all(pages, 127);
	pm_down(&pm);
}

/* The answer is how many slots at the array's beginning are filled; others stay as they are. */
static void test_nothing_left(void **state)
{
	struct page *pages[4] = { NULL };
	struct pm pm;

	pm_config(&pm, "0-1000@0");
	pm_up(&pm);
	pages[2] = alloc_page(GFP_KERNEL);
	while (alloc_page(GFP_KERNEL | __GFP_NOWARN))
		;
	assert_int_equal(alloc_pages_bulk_array(GFP_KERNEL | __GFP_NOWARN, 4, pages), 0);
	assert_null(pages[0]);
	assert_non_null(pages[2]);
	pages[0] = pages[2];
	assert_int_equal(alloc_pages_bulk_array(GFP_KERNEL | __GFP_NOWARN, 4, pages), 1);
	pm_down(&pm);
}

static void count_alloc_events(void *ctx, struct page *page, unsigned int order, gfp_t gfp, int mt)
{
	++*(unsigned int *)ctx;
}

/* Linux has no event for them, but for a page that comes the ordinary way. */
static void test_events(void **state)
{
	unsigned int seen = 0;
	struct quire_page_trace trace = { .ctx = &seen, .alloc = count_alloc_events };
	struct page *pages[4] = { NULL };
	struct pm pm;

	up(&pm);
	quire_page_trace_set(pm.m, &trace);
	assert_int_equal(alloc_pages_bulk_array(GFP_KERNEL, 3, pages), 3);
	assert_int_equal(seen, 0);
	assert_int_equal(alloc_pages_bulk_array(GFP_KERNEL, 4, pages), 4); /* the last slot */
	assert_int_equal(seen, 1);
	__free_page(pages[1]);
	pages[1] = NULL;
	assert_int_equal(alloc_pages_bulk_array(GFP_KERNEL, 4, pages),
			 4); /* one, but not the last */
	assert_int_equal(seen, 1);
	free_all(pages, 4);
	pages[0] = NULL;
	assert_int_equal(alloc_pages_bulk_array(GFP_KERNEL, 1, pages), 1);
	assert_int_equal(seen, 2);
	free_all(pages, 1);
	quire_page_trace_set(pm.m, NULL);
	pm_down(&pm);
}

/* The types have lists of their own here, too. */
static void test_types(void **state)
{
	struct page *pages[4] = { NULL };
	struct pm pm;

	up(&pm);
	assert_int_equal(alloc_pages_bulk_array(GFP_HIGHUSER_MOVABLE, 2, pages), 2);
	assert_int_equal(get_pageblock_migratetype(pages[0]), MIGRATE_MOVABLE);
	assert_int_equal(alloc_pages_bulk_array(GFP_KERNEL | __GFP_RECLAIMABLE, 4, pages), 4);
	assert_int_equal(get_pageblock_migratetype(pages[3]), MIGRATE_RECLAIMABLE);
	free_all(pages, 4);
	pm_down(&pm);
}

/* Blocks of another type are taken at once: only a single request tries the zone below first. */
static void test_steals(void **state)
{
	struct page *block[128], *rest, *pages[10] = { NULL };
	unsigned int nr = 0, i;
	struct pm pm;

	pm_config(&pm, "0-4000@0");
	pm.config.dma32_limit = 16ull << 20;
	pm.config.vm.min_free_kbytes = 128;
	pm_up(&pm);
	while (nr < 128 && (block[nr] = alloc_pages(GFP_HIGHUSER_MOVABLE | __GFP_NOWARN, 8)))
		nr++;
	assert_true(nr < 128);
	for (i = 0; i < nr; i += 2)
		if (page_zonenum(block[i]) == ZONE_NORMAL) {
			__free_pages(block[i], 8);
			block[i] = NULL;
		}
	/* Not even a whole page block is left. */
	rest = alloc_pages(GFP_HIGHUSER_MOVABLE, 9);
	assert_int_equal(pm.zones[1]->free_area[9].nr_free, 0);
	assert_int_equal(alloc_pages_bulk_array(GFP_KERNEL, 10, pages), 10);
	for (i = 0; i < 10; i++)
		assert_int_equal(page_zonenum(pages[i]), ZONE_NORMAL);
	free_all(pages, 10);
	__free_pages(rest, 9);
	for (i = 0; i < nr; i++)
		if (block[i])
			__free_pages(block[i], 8);
	pm_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_as_single), cmocka_unit_test(test_array_with_holes),
		cmocka_unit_test(test_list),	       cmocka_unit_test(test_list_of_listed_pages),
		cmocka_unit_test(test_zeroed),	       cmocka_unit_test(test_nodes),
		cmocka_unit_test(test_mark),	       cmocka_unit_test(test_nothing_left),
		cmocka_unit_test(test_events),	       cmocka_unit_test(test_types),
		cmocka_unit_test(test_steals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
