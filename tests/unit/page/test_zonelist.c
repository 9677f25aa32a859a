/* SPDX-License-Identifier: MIT */
/*
 * test_zonelist.c - which zones a request tries and in which order: by node, by distance, by the
 * zone bits of gfp; and that allocations follow until nothing is left.
 */
#include "machine.h"

#include "page/internal.h"

/* "0:Normal 0:DMA32 1:Normal": the list of node @nid. */
static const char *list_of(struct pm *pm, unsigned int nid, int which)
{
	static char text[1024];
	const struct zoneref *z = quire_pgdat(pm->m, nid)->node_zonelists[which].zonerefs;
	size_t n = 0;

	text[0] = 0;
	for (; z->zone; z++) {
		assert_int_equal(z->zone_idx, z->zone->idx);
		n += (size_t)sprintf(text + n, "%s%d:%s", n ? " " : "",
				     z->zone->zone_pgdat->node_id, z->zone->name);
	}
	return text;
}

#define assert_list(nid, text) assert_string_equal(list_of(&pm, nid, ZONELIST_FALLBACK), text)

static void test_two_nodes(void **state)
{
	struct pm pm;

	pm_config(&pm, "0-4000@0 4000-8000@1");
	pm.config.dma_limit = 16ull << 20;
	pm.config.dma32_limit = 32ull << 20;
	pm_up(&pm);
	assert_list(0, "0:Normal 0:DMA32 0:DMA 1:Normal");
	assert_list(1, "1:Normal 0:Normal 0:DMA32 0:DMA");
	assert_string_equal(list_of(&pm, 0, ZONELIST_NOFALLBACK), "0:Normal 0:DMA32 0:DMA");
	assert_string_equal(list_of(&pm, 1, ZONELIST_NOFALLBACK), "1:Normal");
	pm_down(&pm);
}

#define FOUR "0-1000@0 1000-2000@1 2000-3000@2 3000-4000@3"

/* All equally far: each node goes on with its neighbour by number, so that not all go to 0. */
static void test_four_equal_nodes(void **state)
{
	struct pm pm;

	pm_config(&pm, FOUR);
	pm_up(&pm);
	assert_list(0, "0:Normal 1:Normal 2:Normal 3:Normal");
	assert_list(1, "1:Normal 2:Normal 3:Normal 0:Normal");
	assert_list(2, "2:Normal 3:Normal 0:Normal 1:Normal");
	assert_list(3, "3:Normal 0:Normal 1:Normal 2:Normal");
	pm_down(&pm);
}

/* Two pairs, each near one another. */
static void test_distances(void **state)
{
	static const unsigned char pairs[] = { 10, 30, 20, 40, 30, 10, 40, 20,
					       20, 40, 10, 30, 40, 20, 30, 10 };
	struct pm pm;

	pm_config(&pm, FOUR);
	pm.config.distances = pairs;
	pm_up(&pm);
	assert_list(0, "0:Normal 2:Normal 1:Normal 3:Normal");
	assert_list(1, "1:Normal 3:Normal 0:Normal 2:Normal");
	assert_list(2, "2:Normal 0:Normal 3:Normal 1:Normal");
	assert_list(3, "3:Normal 1:Normal 2:Normal 0:Normal");
	pm_down(&pm);
}

/* The way there counts, not the way back. */
static void test_asymmetric_distances(void **state)
{
	static const unsigned char oneway[] = { 10, 20, 90, 40, 90, 10, 20, 40,
						20, 90, 10, 40, 20, 30, 40, 10 };
	struct pm pm;

	pm_config(&pm, FOUR);
	pm.config.distances = oneway;
	pm_up(&pm);
	assert_list(0, "0:Normal 1:Normal 3:Normal 2:Normal");
	assert_list(1, "1:Normal 2:Normal 3:Normal 0:Normal");
	assert_list(2, "2:Normal 0:Normal 3:Normal 1:Normal");
	assert_list(3, "3:Normal 0:Normal 1:Normal 2:Normal");
	pm_down(&pm);
}

/* Memory without CPUs is preferred among equals: nobody's own. A node without memory is in no list.
 */
