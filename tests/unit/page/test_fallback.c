/* SPDX-License-Identifier: MIT */
/*
 * test_fallback.c - which type's pages are taken when a list is empty, and what becomes of
 * the page block. The order of types tested here is the table in page/fallback.c.
 */
#include "machine.h"

/* Page blocks of 32 frames in a machine of a few: small enough to see. */
static void up_with(struct pm *pm, const char *ranges)
{
	pm_config(pm, ranges);
	pm->config.max_order = 6;
	pm->config.pageblock_order = 5;
	pm->config.vm.min_free_kbytes = 0;
	pm->config.vm.watermark_boost_factor = 0;
	pm_up(pm);
}

static void up(struct pm *pm)
{
	up_with(pm, "0-40@0");
}

static int type_of(unsigned long pfn)
{
	return get_pageblock_migratetype(pfn_to_page(pfn));
}

static void test_whole_block_changes_type(void **state)
{
	struct pm pm;
	struct page *page;

	up(&pm);
	assert_free(&pm, 0, "M 0.5 20.5");
	page = alloc_pages(GFP_KERNEL, 4);
	assert_int_equal(type_of(0), MIGRATE_UNMOVABLE);
	assert_int_equal(type_of(0x20), MIGRATE_MOVABLE);
	assert_free(&pm, 0, "U 10.4 | M 20.5");
	__free_pages(page, 4);
	pm_down(&pm);
}

/* Each type's table: with a block of each other type to be had, the first one's is taken. */
static void test_order_of_types(void **state)
{
	static const struct {
		gfp_t gfp;
		unsigned long first, second;
	} rows[] = {
		{ GFP_KERNEL, 0x30, 0x50 },
		{ GFP_HIGHUSER_MOVABLE, 0x30, 0x10 },
		{ GFP_KERNEL | __GFP_RECLAIMABLE, 0x10, 0x50 },
	};
	unsigned int i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pm pm;

		up_with(&pm, "0-60@0");
		alloc_pages(GFP_KERNEL, 4);
		alloc_pages(GFP_KERNEL | __GFP_RECLAIMABLE, 4);
		alloc_pages(GFP_HIGHUSER_MOVABLE, 4);
		assert_free(&pm, 0, "U 10.4 | M 50.4 | R 30.4");
		alloc_pages(rows[i].gfp, 4); /* the type's own */
		assert_int_equal(pm_pfn(alloc_pages(rows[i].gfp, 4)), rows[i].first);
		assert_int_equal(pm_pfn(alloc_pages(rows[i].gfp, 4)), rows[i].second);
		pm_down(&pm);
	}
}

/* Unmovable: reclaimable first, then movable. */
static void test_unmovable_prefers_reclaimable(void **state)
{
	struct pm pm;

	up(&pm);
	assert_int_equal(pm_pfn(alloc_pages(GFP_KERNEL | __GFP_RECLAIMABLE, 4)), 0);
	assert_free(&pm, 0, "M 20.5 | R 10.4");
	/* Order 5 is looked for first: the largest block wins over the better type. */
	assert_int_equal(pm_pfn(alloc_pages(GFP_KERNEL, 4)), 0x20);
	assert_free(&pm, 0, "U 30.4 | R 10.4");
	assert_int_equal(pm_pfn(alloc_pages(GFP_KERNEL, 4)), 0x30);
	/* Now only the reclaimable half is left. */
	assert_int_equal(pm_pfn(alloc_pages(GFP_KERNEL, 4)), 0x10);
	pm_down(&pm);
}

/* Movable takes the smallest block of another type and leaves the page block's type. */
static void test_movable_takes_the_smallest(void **state)
{
	struct pm pm;

	pm_config(&pm, "0-400@0");
	pm.config.vm.min_free_kbytes = 0;
	pm.config.vm.watermark_boost_factor = 0;
	pm_up(&pm);
	assert_int_equal(pm_pfn(alloc_pages(GFP_KERNEL, 9)), 0);
	assert_int_equal(pm_pfn(alloc_pages(GFP_KERNEL, 8)), 0x200);
	assert_int_equal(pm_pfn(alloc_pages(GFP_KERNEL, 7)), 0x300);
	assert_int_equal(pm_pfn(alloc_pages(GFP_KERNEL, 6)), 0x380);
	assert_int_equal(pm_pfn(alloc_pages(GFP_KERNEL, 5)), 0x3c0);
	assert_int_equal(pm_pfn(alloc_pages(GFP_KERNEL, 4)), 0x3e0);
	assert_free(&pm, 0, "U 3f0.4");
	/* Order 4 is half of the page-block order 9: the block may be taken over, yet too little
	 * of it is free. */
	assert_int_equal(pm_pfn(alloc_pages(GFP_HIGHUSER_MOVABLE, 4)), 0x3f0);
	assert_int_equal(type_of(0x3f0), MIGRATE_UNMOVABLE);
	pm_down(&pm);
}

