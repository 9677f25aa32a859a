/* SPDX-License-Identifier: MIT */
/*
 * test_highatomic.c - the reserve for high-order atomic requests where zones end oddly.
 */
#include "machine.h"

#include "page/internal.h"

/* A page block that the zone's end cuts cannot be moved to other lists; the next one can. */
static void test_cut_block_does_not_hold_the_rest(void **state)
{
	struct alloc_context ac = { .highest_zoneidx = ZONE_MOVABLE,
				    .migratetype = MIGRATE_UNMOVABLE };
	struct page *cut, *whole;
	struct pm pm;

	pm_config(&pm, "0-1100@0");
	pm_up(&pm);
	ac.zonelist = quire_pgdat(pm.m, 0)->node_zonelists[ZONELIST_FALLBACK].zonerefs;
	cut = alloc_pages(GFP_HIGHUSER_MOVABLE, 8);
	assert_int_equal(pm_pfn(cut), 0x1000);
	whole = alloc_pages(GFP_HIGHUSER_MOVABLE, 9);
	reserve_highatomic_pageblock(cut, pm.zones[0]);
	reserve_highatomic_pageblock(whole, pm.zones[0]);
	assert_int_equal(pm.zones[0]->nr_reserved_highatomic, 2 * 512);
	__free_pages(cut, 8);
	__free_pages(whole, 9);
	assert_non_null(strstr(pm_free_lists(&pm, 0), "H 1000.8 "));
	assert_true(unreserve_highatomic_pageblock(&ac, true));
	assert_int_equal(pm.zones[0]->free_orders[MIGRATE_HIGHATOMIC], 1u << 8);
	assert_int_equal(pm.zones[0]->nr_reserved_highatomic, 0);
	pm_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut_block_does_not_hold_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
