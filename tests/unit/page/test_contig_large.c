/* SPDX-License-Identifier: MIT */
/*
 * test_contig_large.c - blocks larger than a page block, freed while a part of them is isolated.
 */
#include "page_machine.h"

#include <quire/cma.h>

static struct page_machine pm;
static struct page *victim;
static unsigned int victim_order;

/* Frees the one page that is in the way. */
static int migrate(void *ctx, unsigned long start, unsigned long end)
{
	(void)ctx;
	(void)start;
	(void)end;
	victim->flags &= ~(1ul << PG_lru);
	__free_pages(victim, victim_order);
	return 0;
}

static unsigned long all_free(void)
{
	drain_all_pages(NULL);
	quire_refresh_cpu_vm_stats(pm.m, 0);
	return nr_free_pages();
}

/* Takes page block @which of a movable block of the largest order, whose owner gives way. */
static void take_part(unsigned int which, unsigned int pageblock_order)
{
	static const struct quire_migrate_ops ops = { .migrate_range = migrate };
	unsigned long nr = 1ul << pageblock_order, before, pfn;

	page_machine_config(&pm, 64);
	pm.config.contents = pm.config.reserve_memmap = false;
	pm.config.pageblock_order = pageblock_order;
	page_machine_start(&pm);
	quire_register_migrate(pm.m, &ops);
	before = all_free();
	victim_order = 10;
	victim = alloc_pages(GFP_HIGHUSER_MOVABLE | __GFP_COMP, victim_order);
	assert_non_null(victim);
	victim->flags |= 1ul << PG_lru;
	pfn = page_to_pfn(victim) + which * nr;
	assert_int_equal(alloc_contig_range(pfn, pfn + nr, MIGRATE_MOVABLE, GFP_KERNEL), 0);
	assert_zones_valid(&pm);
	assert_int_equal(all_free(), before - nr);
	free_contig_range(pfn, nr);
	assert_int_equal(all_free(), before);
	assert_zones_valid(&pm);
	victim = alloc_pages(GFP_HIGHUSER_MOVABLE, victim_order);
	assert_non_null(victim);
	__free_pages(victim, victim_order);
	page_machine_down(&pm);
}

static void first_part(void **state)
{
	(void)state;
	take_part(0, 9);
	take_part(0, 7);
}

static void other_parts(void **state)
{
	(void)state;
	take_part(1, 9);
	take_part(5, 7);
}

/* Page blocks smaller than what per-CPU lists hold: these are drained in the middle of it. */
static void parts_on_per_cpu_lists(void **state)
{
	unsigned long before, pfn;
	struct page *page[8];
	unsigned int i;

	(void)state;
	page_machine_config(&pm, 64);
	pm.config.contents = pm.config.reserve_memmap = false;
	pm.config.pageblock_order = 0;
	page_machine_start(&pm);
	before = all_free();
	for (i = 0; i < 8; i++)
		page[i] = alloc_pages(GFP_KERNEL, 3);
	for (i = 0; i < 8; i++)
		__free_pages(page[i], 3);
	pfn = page_to_pfn(page[2]) + 3;
	assert_int_equal(alloc_contig_range(pfn, pfn + 7, MIGRATE_MOVABLE, GFP_KERNEL), 0);
	assert_zones_valid(&pm);
	assert_int_equal(all_free(), before - 7);
	free_contig_range(pfn, 7);
	assert_int_equal(all_free(), before);
	page_machine_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_part),
		cmocka_unit_test(other_parts),
		cmocka_unit_test(parts_on_per_cpu_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