/* All free pages of the page block come along, to the tail, and so does the block if mostly ours.
 */
static void test_steal_moves_free_pages(void **state)
{
	struct pm pm;
	struct page *held;

	pm_config(&pm, "0-400@0");
	pm.config.vm.min_free_kbytes = 0;
	pm.config.vm.watermark_boost_factor = 0;
	pm_up(&pm);
	assert_int_equal(pm_pfn(alloc_pages(GFP_HIGHUSER_MOVABLE, 9)), 0);
	held = alloc_pages(GFP_HIGHUSER_MOVABLE, 4);
	assert_int_equal(pm_pfn(held), 0x200);
	assert_free(&pm, 0, "M 210.4 220.5 240.6 280.7 300.8");
	assert_int_equal(pm_pfn(alloc_pages(GFP_KERNEL, 4)), 0x210);
	assert_int_equal(type_of(0x200), MIGRATE_UNMOVABLE);
	assert_free(&pm, 0, "U 220.5 240.6 280.7 300.8");
	/* A page of it that comes back joins the new type. */
	__free_pages(held, 4);
	assert_free(&pm, 0, "U 200.4 220.5 240.6 280.7 300.8");
	pm_down(&pm);
}

static void test_highatomic_reserve(void **state)
{
	struct pm pm;
	struct page *page;
	unsigned long left = 0;

	pm_config(&pm, "0-4000@0");
	pm.config.vm.min_free_kbytes = 1024;
	pm_up(&pm);
	/* Until the low mark fails, an atomic request is like any other. */
	page = alloc_pages(GFP_ATOMIC, 4);
	assert_int_equal(pm.zones[0]->nr_reserved_highatomic, 0);
	while (alloc_pages(GFP_NOWAIT | __GFP_NOWARN | __GFP_NOMEMALLOC, 0))
		left++;
	assert_true(left > 0x3000);
	__free_pages(page, 4);
	/* Below it, a high-order one sets its page block aside. */
	page = alloc_pages(GFP_ATOMIC | __GFP_NOWARN, 1);
	assert_non_null(page);
	assert_int_equal(pm.zones[0]->nr_reserved_highatomic, 512);
	assert_int_equal(get_pageblock_migratetype(page), MIGRATE_HIGHATOMIC);
	pm_down(&pm);
}

/* What is smaller than half a page block is not taken over: the smallest block that will do. */
static void test_movable_below_half_a_block(void **state)
{
	struct page *page[2];
	struct pm pm;

	pm_config(&pm, "0-400@0");
	pm.config.vm.min_free_kbytes = 0;
	pm.config.vm.watermark_boost_factor = 0;
	pm_up(&pm);
	alloc_pages(GFP_KERNEL, 9);
	alloc_pages(GFP_KERNEL, 8);
	alloc_pages(GFP_KERNEL, 7);
	alloc_pages(GFP_KERNEL, 6);
	alloc_pages(GFP_KERNEL, 5);
	page[0] = alloc_pages(GFP_KERNEL, 4);
	alloc_pages(GFP_KERNEL, 3);	      /* 3f0; 3f8.3 is left */
	page[1] = alloc_pages(GFP_KERNEL, 2); /* 3f8 */
	drain_local_pages(NULL);
	assert_free(&pm, 0, "U 3fc.2");
	__free_pages(page[1], 2);
	split_page(page[0], 4); /* 3e0: its second half becomes free */
	for (unsigned int i = 8; i < 12; i++)
		__free_page(page[0] + i);
	drain_local_pages(NULL);
	assert_free(&pm, 0, "U 3e8.2 3f8.3");
	assert_int_equal(pm_pfn(alloc_pages(GFP_HIGHUSER_MOVABLE, 2)), 0x3e8);
	assert_int_equal(type_of(0x3e8), MIGRATE_UNMOVABLE);
	assert_free(&pm, 0, "U 3f8.3");
	pm_down(&pm);
}

