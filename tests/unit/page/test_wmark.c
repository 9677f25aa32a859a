/* SPDX-License-Identifier: MIT */
/*
 * test_wmark.c - marks, reserves, sizes of per-CPU lists: the numbers of a running kernel, the
 * rules they follow, and what passes a mark.
 */
#include "machine.h"

#include <quire/errno.h>

#include "page/internal.h"

/* --- numbers measured on a kernel with two CPUs and 24 GiB ------------------------------- */

/* Frames the kernel kept for itself, so that as many are managed as when it computed the marks. */
static const struct quire_reserved kept[] = {
	{ .name = "dma", .start = 0x100ull << 12, .size = 158ull << 12 },
	{ .name = "dma32", .start = 0x1000ull << 12, .size = 9419ull << 12 },
};

static void measured_machine(struct pm *pm)
{
	pm_config(pm, "1-9f@0 100-c0000@0 100000-198000@0");
	pm->config.dma_limit = 16ull << 20;
	pm->config.dma32_limit = 4ull << 30;
	pm->config.nr_cpus = 2;
	pm->config.reserved = kept;
	pm->config.nr_reserved = 2;
	pm->config.vm.transparent_hugepage = true;
}

static void assert_zone(struct pm *pm, unsigned int i, unsigned long managed,
			const unsigned long marks[4], unsigned int batch, unsigned int high,
			unsigned int threshold)
{
	struct zone *zone = pm->zones[i];
	const struct per_cpu_pages *pcp = quire_zone_pcp(zone, 1);
	unsigned int w;

	assert_int_equal(zone_managed_pages(zone), managed);
	for (w = 0; w < 4; w++)
		assert_int_equal(zone->_watermark[w], marks[w]);
	assert_int_equal(pcp->batch, batch);
	assert_int_equal(pcp->high, high);
	assert_int_equal(pcp->stat_threshold, threshold);
}

static void assert_reserve(struct pm *pm, unsigned int i, long dma32, long normal)
{
	const long *r = pm->zones[i]->lowmem_reserve;

	assert_int_equal(r[ZONE_DMA], 0);
	assert_int_equal(r[ZONE_DMA32], dma32);
	assert_int_equal(r[ZONE_NORMAL], normal);
	assert_int_equal(r[ZONE_MOVABLE], normal);
	assert_int_equal(r[ZONE_DEVICE], normal);
}

static void test_measured(void **state)
{
	static const unsigned long dma[] = { 46, 57, 68, 79 };
	static const unsigned long dma32[] = { 9332, 11665, 13998, 16331 };
	static const unsigned long normal[] = { 7517, 9396, 11275, 13154 };
	struct pm pm;

	measured_machine(&pm);
	pm_up(&pm);
	assert_int_equal(pm.nr_zones, 3);
	assert_int_equal(pm.zones[0]->zone_start_pfn, 1);
	assert_int_equal(pm.zones[0]->spanned_pages, 4095);
	assert_int_equal(pm.zones[0]->present_pages, 3998);
	assert_int_equal(pm.zones[1]->spanned_pages, 1044480);
	assert_int_equal(pm.zones[1]->present_pages, 782336);
	assert_int_equal(quire_machine_config_of(pm.m)->vm.min_free_kbytes, 67584);
	assert_zone(&pm, 0, 3840, dma, 1, 28, 4);
	assert_zone(&pm, 1, 772917, dma32, 63, 5832, 24);
	assert_zone(&pm, 2, 622592, normal, 63, 4698, 24);
	assert_reserve(&pm, 0, 3019, 5451);
	assert_reserve(&pm, 1, 0, 2432);
	assert_reserve(&pm, 2, 0, 0);
	pm_down(&pm);
}

/* --- min_free_kbytes --------------------------------------------------------------------- */

static long min_free_kbytes(const char *map, bool huge, void (*change)(struct pm *pm))
{
	struct pm pm;
	long kb;

	pm_config(&pm, map);
	pm.config.vm.transparent_hugepage = huge;
	if (change)
		change(&pm);
	pm_up(&pm);
	kb = quire_machine_config_of(pm.m)->vm.min_free_kbytes;
	pm_down(&pm);
	return kb;
}

