/* SPDX-License-Identifier: MIT */
/*
 * test_lazy.c - runs: largest blocks that no one has touched have no struct pages, and are on
 * their list all the same.
 */
#include "machine.h"

#include <quire/cma.h>

#define SIZE 1024ul /* frames of a largest block */

static void up(struct pm *pm)
{
	pm_config(pm, "0-2000@0");
	pm->config.dma_limit = 16 << 20;
	pm->config.vm.min_free_kbytes = 128;
	pm_up(pm);
}

static unsigned long entries(const struct pm *pm, unsigned int zone)
{
	const struct list_head *at;
	unsigned long n = 0;

	list_for_each (at, &pm->zones[zone]->free_area[10].free_list[MIGRATE_MOVABLE])
		n++;
	return n;
}

/* A zone's own run ends where the zone ends, though the next one's begins there. */
static void test_one_entry_a_zone(void **state)
{
	struct pm pm;
	unsigned long types[MIGRATE_TYPES];

	up(&pm);
	assert_int_equal(pm.nr_zones, 2);
	assert_int_equal(entries(&pm, 0), 1);
	assert_int_equal(entries(&pm, 1), 1);
	assert_free(&pm, 0, "M 0.10 400.10 800.10 c00.10");
	assert_free(&pm, 1, "M 1000.10 1400.10 1800.10 1c00.10");
	assert_int_equal(pm.zones[1]->free_area[10].nr_free, 4);
	assert_int_equal(quire_zone_free_blocks(pm.zones[1], 10, MIGRATE_MOVABLE, 100), 4);
	assert_int_equal(quire_zone_free_blocks(pm.zones[1], 10, MIGRATE_MOVABLE, 3), 3);
	quire_zone_block_types(pm.zones[1], types);
	assert_int_equal(types[MIGRATE_MOVABLE], 8);
	/* Nothing was written to the struct pages behind the first. */
	assert_int_equal(pfn_to_page(0x1400)->flags, 0);
	assert_int_equal(pfn_to_page(0x1400)->page_type, 0);
	assert_int_equal(nr_free_pages(), 0x2000);
	pm_down(&pm);
}

static void test_blocks_are_taken_in_order(void **state)
{
	struct page *page[4], *one;
	struct pm pm;
	unsigned int i;

	up(&pm);
	for (i = 0; i < 3; i++) {
		page[i] = alloc_pages(GFP_HIGHUSER_MOVABLE, 10);
		assert_int_equal(pm_pfn(page[i]), 0x1000 + i * SIZE);
		assert_int_equal(page_zonenum(page[i] + SIZE - 1), ZONE_NORMAL);
		assert_int_equal(quire_zone_validate(pm.zones[1]), 0);
	}
	assert_free(&pm, 1, "M 1c00.10");
	/* The last of the run is taken apart; what was freed goes before or behind it. */
	__free_pages(page[1], 10);
	assert_free(&pm, 1, "M 1400.10 1c00.10");
	page[3] = alloc_pages(GFP_HIGHUSER_MOVABLE, 10);
	one = alloc_pages(GFP_HIGHUSER_MOVABLE, 4);
	assert_int_equal(pm_pfn(one), 0x1c00);
	assert_int_equal(quire_zone_validate(pm.zones[1]), 0);
	__free_pages(one, 4);
	__free_pages(page[0], 10);
	__free_pages(page[2], 10);
	__free_pages(page[3], 10);
	assert_int_equal(nr_free_pages(), 0x2000);
	pm_down(&pm);
}

/* A request of another type takes the first block over; the run keeps its type and place. */
static void test_a_steal_takes_one_block(void **state)
{
	struct page *page;
	struct pm pm;

	up(&pm);
	page = alloc_pages(GFP_KERNEL, 9);
	assert_int_equal(pm_pfn(page), 0x1000);
	assert_free(&pm, 1, "U 1200.9 | M 1400.10 1800.10 1c00.10");
	assert_int_equal(quire_zone_validate(pm.zones[1]), 0);
	__free_pages(page, 9);
	pm_down(&pm);
}

static void test_a_block_in_the_middle(void **state)
{
	struct quire_free_block b;
	struct pm pm;

	up(&pm);
	assert_true(quire_free_block_at(pm.m, 0x1a34, &b));
	assert_true(b.pfn == 0x1800 && b.order == 10 && b.migratetype == MIGRATE_MOVABLE);
	assert_int_equal(entries(&pm, 1), 1);
	assert_int_equal(start_isolate_page_range(0x1a00, 0x1c00, MIGRATE_MOVABLE, NULL), 0);
	assert_free(&pm, 1, "M 1800.9 1000.10 1400.10 1c00.10 | I 1a00.9");
	assert_int_equal(quire_zone_validate(pm.zones[1]), 0);
	assert_true(quire_free_block_at(pm.m, 0x1a34, &b));
	assert_true(b.pfn == 0x1a00 && b.order == 9 && b.migratetype == MIGRATE_ISOLATE);
	undo_isolate_page_range(0x1a00, 0x1c00, MIGRATE_MOVABLE);
	assert_free(&pm, 1, "M 1000.10 1400.10 1c00.10 1800.10");
	assert_int_equal(alloc_contig_range(0x1800, 0x2000, MIGRATE_MOVABLE, GFP_KERNEL), 0);
	assert_false(quire_free_block_at(pm.m, 0x1a34, &b));
	assert_false(quire_free_block_at(pm.m, 0x2000, &b));
	assert_free(&pm, 1, "M 1000.10 1400.10");
	free_contig_range(0x1800, 0x800);
	drain_local_pages(NULL);
	assert_int_equal(zone_page_state_snapshot(pm.zones[1], NR_FREE_PAGES), 0x1000);
	pm_down(&pm);
}

static void test_heads_on_request(void **state)
{
	struct pm pm;
	unsigned long pfn;

	up(&pm);
	quire_make_free_heads(pm.m);
	assert_int_equal(entries(&pm, 0) + entries(&pm, 1), 8);
	for (pfn = 0; pfn < 0x2000; pfn += SIZE) {
		assert_true(PageBuddy(pfn_to_page(pfn)));
		assert_int_equal(buddy_order(pfn_to_page(pfn)), 10);
	}
	assert_free(&pm, 1, "M 1000.10 1400.10 1800.10 1c00.10");
	quire_make_free_heads(pm.m);
	pm_down(&pm);
}

/* A frame freed that was never allocated: of a block with a struct page, and without one. */
static void test_bad_frees_are_told(void **state)
{
	static const unsigned long pfn[] = { 0x1000, 0x1400, 0x1801 };
	unsigned int i;
	struct pm pm;

	up(&pm);
	for (i = 0; i < 3; i++) {
		pm.logged = 0;
		__free_page(pfn_to_page(pfn[i]));
		assert_true(pm.logged > 0);
	}
	assert_int_equal(nr_free_pages(), 0x2000);
	pm_down(&pm);
}

static void test_shuffled_blocks_have_heads(void **state)
{
	struct pm pm;

	pm_config(&pm, "0-2000@0");
	pm.config.vm.shuffle = true;
	pm_up(&pm);
	assert_int_equal(entries(&pm, 0), 8);
	pm_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_entry_a_zone),
		cmocka_unit_test(test_blocks_are_taken_in_order),
		cmocka_unit_test(test_a_steal_takes_one_block),
		cmocka_unit_test(test_a_block_in_the_middle),
		cmocka_unit_test(test_heads_on_request),
		cmocka_unit_test(test_bad_frees_are_told),
		cmocka_unit_test(test_shuffled_blocks_have_heads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
