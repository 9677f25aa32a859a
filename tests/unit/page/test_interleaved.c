/* SPDX-License-Identifier: MIT */
/*
 * test_interleaved.c - memory of one node between memory of another: the zone around it spans
 * frames that are not its own, and leaves them alone.
 */
#include "machine.h"

#include <quire/cma.h>
#include <quire/errno.h>
#include <quire/explain.h>

#define BLOCK 512ul /* frames of a page block */

static void up(struct pm *pm, const char *map)
{
	pm_config(pm, map);
	pm->config.vm.min_free_kbytes = 128;
	pm_up(pm);
	assert_int_equal(pm->nr_zones, 2);
	assert_true(zone_spans_pfn(pm->zones[0], pm->zones[1]->zone_start_pfn));
}

/* Both ends of the range are the outer zone's, what is between is not. */
static void test_a_range_over_another_zone(void **state)
{
	struct quire_contig_busy busy;
	struct pm pm;

	up(&pm, "0-1000@0 1000-2000@1 2000-3000@0");
	assert_int_equal(start_isolate_page_range(0xc00, 0x2400, MIGRATE_MOVABLE, &busy), -EINVAL);
	assert_string_equal(busy.why, "the range is empty or not of one zone");
	assert_int_equal(alloc_contig_range(0xc00, 0x2400, MIGRATE_MOVABLE, GFP_KERNEL), -EINVAL);
	assert_int_equal(test_pages_isolated(0xc00, 0x2400, &busy), -EINVAL);
	assert_int_equal(pm.zones[0]->nr_isolate_pageblock, 0);
	assert_int_equal(alloc_contig_range(0x2000, 0x2400, MIGRATE_MOVABLE, GFP_KERNEL), 0);
	assert_int_equal(alloc_contig_range(0x1000, 0x1400, MIGRATE_MOVABLE, GFP_KERNEL), 0);
	free_contig_range(0x2000, 0x400);
	free_contig_range(0x1000, 0x400);
	drain_all_pages(NULL);
	assert_int_equal(zone_page_state_snapshot(pm.zones[0], NR_FREE_PAGES), 0x2000);
	assert_int_equal(zone_page_state_snapshot(pm.zones[1], NR_FREE_PAGES), 0x1000);
	pm_down(&pm);
}

/* The first place large enough begins in the outer zone and reaches over the other one. */
static void test_pages_in_a_row_are_of_one_zone(void **state)
{
	struct page *page;
	struct pm pm;

	up(&pm, "0-c00@0 c00-1800@1 1800-4800@0");
	page = alloc_contig_pages(0x1800, GFP_KERNEL, 0, NULL);
	assert_ptr_equal(page, pfn_to_page(0x1800));
	assert_int_equal(page_to_nid(page), 0);
	free_contig_range(0x1800, 0x1800);
	pm_down(&pm);
}

/* A page block with frames of both: no one's to isolate, and each keeps its free pages. */
static void test_a_page_block_of_two_zones(void **state)
{
	struct quire_contig_busy busy;
	struct page *page[2];
	struct pm pm;

	up(&pm, "0-300@0 300-700@1 700-1000@0");
	assert_int_equal(start_isolate_page_range(0x200, 0x300, MIGRATE_MOVABLE, &busy), -EBUSY);
	assert_string_equal(busy.why, "its page block reaches beyond the zone");
	assert_int_equal(alloc_contig_range(0x310, 0x320, MIGRATE_MOVABLE, GFP_KERNEL), -EBUSY);
	/* What is left of node 0's is in page blocks with frames of node 1's. */
	assert_int_equal(alloc_contig_range(0, 0x200, MIGRATE_MOVABLE, GFP_KERNEL), 0);
	assert_int_equal(alloc_contig_range(0x800, 0x1000, MIGRATE_MOVABLE, GFP_KERNEL), 0);
	assert_free(&pm, 0, "M 200.8 700.8");
	assert_free(&pm, 1, "M 300.8 600.8 400.9");
	page[0] = alloc_pages_node(0, __GFP_THISNODE | __GFP_MEMALLOC, 0);
	page[1] = alloc_pages_node(0, __GFP_THISNODE | __GFP_MEMALLOC, 8);
	assert_true(page[0] && page[1]);
	assert_int_equal(quire_zone_validate(pm.zones[0]), 0);
	assert_int_equal(quire_zone_validate(pm.zones[1]), 0);
	assert_free(&pm, 1, "M 300.8 600.8 400.9");
	__free_page(page[0]);
	__free_pages(page[1], 8);
	free_contig_range(0, BLOCK);
	free_contig_range(0x800, 0x800);
	pm_down(&pm);
}

/* What was taken of the inner zone is no place for a block of the outer one. */
static void test_an_explanation_names_its_own_frames(void **state)
{
	static struct quire_explain e;
	struct page *page;
	struct pm pm;
	unsigned int i;

	up(&pm, "0-400@0 400-800@1 800-c00@0");
	page = alloc_pages_node(1, GFP_KERNEL | __GFP_THISNODE, 0);
	assert_int_equal(page_to_nid(page), 1);
	for (i = 0; i < 2; i++)
		assert_int_equal(alloc_contig_range(i * 0x800, i * 0x800 + 0x400, MIGRATE_MOVABLE,
						    GFP_KERNEL),
				 0);
	assert_int_equal(quire_explain_alloc(10, GFP_KERNEL | __GFP_THISNODE, 0, &e), 0);
	assert_false(e.served);
	assert_int_equal(e.nr_blocks, 2);
	assert_int_equal(e.blocks[0].pfn, 0);
	assert_int_equal(e.blocks[1].pfn, 0x800);
	for (i = 0; i < 2; i++)
		free_contig_range(i * 0x800, 0x400);
	__free_page(page);
	pm_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_range_over_another_zone),
		cmocka_unit_test(test_pages_in_a_row_are_of_one_zone),
		cmocka_unit_test(test_a_page_block_of_two_zones),
		cmocka_unit_test(test_an_explanation_names_its_own_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