static void large_blocks(struct pm *pm)
{
	pm->config.max_order = 20;
	pm->config.section_shift = 31;
}

static void half_is_high(struct pm *pm)
{
	pm->config.lowmem_limit = 8ull << 20;
	pm->config.contents = true;
}

static void three_zones(struct pm *pm)
{
	pm->config.dma_limit = 16ull << 20;
	pm->config.dma32_limit = 4ull << 30;
}

static void given(struct pm *pm)
{
	pm->config.vm.min_free_kbytes = 20000;
}

static void test_min_free_kbytes(void **state)
{
	/* sqrt(16 * kB), between 128 and 262144; high memory does not count. */
	assert_int_equal(min_free_kbytes("0-1000@0", false, NULL), 512);
	assert_int_equal(min_free_kbytes("0-1001@0", false, NULL), 512);
	assert_int_equal(min_free_kbytes("0-80@0", false, NULL), 128);
	assert_int_equal(min_free_kbytes("0-1000@0", false, half_is_high), 362);
	assert_int_equal(min_free_kbytes("0-80000000@0", false, large_blocks), 262144);
	/* Huge pages: blocks * zones * 11, at most a twentieth of what lies above the high marks.
	 */
	assert_int_equal(min_free_kbytes("0-40000@0", true, NULL), 512 * 11 * 4);
	assert_int_equal(min_free_kbytes("0-40000@0 100000-140000@0", true, three_zones),
			 512 * 3 * 11 * 4);
	assert_int_equal(min_free_kbytes("0-20000@0 20000-40000@1", true, NULL), 512 * 2 * 11 * 4);
	assert_int_equal(min_free_kbytes("0-1000@0", true, NULL), (4096 - 192) / 20 * 4);
	assert_int_equal(min_free_kbytes("0-1000@0", true, half_is_high), (2048 - 134) / 20 * 4);
	/* What the machine's owner wants stays, unless it is less than huge pages want. */
	assert_int_equal(min_free_kbytes("0-40000@0", false, given), 20000);
	assert_int_equal(min_free_kbytes("0-40000@0", true, given), 512 * 11 * 4);
}

/* ZONE_MOVABLE has a share of the marks; high memory has marks of its own, 32 to 128 pages. */
static void test_marks_of_high_and_movable(void **state)
{
	struct pm pm;

	pm_config(&pm, "0-1000@0");
	pm.config.movable_core = 8ull << 20;
	pm.config.vm.min_free_kbytes = 512;
	pm_up(&pm);
	assert_int_equal(pm.zones[1]->idx, ZONE_MOVABLE);
	assert_int_equal(pm.zones[0]->_watermark[WMARK_MIN], 64);
	assert_int_equal(pm.zones[1]->_watermark[WMARK_MIN], 64);
	assert_int_equal(pm.zones[1]->_watermark[WMARK_LOW], 80);
	pm_down(&pm);

	pm_config(&pm, "0-41000@0");
	half_is_high(&pm);
	pm.config.vm.min_free_kbytes = 512;
	pm_up(&pm);
	assert_int_equal(pm.zones[1]->idx, ZONE_HIGHMEM);
	assert_int_equal(pm.zones[0]->_watermark[WMARK_MIN], 128); /* all of it */
	assert_int_equal(pm.zones[1]->_watermark[WMARK_MIN], 128); /* 0x40800 / 1024 = 258 */
	/* The step: a quarter of the share it would have had, 128 * 264192 / 2048 / 4. */
	assert_int_equal(pm.zones[1]->_watermark[WMARK_LOW], 128 + 4128);
	pm_down(&pm);

	pm_config(&pm, "0-1000@0");
	half_is_high(&pm);
	pm.config.movable_core = 4ull << 20;
	pm_up(&pm);
	assert_int_equal(pm.nr_zones, 3);
	assert_int_equal(pm.zones[1]->_watermark[WMARK_MIN], 32);
	assert_int_equal(pm.zones[2]->_watermark[WMARK_MIN], 32);
	pm_down(&pm);
}

