/* SPDX-License-Identifier: MIT */
/*
 * test_validate.c - the validator finds each kind of damage, names the invariant, and finds
 * nothing once it is undone.
 */
#include "machine.h"

#include "page/internal.h"

static void up(struct pm *pm)
{
	pm_config(pm, "0-1000@0");
	pm_up(pm);
	__free_page(alloc_page(GFP_KERNEL)); /* one page on the CPU's list, blocks of all orders */
	assert_int_equal(quire_zone_validate(pm->zones[0]), 0);
}

static void assert_found(struct pm *pm, const char *text)
{
	pm->logged = 0;
	pm->log[0] = 0;
	assert_int_not_equal(quire_zone_validate(pm->zones[0]), 0);
	if (!strstr(pm->log, text))
		fail_msg("\"%s\" was not found, but:\n%s", text, pm->log);
}

static struct page *free_block(struct pm *pm, unsigned int order)
{
	return list_first_entry(&pm->zones[0]->free_area[order].free_list[MIGRATE_UNMOVABLE],
				struct page, buddy_list);
}

static void test_blocks(void **state)
{
	struct page *page;
	struct pm pm;

	up(&pm);
	pm.zones[0]->spanned_pages -= 1;
	assert_found(&pm, "node 0 zone Normal: I1: block 0xc00 of a run is outside");
	quire_make_free_heads(pm.m);
	assert_found(&pm,
		     "node 0 zone Normal: I1: block 0xc00 of order 10 is unaligned or outside");
	pm.zones[0]->spanned_pages += 1;
	page = free_block(&pm, 3);
	assert_int_equal(page_to_pfn(page), 8);
	page->_refcount.counter = 1;
	assert_found(&pm, "I2: block 0x8 of order 3: type 0xb0dd0000 order 3 refs 1");
	page->_refcount.counter = 0;
	page->priv = 2;
	assert_found(&pm, "I2: block 0x8 of order 3: type 0xb0dd0000 order 2 refs 0");
	page->priv = 3;
	page->index = MIGRATE_MOVABLE;
	assert_found(&pm, "I2: block 0x8 on list of type 0 says 1");
	page->index = MIGRATE_UNMOVABLE;
	pm_down(&pm);
}

/* What lazy.c says of blocks without struct pages. */
static void test_runs(void **state)
{
	struct page_state *ps;
	struct page *page;
	struct pm pm;

	up(&pm);
	ps = quire_current_machine()->page;
	page = pfn_to_page(0x400);
	assert_int_equal(page->lazy_more, 2);
	ps->untouched[3]++;
	assert_found(&pm, "Z2: block 0xc00 of run 0x400: untouched: 4");
	ps->untouched[3]--;
	page->lazy_more = 1;
	assert_found(&pm, "Z1: block 0xc00 is untouched, and in no run");
	page->lazy_more = 2;
	ps->untouched[1] = ps->untouched[2];
	assert_found(&pm, "Z1: block 0x400 of order 10 is late, untouched: 3");
	ps->untouched[1] = 0;
	pm_down(&pm);
}

/* A free block becomes its two halves, both free: what merging never leaves. */
static void halve(struct pm *pm, struct page *page, unsigned int order)
{
	struct zone *zone = pm->zones[0];
	int mt = (int)page->index;

	del_page_from_free_list(zone, page, order);
	expand(zone, page, order - 1, order, mt);
	add_to_free_list(zone, page, order - 1, mt);
}

/* Two halves that nobody merged; that belong to types that must stay apart: they may. */
static void test_buddies(void **state)
{
	struct pm pm;

	up(&pm);
	halve(&pm, pfn_to_page(8), 3);
	assert_found(&pm, "I3: buddies 0x8 and 0xc of order 2 are both free");
	/* Allocated and freed again they merge. */
	__free_pages(alloc_pages(GFP_KERNEL, 2), 2);
	drain_local_pages(NULL);
	assert_int_equal(quire_zone_validate(pm.zones[0]), 0);
	set_pageblock_migratetype(pfn_to_page(0x400), MIGRATE_CMA);
	halve(&pm, pfn_to_page(0x400), 10);
	pm_down(&pm);
}

static void test_counts(void **state)
{
	struct zone *zone;
	struct pm pm;

	up(&pm);
	zone = pm.zones[0];
	zone->free_area[5].nr_free++;
	assert_found(&pm, "I4: order 5: nr_free 2, on lists 1");
	zone->free_area[5].nr_free--;
	zone->free_orders[MIGRATE_UNMOVABLE] ^= 1u << 4;
	assert_found(&pm, "I5: order 4 type 0: bit 0, list not empty");
	zone->free_orders[MIGRATE_UNMOVABLE] ^= 1u << 4 | 1u << 10;
	assert_found(&pm, "I5: order 10 type 0: bit 1, list empty");
	zone->free_orders[MIGRATE_UNMOVABLE] ^= 1u << 10;
	mod_zone_page_state(zone, NR_FREE_PAGES, 1);
	assert_found(&pm, "I6: NR_FREE_PAGES 4096, on lists 4095");
	mod_zone_page_state(zone, NR_FREE_PAGES, -1);
	pm_down(&pm);
}

static void test_cpu_lists(void **state)
{
	struct per_cpu_pages *pcp;
	struct pm pm;

	up(&pm);
	pcp = quire_zone_pcp(pm.zones[0], 0);
	pcp->count++;
	assert_found(&pm, "P1: CPU 0: count 2, on lists 1");
	pcp->count--;
	pfn_to_page(0)->_refcount.counter = 1;
	assert_found(&pm, "P2: frame 0 on a list of CPU 0: refs 1");
	pfn_to_page(0)->_refcount.counter = 0;
	pm_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks),	  cmocka_unit_test(test_runs),
		cmocka_unit_test(test_buddies),	  cmocka_unit_test(test_counts),
		cmocka_unit_test(test_cpu_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