/* The atomic reserve is given back, to the type that is short, before a request fails. */
static unsigned long no_progress(void *ctx, unsigned int order, gfp_t gfp, int nid)
{
	++*(unsigned int *)ctx;
	return 0;
}

static void test_highatomic_is_given_back(void **state)
{
	unsigned int rounds = 0, i;
	struct page *some[100];
	struct quire_reclaim_ops ops = { .ctx = &rounds, .try_to_free_pages = no_progress };
	struct page *page;
	struct pm pm;

	pm_config(&pm, "0-4000@0");
	pm.config.vm.min_free_kbytes = 1024;
	pm_up(&pm);
	for (i = 0; i < 100; i++)
		some[i] = alloc_page(GFP_HIGHUSER_MOVABLE);
	while (alloc_pages(GFP_NOWAIT | __GFP_NOWARN | __GFP_NOMEMALLOC, 0))
		;
	page = alloc_pages(GFP_ATOMIC | __GFP_NOWARN, 1);
	assert_int_equal(get_pageblock_migratetype(page), MIGRATE_HIGHATOMIC);
	assert_int_equal(pm.zones[0]->nr_reserved_highatomic, 512);
	__free_pages(page, 1);
	drain_local_pages(NULL);
	for (i = 0; i < 100; i++)
		__free_page(some[i]);
	drain_local_pages(NULL);
	/* Page cache would help, so it goes on trying; the last round gives the reserve back. */
	mod_zone_page_state(pm.zones[0], NR_ZONE_INACTIVE_FILE, 4000);
	quire_register_reclaim(pm.m, &ops);
	assert_non_null(alloc_page(GFP_HIGHUSER_MOVABLE));
	assert_int_equal(rounds, 17);
	assert_int_equal(pm.zones[0]->nr_reserved_highatomic, 0);
	assert_int_equal(get_pageblock_migratetype(page), MIGRATE_MOVABLE);
	quire_register_reclaim(pm.m, NULL);
	pm_down(&pm);
}

static void woken(void *ctx, struct zone *zone, gfp_t gfp, unsigned int order,
		  enum zone_type highest)
{
	++*(unsigned int *)ctx;
	assert_int_equal(gfp, 0);
	assert_int_equal(order, 0);
	assert_int_equal(highest, zone->idx);
}

/* A steal that mixes types raises the marks by a page block and wakes the reclaimer, once. */
static void test_boost_wakes(void **state)
{
	unsigned int wakeups = 0;
	struct quire_reclaim_ops ops = { .ctx = &wakeups, .wakeup_kswapd = woken };
	struct pm pm;

	pm_config(&pm, "0-1000@0");
	pm.config.vm.min_free_kbytes = 256;
	pm_up(&pm);
	quire_register_reclaim(pm.m, &ops);
	alloc_pages(GFP_HIGHUSER_MOVABLE, 9);
	alloc_pages(GFP_HIGHUSER_MOVABLE, 10);
	alloc_pages(GFP_HIGHUSER_MOVABLE, 10);
	alloc_pages(GFP_HIGHUSER_MOVABLE, 10);
	alloc_pages(GFP_HIGHUSER_MOVABLE, 4); /* pieces of the last movable block are left */
	assert_int_equal(wakeups, 0);
	assert_int_equal(pm_pfn(alloc_pages(GFP_NOWAIT, 4)), 0x210);
	assert_int_equal(wakeups, 1);
	assert_int_equal(pm.zones[0]->watermark_boost, 512);
	assert_int_equal(pm.zones[0]->flags & 1ul << ZONE_BOOSTED_WATERMARK, 0);
	quire_register_reclaim(pm.m, NULL);
	pm_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_block_changes_type),
		cmocka_unit_test(test_order_of_types),
		cmocka_unit_test(test_unmovable_prefers_reclaimable),
		cmocka_unit_test(test_movable_takes_the_smallest),
		cmocka_unit_test(test_steal_moves_free_pages),
		cmocka_unit_test(test_highatomic_reserve),
		cmocka_unit_test(test_movable_below_half_a_block),
		cmocka_unit_test(test_highatomic_is_given_back),
		cmocka_unit_test(test_boost_wakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