/* --- sysctls ----------------------------------------------------------------------------- */

static void test_sysctls(void **state)
{
	struct zone *zone;
	struct pm pm;

	pm_config(&pm, "0-8000@0");
	pm_up(&pm);
	zone = pm.zones[0];
	assert_int_equal(quire_set_sysctl("min_free_kbytes", 0, 4096), 0);
	assert_int_equal(zone->_watermark[WMARK_MIN], 1024);
	assert_int_equal(zone->_watermark[WMARK_LOW], 1280);
	assert_int_equal(zone->_watermark[WMARK_HIGH], 1536);
	assert_int_equal(quire_zone_pcp(zone, 0)->high, 1280);
	/* A step of 1/10000 of the zone times the factor, if that is more. */
	assert_int_equal(quire_set_sysctl("watermark_scale_factor", 0, 1000), 0);
	assert_int_equal(zone->_watermark[WMARK_LOW], 1024 + 3276);
	assert_int_equal(quire_set_sysctl("watermark_scale_factor", 0, 10), 0);
	/* Lists get a share of the zone; marks and a boost stay. */
	zone->watermark_boost = 77;
	assert_int_equal(quire_set_sysctl("percpu_pagelist_high_fraction", 0, 64), 0);
	assert_int_equal(quire_zone_pcp(zone, 0)->high, 512);
	assert_int_equal(zone->watermark_boost, 77);
	assert_int_equal(low_wmark_pages(zone), 1280 + 77);
	assert_int_equal(quire_set_sysctl("percpu_pagelist_high_fraction", 0, 0), 0);
	assert_int_equal(quire_zone_pcp(zone, 0)->high, 1357);
	/* New marks end a boost. */
	assert_int_equal(quire_set_sysctl("min_free_kbytes", 0, 0), 0);
	assert_int_equal(zone->_watermark[WMARK_MIN] | zone->watermark_boost, 0);
	assert_int_equal(zone->_watermark[WMARK_LOW], 32);
	assert_int_equal(quire_zone_pcp(zone, 0)->high, 32); /* 4 * batch is 28 */
	pm_down(&pm);
}

static void test_lowmem_reserve_ratio(void **state)
{
	struct pm pm;

	pm_config(&pm, "0-1000@0 1000-3000@0");
	pm.config.dma_limit = 16ull << 20;
	pm_up(&pm);
	assert_int_equal(pm.zones[0]->lowmem_reserve[ZONE_NORMAL], 32);
	assert_int_equal(quire_set_sysctl("lowmem_reserve_ratio", ZONE_DMA, 3), 0);
	assert_int_equal(pm.zones[0]->lowmem_reserve[ZONE_NORMAL], 2730);
	assert_int_equal(quire_set_sysctl("lowmem_reserve_ratio", ZONE_DMA, 0), 0);
	assert_int_equal(pm.zones[0]->lowmem_reserve[ZONE_NORMAL], 0);
	assert_int_equal(pm.zones[0]->lowmem_reserve[ZONE_MOVABLE], 0);
	pm_down(&pm);
}

static void test_bad_sysctls(void **state)
{
	static const struct {
		const char *name;
		unsigned int index;
		long value;
		int err;
	} bad[] = {
		{ "min_free_kbytes", 0, -1, -EINVAL },
		{ "min_free_kbytes", 0, 1l << 31, -EINVAL },
		{ "watermark_scale_factor", 0, 0, -EINVAL },
		{ "watermark_scale_factor", 0, 3001, -EINVAL },
		{ "watermark_boost_factor", 0, -1, -EINVAL },
		{ "lowmem_reserve_ratio", MAX_NR_ZONES, 1, -EINVAL },
		{ "lowmem_reserve_ratio", 0, -1, -EINVAL },
		{ "percpu_pagelist_high_fraction", 0, 7, -EINVAL },
		{ "percpu_pagelist_high_fraction", 0, -8, -EINVAL },
		{ "swappiness", 0, 60, -ENOENT },
		{ "", 0, 60, -ENOENT },
	};
	struct quire_vm_sysctls before;
	struct pm pm;
	unsigned int i;

	pm_config(&pm, "0-1000@0");
	pm_up(&pm);
	before = quire_machine_config_of(pm.m)->vm;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(quire_set_sysctl(bad[i].name, bad[i].index, bad[i].value),
				 bad[i].err);
	assert_memory_equal(&before, &quire_machine_config_of(pm.m)->vm, sizeof(before));
	pm_down(&pm);
}