static void test_nodes_without_cpus_or_memory(void **state)
{
	static const unsigned char on_two[] = { 0, 1 };
	struct pm pm;

	pm_config(&pm, "0-1000@0 1000-2000@1 2000-3000@2");
	pm.config.nr_cpus = 2;
	pm.config.cpu_nid = on_two;
	pm_up(&pm);
	assert_list(0, "0:Normal 2:Normal 1:Normal");
	assert_list(1, "1:Normal 2:Normal 0:Normal");
	pm_down(&pm);

	pm_config(&pm, "0-1000@0 1000-2000@2");
	pm.config.nr_cpus = 3;
	pm_up(&pm);
	assert_list(1, "2:Normal 0:Normal");
	assert_string_equal(list_of(&pm, 1, ZONELIST_NOFALLBACK), "");
	assert_int_equal(page_to_nid(alloc_pages_node(1, GFP_KERNEL, 0)), 2);
	assert_null(alloc_pages_node(1, GFP_KERNEL | __GFP_THISNODE | __GFP_NOWARN, 0));
	/* Its CPU has no memory of its own: other, for all that it is where it was asked to be. */
	assert_int_equal(quire_cpu_enter(pm.m, 1), 0);
	assert_int_equal(page_to_nid(alloc_page(GFP_KERNEL)), 2);
	assert_int_equal(quire_numa_events(pm.zones[1], NUMA_OTHER), 2);
	assert_int_equal(quire_numa_events(pm.zones[1], NUMA_HIT), 2);
	pm_down(&pm);
}

/* --- zone bits --------------------------------------------------------------------------- */

static void assert_gfp_zones(struct pm *pm, enum zone_type none, enum zone_type dma,
			     enum zone_type dma32, enum zone_type high)
{
	const unsigned char *zone = quire_this_cpu->page->state->gfp_zone;

	assert_int_equal(zone[0], none);
	assert_int_equal(zone[__GFP_DMA], dma);
	assert_int_equal(zone[__GFP_DMA32], dma32);
	assert_int_equal(zone[__GFP_HIGHMEM], high);
	/* __GFP_MOVABLE alone says of what kind, with __GFP_HIGHMEM also where. */
	assert_int_equal(zone[__GFP_MOVABLE], none);
	assert_int_equal(zone[__GFP_MOVABLE | __GFP_DMA], dma);
	assert_int_equal(zone[__GFP_MOVABLE | __GFP_DMA32], dma32);
	assert_int_equal(zone[__GFP_MOVABLE | __GFP_HIGHMEM], ZONE_MOVABLE);
	pm_down(pm);
}

static void test_gfp_zone(void **state)
{
	struct pm pm;

	pm_config(&pm, "0-4000@0");
	pm_up(&pm);
	assert_gfp_zones(&pm, ZONE_NORMAL, ZONE_NORMAL, ZONE_NORMAL, ZONE_NORMAL);

	pm_config(&pm, "0-4000@0");
	pm.config.dma_limit = 16ull << 20;
	pm_up(&pm);
	assert_gfp_zones(&pm, ZONE_NORMAL, ZONE_DMA, ZONE_NORMAL, ZONE_NORMAL);

	pm_config(&pm, "0-4000@0");
	pm.config.dma32_limit = 32ull << 20;
	pm_up(&pm);
	assert_gfp_zones(&pm, ZONE_NORMAL, ZONE_NORMAL, ZONE_DMA32, ZONE_NORMAL);

	pm_config(&pm, "0-4000@0");
	pm.config.dma_limit = 16ull << 20;
	pm.config.lowmem_limit = 48ull << 20;
	pm.config.contents = true;
	pm_up(&pm);
	assert_gfp_zones(&pm, ZONE_NORMAL, ZONE_DMA, ZONE_NORMAL, ZONE_HIGHMEM);
}

/* The zones that a request of @gfp takes pages from, in order, until there are none. */
static const char *zones_used(struct pm *pm, gfp_t gfp, int nid, const nodemask_t *nodes)
{
	static char text[1024];
	const struct zone *last = NULL;
	struct page *page;
	size_t n = 0;

	text[0] = 0;
	quire_set_sysctl("min_free_kbytes", 0, 0);
	quire_set_sysctl("watermark_boost_factor", 0, 0);
	while ((page = __alloc_pages(gfp | __GFP_NOWARN, 4, nid, nodes))) {
		const struct zone *zone = page_zone(page);

		if (zone != last)
			n += (size_t)sprintf(text + n, "%s%d:%s", n ? " " : "", page_to_nid(page),
					     zone->name);
		assert_true(n < sizeof(text) - 64);
		last = zone;
	}
	return text;
}

static void six_zones(struct pm *pm)
{
	pm_config(pm, "0-1000@0 1000-4000@0 4000-6000@1");
	pm->config.dma_limit = 16ull << 20;
	pm->config.lowmem_limit = 32ull << 20;
	pm->config.contents = true;
	for (int i = 0; i < QUIRE_NR_ZONE_TYPES; i++)
		pm->config.vm.lowmem_reserve_ratio[i] = 0;
	pm_up(pm);
}