/* --- what passes ------------------------------------------------------------------------- */

/*
 * 16 MiB with blocks of at most order 4: 4096 pages, mark 1000 in each case below. Free pages
 * are brought down to @left by taking blocks of the largest order.
 */
static void with_free(struct pm *pm, unsigned long left)
{
	pm_config(pm, "0-1000@0");
	pm->config.max_order = 5;
	pm->config.pageblock_order = 4;
	pm->config.vm.min_free_kbytes = 0;
	pm->config.vm.watermark_boost_factor = 0;
	pm_up(pm);
	quire_set_sysctl("min_free_kbytes", 0, 0);
	while (zone_page_state_snapshot(pm->zones[0], NR_FREE_PAGES) > left)
		assert_non_null(alloc_pages(GFP_KERNEL, 4));
	quire_refresh_cpu_vm_stats(pm->m, 0);
	assert_int_equal(zone_page_state(pm->zones[0], NR_FREE_PAGES), left);
}

#define ok(order, mark, flags) zone_watermark_ok(pm.zones[0], order, mark, ZONE_NORMAL, flags)

static void test_watermark_ok(void **state)
{
	struct pm pm;

	with_free(&pm, 1008);
	assert_true(ok(0, 1007, 0));
	assert_false(ok(0, 1008, 0)); /* above, not at */
	assert_true(ok(2, 1004, 0));  /* 3 pages beyond the first */
	assert_false(ok(2, 1005, 0));
	/* Half the mark for HIGH, another quarter of that for HARDER, half for OOM. */
	assert_true(ok(0, 2014, ALLOC_HIGH));
	assert_false(ok(0, 2016, ALLOC_HIGH));
	assert_true(ok(0, 1342, ALLOC_HARDER));
	assert_false(ok(0, 1344, ALLOC_HARDER));
	assert_true(ok(0, 2684, ALLOC_HIGH | ALLOC_HARDER));
	assert_false(ok(0, 2690, ALLOC_HIGH | ALLOC_HARDER));
	assert_true(ok(0, 2014, ALLOC_OOM));
	assert_false(ok(0, 2017, ALLOC_OOM));
	/* Memory kept back for those who cannot go higher. */
	pm.zones[0]->lowmem_reserve[ZONE_MOVABLE] = 8;
	assert_true(zone_watermark_ok(pm.zones[0], 0, 1000, ZONE_NORMAL, 0));
	assert_true(zone_watermark_ok(pm.zones[0], 0, 999, ZONE_MOVABLE, 0));
	assert_false(zone_watermark_ok(pm.zones[0], 0, 1000, ZONE_MOVABLE, 0));
	pm_down(&pm);
}

/* Enough pages are not enough: there must be a block. */
static void test_watermark_order(void **state)
{
	struct page *page;
	struct pm pm;

	with_free(&pm, 16);
	assert_true(ok(4, 0, 0));
	page = alloc_page(GFP_KERNEL); /* takes the last order-4 block apart */
	quire_refresh_cpu_vm_stats(pm.m, 0);
	assert_true(ok(3, 0, 0));
	assert_false(ok(4, 0, 0));
	__free_page(page);
	pm_down(&pm);
}

static void test_watermark_highatomic(void **state)
{
	struct zone *zone;
	struct page *page;
	struct pm pm;

	with_free(&pm, 1008);
	zone = pm.zones[0];
	page = alloc_pages(GFP_KERNEL, 1);
	reserve_highatomic_pageblock(page, zone);
	assert_int_equal(zone->nr_reserved_highatomic, 16);
	quire_refresh_cpu_vm_stats(pm.m, 0);
	/* 1006 free (batch 1), of which 16 are not for everybody. */
	assert_true(ok(0, 989, 0));
	assert_false(ok(0, 990, 0));
	assert_true(ok(0, 1340, ALLOC_HARDER));
	__free_pages(page, 1);
	pm_down(&pm);
}