#define assert_zones_used(gfp, nid, nodes, text)                             \
	do {                                                                 \
		struct pm pm;                                                \
		six_zones(&pm);                                              \
		assert_string_equal(zones_used(&pm, gfp, nid, nodes), text); \
		pm_down(&pm);                                                \
	} while (0)

/* Above the low marks first, all the way down; then once more, to the min marks. */
static void test_until_empty(void **state)
{
	static const nodemask_t only1 = { .bits = { 2 } }, only0 = { .bits = { 1 } };

	assert_zones_used(GFP_NOWAIT | __GFP_HIGHMEM | __GFP_THISNODE, 1, NULL, "1:HighMem");
	assert_zones_used(GFP_NOWAIT | __GFP_THISNODE, 1, NULL, "");
	assert_zones_used(GFP_NOWAIT | __GFP_DMA, 1, NULL, "0:DMA");
	assert_zones_used(GFP_NOWAIT | __GFP_DMA | __GFP_THISNODE, 1, NULL, "");
	assert_zones_used(GFP_NOWAIT | __GFP_HIGHMEM, 0, &only1, "1:HighMem");
	assert_zones_used(GFP_NOWAIT, 1, &only1, "");
	assert_zones_used(GFP_NOWAIT, 1, &only0, "0:Normal 0:DMA 0:Normal 0:DMA");
	assert_zones_used(GFP_NOWAIT | __GFP_HIGHMEM, 1, NULL,
			  "1:HighMem 0:HighMem 0:Normal 0:DMA 1:HighMem 0:HighMem 0:Normal 0:DMA");
	assert_zones_used(GFP_NOWAIT, 0, NULL, "0:Normal 0:DMA 0:Normal 0:DMA");
}

/* Those who could go higher leave low memory to those who cannot. */
static void test_lowmem_reserve_keeps_dma(void **state)
{
	struct pm pm;
	unsigned long taken = 0;
	struct page *page;

	pm_config(&pm, "0-1000@0 1000-2000@0");
	pm.config.dma_limit = 16ull << 20;
	pm.config.vm.lowmem_reserve_ratio[ZONE_DMA] = 2;
	pm.config.vm.min_free_kbytes = 0;
	pm_up(&pm);
	while ((page = alloc_pages(GFP_NOWAIT | __GFP_NOWARN, 4)))
		taken += page_zone(page) == pm.zones[0];
	assert_in_range(taken << 4, 2048 - 32, 2048);
	while (alloc_pages(GFP_NOWAIT | __GFP_NOWARN | __GFP_DMA, 4))
		taken++;
	assert_in_range(taken << 4, 4096 - 32, 4096);
	pm_down(&pm);
}

/* movable_core: taken from the end of each node, in largest blocks; only movable pages go there. */
static void test_movable_core(void **state)
{
	struct page *page;
	struct pm pm;

	pm_config(&pm, "0-2000@0 2000-4000@1");
	pm.config.movable_core = 32ull << 20;
	pm_up(&pm);
	assert_int_equal(pm.nr_zones, 4);
	assert_int_equal(pm.zones[1]->idx, ZONE_MOVABLE);
	assert_int_equal(pm.zones[1]->zone_start_pfn, 0x1000);
	assert_int_equal(pm.zones[1]->present_pages, 0x1000);
	assert_int_equal(pm.zones[3]->zone_start_pfn, 0x3000);
	assert_list(0, "0:Movable 0:Normal 1:Movable 1:Normal");
	page = alloc_pages(GFP_HIGHUSER_MOVABLE, 4);
	assert_ptr_equal(page_zone(page), pm.zones[1]);
	page = alloc_pages(GFP_KERNEL | __GFP_MOVABLE, 4);
	assert_ptr_equal(page_zone(page), pm.zones[0]);
	while ((page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, 4)))
		assert_true(page_zone(page)->idx == ZONE_NORMAL);
	pm_down(&pm);
}

/* "0:1000 1:-": first frame of each node's ZONE_MOVABLE on a machine of @map, @movable frames of
 * it. */
static void assert_movable(const char *map, u64 movable, u64 dma, const char *text)
{
	char got[256] = "";
	unsigned int nid;
	size_t n = 0;
	struct pm pm;

	pm_config(&pm, map);
	pm.config.movable_core = movable << 12;
	pm.config.dma_limit = dma << 12;
	pm_up(&pm);
	for (nid = 0; nid < pm.config.nr_nodes; nid++) {
		const struct zone *zone = quire_pgdat(pm.m, nid)->node_zones[ZONE_MOVABLE];

		n += (size_t)sprintf(got + n, "%s%u:", n ? " " : "", nid);
		n += (size_t)sprintf(got + n, zone ? "%lx" : "-", zone ? zone->zone_start_pfn : 0);
	}
	assert_string_equal(got, text);
	pm_down(&pm);
}