/* A free block that is in the reserve alone serves the entitled only. */
static void test_watermark_highatomic_block(void **state)
{
	struct page *page;
	struct pm pm;

	with_free(&pm, 16);
	page = alloc_pages(GFP_KERNEL, 1);
	reserve_highatomic_pageblock(page, pm.zones[0]);
	quire_refresh_cpu_vm_stats(pm.m, 0);
	pm.zones[0]->nr_reserved_highatomic = 0; /* so that only blocks matter */
	assert_false(ok(1, 0, 0));
	assert_true(ok(1, 0, ALLOC_HARDER));
	assert_true(ok(1, 0, ALLOC_OOM));
	pm.zones[0]->nr_reserved_highatomic = 16;
	__free_pages(page, 1);
	pm_down(&pm);
}

static void test_watermark_cma(void **state)
{
	static const struct quire_reserved cma = { .name = "cma",
						   .start = 8ull << 20,
						   .size = 8ull << 20,
						   .kind = QUIRE_RESERVED_REUSABLE };
	struct pm pm;

	pm_config(&pm, "0-1000@0");
	pm.config.reserved = &cma;
	pm.config.nr_reserved = 1;
	pm_up(&pm);
	assert_int_equal(zone_page_state(pm.zones[0], NR_FREE_CMA_PAGES), 2048);
	assert_int_equal(zone_page_state(pm.zones[0], NR_FREE_PAGES), 4096);
	assert_true(ok(0, 2047, 0));
	assert_false(ok(0, 2048, 0));
	assert_true(ok(0, 4095, ALLOC_CMA));
	/* Blocks in CMA areas are blocks for movable requests alone. */
	while (alloc_pages(GFP_KERNEL | __GFP_NOWARN | __GFP_MEMALLOC, 9))
		;
	assert_false(ok(9, 0, 0));
	assert_true(ok(9, 0, ALLOC_CMA));
	assert_non_null(alloc_pages(GFP_HIGHUSER_MOVABLE, 9));
	pm_down(&pm);
}

/* A boost keeps out all but atomic single pages at the min mark. */
static void test_watermark_fast_and_boost(void **state)
{
	struct zone *zone;
	struct pm pm;

	with_free(&pm, 1008);
	zone = pm.zones[0];
	zone->_watermark[WMARK_MIN] = 900;
	zone->watermark_boost = 600;
	assert_false(zone_watermark_fast(zone, 0, 1500, ZONE_NORMAL, ALLOC_WMARK_MIN, GFP_KERNEL));
	assert_true(zone_watermark_fast(zone, 0, 1500, ZONE_NORMAL, ALLOC_WMARK_MIN, GFP_ATOMIC));
	assert_false(zone_watermark_fast(zone, 1, 1500, ZONE_NORMAL, ALLOC_WMARK_MIN, GFP_ATOMIC));
	assert_false(zone_watermark_fast(zone, 0, 1500, ZONE_NORMAL, ALLOC_WMARK_LOW, GFP_ATOMIC));
	zone->_watermark[WMARK_MIN] = 1100;
	assert_false(zone_watermark_fast(zone, 0, 1700, ZONE_NORMAL, ALLOC_WMARK_MIN, GFP_ATOMIC));
	zone->watermark_boost = 0;
	pm_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_measured),
		cmocka_unit_test(test_min_free_kbytes),
		cmocka_unit_test(test_marks_of_high_and_movable),
		cmocka_unit_test(test_sysctls),
		cmocka_unit_test(test_lowmem_reserve_ratio),
		cmocka_unit_test(test_bad_sysctls),
		cmocka_unit_test(test_watermark_ok),
		cmocka_unit_test(test_watermark_order),
		cmocka_unit_test(test_watermark_highatomic),
		cmocka_unit_test(test_watermark_highatomic_block),
		cmocka_unit_test(test_watermark_cma),
		cmocka_unit_test(test_watermark_fast_and_boost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