static void test_movable_starts(void **state)
{
	assert_movable("0-2000@0", 0, 0, "0:-");
	assert_movable("0-2000@0", 0x800, 0, "0:1800");
	/* In largest blocks, movable_core as well as starts. */
	assert_movable("0-2000@0", 0x801, 0, "0:1400");
	assert_movable("0-2000@0", 0x1c01, 0, "0:-"); /* nothing for the kernel */
	assert_movable("0-1100@0 1100-2000@1", 0x800, 0, "0:c00 1:-");
	/* Half and half; holes do not count: 900 of 1100 are the kernel's. */
	assert_movable("0-1000@0 1000-2000@1", 0x1000, 0, "0:800 1:1800");
	assert_movable("0-800@0 1000-1900@0", 0x800, 0, "0:1400");
	/* Node 0 has less than its share: node 1 has that much more. */
	assert_movable("0-400@0 400-2400@1", 0x1400, 0, "0:- 1:1000");
	assert_movable("0-400@0 400-2400@2", 0x1400, 0, "0:- 1:- 2:1000");
	/* Never below the highest zone, and what lies there is part of the kernel's. */
	assert_movable("0-2000@0", 0x1c00, 0x1000, "0:1000");
	assert_movable("0-2000@0", 0x800, 0x1000, "0:1800");
	assert_movable("0-1000@0 1000-2000@1", 0x1000, 0x1000, "0:- 1:1000");
}

/*
 * Rather the next zone down than mixing types in a page block of ZONE_NORMAL, where there is a
 * ZONE_DMA32; without one, kernels know no such rule.
 */
static void nofragment(bool dma32, enum zone_type zone)
{
	struct pm pm;

	pm_config(&pm, "0-1000@0 1000-1400@0");
	if (dma32)
		pm.config.dma32_limit = 16ull << 20;
	else
		pm.config.dma_limit = 16ull << 20;
	pm.config.vm.min_free_kbytes = 0;
	pm_up(&pm);
	assert_int_equal(alloc_pages(GFP_HIGHUSER_MOVABLE, 9) - pfn_to_page(0x1000), 0);
	assert_int_equal(alloc_pages(GFP_HIGHUSER_MOVABLE, 4) - pfn_to_page(0x1200), 0);
	/* Only pieces of a movable page block are left in Normal. */
	assert_int_equal(page_zone(alloc_pages(GFP_KERNEL, 4))->idx, zone);
	pm_down(&pm);
}

static void test_nofragment(void **state)
{
	nofragment(true, ZONE_DMA32);
	nofragment(false, ZONE_NORMAL);
}

/* A zone whose frames are all reserved at boot is tried all the same: they may be freed later. */
static void test_all_reserved_at_first(void **state)
{
	struct quire_reserved all = { .name = "all",
				      .kind = QUIRE_RESERVED_KERNEL,
				      .start = 0x1000ull << 12,
				      .size = 0x1000ull << 12 };
	unsigned long pfn;
	struct page *page;
	struct pm pm;

	pm_config(&pm, "0-1000@0 1000-2000@1");
	pm.config.reserved = &all;
	pm.config.nr_reserved = 1;
	pm_up(&pm);
	assert_list(0, "0:Normal 1:Normal");
	assert_list(1, "1:Normal 0:Normal");
	assert_null(alloc_pages_node(1, GFP_NOWAIT | __GFP_THISNODE | __GFP_NOWARN, 0));
	for (pfn = 0x1000; pfn < 0x1400; pfn++)
		free_reserved_page(pfn_to_page(pfn));
	page = alloc_pages_node(1, GFP_NOWAIT | __GFP_THISNODE, 0);
	assert_non_null(page);
	assert_int_equal(page_to_nid(page), 1);
	__free_page(page);
	pm_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_nodes),
		cmocka_unit_test(test_four_equal_nodes),
		cmocka_unit_test(test_distances),
		cmocka_unit_test(test_asymmetric_distances),
		cmocka_unit_test(test_nodes_without_cpus_or_memory),
		cmocka_unit_test(test_gfp_zone),
		cmocka_unit_test(test_until_empty),
		cmocka_unit_test(test_lowmem_reserve_keeps_dma),
		cmocka_unit_test(test_movable_core),
		cmocka_unit_test(test_movable_starts),
		cmocka_unit_test(test_nofragment),
		cmocka_unit_test(test_all_reserved_at_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
