/* SPDX-License-Identifier: MIT */
/*
 * test_init.c - from a memory map to nodes, zones, page blocks, struct pages and free lists.
 */
#include "machine.h"

#include "page/internal.h"

/* "0:DMA 1+fff/f9e 0:DMA32 ...": node, type, first frame, spanned / present, in hex. */
static const char *zones_of(struct pm *pm)
{
	static char text[2048];
	unsigned int i;
	size_t n = 0;

	text[0] = 0;
	for (i = 0; i < pm->nr_zones; i++) {
		const struct zone *z = pm->zones[i];

		n += (size_t)sprintf(text + n, "%s%d:%s %lx+%lx/%lx", n ? " | " : "",
				     z->zone_pgdat->node_id, z->name, z->zone_start_pfn,
				     z->spanned_pages, z->present_pages);
	}
	return text;
}

/* The types of page blocks of [0, @blocks). */
static const char *types_of(unsigned long blocks)
{
	static char text[256];
	unsigned long i;

	for (i = 0; i < blocks; i++)
		text[i] = "UMRHCI"[get_pageblock_migratetype(
			pfn_to_page(i << quire_current_machine()->page->pageblock_order))];
	text[blocks] = 0;
	return text;
}

/* --- zones ------------------------------------------------------------------------------- */

static void pc(struct pm *pm, const char *map)
{
	pm_config(pm, map);
	pm->config.dma_limit = 16ull << 20;
	pm->config.dma32_limit = 4ull << 30;
}

static void test_pc_map(void **state)
{
	struct pm pm;

	pc(&pm, "1-9f@0 100-bffe0@0 100000-140000@0");
	pm_up(&pm);
	assert_string_equal(zones_of(&pm), "0:DMA 1+fff/f9e | 0:DMA32 1000+ff000/befe0 | "
					   "0:Normal 100000+40000/40000");
	assert_int_equal(quire_pgdat(pm.m, 0)->node_start_pfn, 1);
	assert_int_equal(quire_pgdat(pm.m, 0)->node_spanned_pages, 0x13ffff);
	assert_int_equal(quire_pgdat(pm.m, 0)->node_present_pages, 0xf9e + 0xbefe0 + 0x40000);
	assert_int_equal(totalram_pages(), 0xf9e + 0xbefe0 + 0x40000);
	assert_int_equal(nr_free_pages(), totalram_pages());
	assert_true(pfn_valid(0) && pfn_valid(0xa0) && pfn_valid(0xbffff) && pfn_valid(0x13ffff));
	assert_false(pfn_valid(0xc0000) || pfn_valid(0xfffff) || pfn_valid(0x140000) ||
		     pfn_valid(~0ul));
	pm_down(&pm);
}

/* Nodes may be interleaved; each has zones of its own, holes where the other one's memory is. */
static void test_interleaved_nodes(void **state)
{
	struct page *page;
	struct pm pm;

	pc(&pm, "0-1000@1 1000-1800@0 1800-2000@1 2000-3000@0");
	pm_up(&pm);
	assert_string_equal(zones_of(&pm), "0:DMA32 1000+2000/1800 | 1:DMA 0+1000/1000 | "
					   "1:DMA32 1000+1000/800");
	quire_make_free_heads(pm.m);
	assert_int_equal(page_to_nid(pfn_to_page(0x1c00)), 1);
	assert_int_equal(page_to_nid(pfn_to_page(0x2000)), 0);
	assert_ptr_equal(page_zone(pfn_to_page(0x1800)), pm.zones[2]);
	while ((page = alloc_pages(GFP_KERNEL | __GFP_THISNODE | __GFP_NOWARN | __GFP_MEMALLOC, 3)))
		assert_true(page_to_pfn(page) >= 0x2000 ||
			    (page_to_pfn(page) >= 0x1000 && page_to_pfn(page) < 0x1800));
	assert_int_equal(zone_page_state_snapshot(pm.zones[0], NR_FREE_PAGES), 0);
	assert_int_equal(zone_page_state_snapshot(pm.zones[2], NR_FREE_PAGES), 0x800);
	pm_down(&pm);
}

static void test_many_nodes(void **state)
{
	struct pm pm;
	unsigned int nid;

	pm_config(&pm, "0-400@0");
	pm.config.nr_nodes = pm.config.nr_cpus = 64;
	pm.config.nr_ranges = 16;
	for (nid = 0; nid < 16; nid++)
		pm.ranges[nid] = (struct quire_mem_range){ .start = (u64)nid << 22,
							   .end = (nid + 1ull) << 22,
							   .nid = nid * 4 };
	pm_up(&pm);
	assert_int_equal(pm.nr_zones, 16);
	for (nid = 0; nid < 64; nid++)
		assert_int_equal(page_to_nid(alloc_pages_node((int)nid, GFP_KERNEL, 0)) % 4, 0);
	assert_int_equal(page_to_nid(alloc_pages_node(60, GFP_KERNEL, 0)), 60);
	assert_null(quire_pgdat(pm.m, 64));
	pm_down(&pm);
}

static void test_highmem(void **state)
{
	struct page *page;
	struct pm pm;

	pm_config(&pm, "1-9f@0 100-3000@0");
	pm.config.dma_limit = 16ull << 20;
	pm.config.lowmem_limit = 32ull << 20;
	pm.config.contents = true;
	pm_up(&pm);
	assert_string_equal(zones_of(&pm),
			    "0:DMA 1+fff/f9e | 0:Normal 1000+1000/1000 | 0:HighMem 2000+1000/1000");
	page = alloc_pages(GFP_HIGHUSER, 4);
	assert_ptr_equal(page_zone(page), pm.zones[2]);
	assert_null(page_address(page));
	page = alloc_pages(GFP_KERNEL, 4);
	assert_ptr_equal(page_zone(page), pm.zones[1]);
	assert_non_null(page_address(page));
	pm_down(&pm);
}

/* Zones need not begin or end where blocks do: no block reaches over their border. */
static void test_odd_borders(void **state)
{
	struct pm pm;

	pm_config(&pm, "0-1000@0");
	pm.config.dma_limit = 0x7f3ull << 12;
	pm_up(&pm);
	assert_string_equal(zones_of(&pm), "0:DMA 0+7f3/7f3 | 0:Normal 7f3+80d/80d");
	assert_int_equal(nr_free_pages(), 0x1000);
	assert_int_equal(quire_zone_validate(pm.zones[0]) + quire_zone_validate(pm.zones[1]), 0);
	assert_free(&pm, 0, "M 7f2.0 7f0.1 7e0.4 7c0.5 780.6 700.7 600.8 400.9 0.10");
	assert_free(&pm, 1, "M 7f3.0 7f4.2 7f8.3 800.10 c00.10");
	pm_down(&pm);
}

/* --- page sizes -------------------------------------------------------------------------- */

static void test_page_sizes(void **state)
{
	static const struct {
		unsigned int shift, pageblock, section;
	} sizes[] = { { 14, 11, 30 }, { 16, 9, 29 }, { 16, 10, 29 } };
	struct page *page;
	struct pm pm;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		pm_config(&pm, "0-10000@0"); /* 256 MiB */
		pm.config.page_shift = sizes[i].shift;
		pm.config.pageblock_order = sizes[i].pageblock;
		pm.config.max_order = sizes[i].pageblock + 1;
		pm.config.section_shift = sizes[i].section;
		pm.config.contents = true;
		pm_up(&pm);
		assert_int_equal(nr_free_pages(), (256ull << 20) >> sizes[i].shift);
		page = alloc_pages(GFP_KERNEL | __GFP_ZERO, 1);
		memset(page_address(page), 1, 2ul << sizes[i].shift);
		assert_ptr_equal(page_address(page + 1),
				 (char *)page_address(page) + (1ul << sizes[i].shift));
		assert_ptr_equal(virt_to_page((char *)page_address(page) + (1ul << sizes[i].shift)),
				 page + 1);
		__free_pages(page, 1);
		assert_non_null(alloc_pages(GFP_KERNEL, sizes[i].pageblock));
		assert_null(alloc_pages(GFP_KERNEL | __GFP_NOWARN, sizes[i].pageblock + 1));
		pm_down(&pm);
	}
}

/* --- page blocks ------------------------------------------------------------------------- */

/* Movable where their first frame is memory. */
static void test_block_types(void **state)
{
	struct pm pm;

	pm_config(&pm, "1-9f@0 200-500@0 601-a00@0");
	pm_up(&pm);
	assert_string_equal(types_of(5), "UMMUM");
	/* 600 is none though most of it is memory. The free lists follow the types. */
	assert_free(&pm, 0,
		    "U 1.0 9e.0 601.0 2.1 9c.1 602.1 4.2 98.2 604.2 8.3 90.3 608.3 10.4 80.4 610.4 "
		    "20.5 620.5 40.6 640.6 680.7 700.8 | M 400.8 200.9 800.9");
	pm_down(&pm);
}

/* Frames that are not memory, or taken by firmware: struct pages that nobody ever gets. */
static void test_holes_are_reserved(void **state)
{
	struct page *page;
	struct pm pm;

	pm_config(&pm, "1-9f@0 100-1000@0");
	pm_up(&pm);
	assert_true(pfn_to_page(0)->flags & 1ul << PG_reserved);
	assert_true(pfn_to_page(0xff)->flags & 1ul << PG_reserved);
	assert_int_equal(page_ref_count(pfn_to_page(0xa0)), 1);
	assert_int_equal(page_to_nid(pfn_to_page(0xa0)), 0);
	while ((page = alloc_page(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN)))
		assert_true(page_to_pfn(page) >= 1 &&
			    (page_to_pfn(page) < 0x9f || page_to_pfn(page) >= 0x100));
	pm_down(&pm);
}

static void test_reservations(void **state)
{
	static const struct quire_reserved kept[] = {
		{ .name = "image", .start = 16ull << 12, .size = 5ull << 12 },
		{ .name = "gone",
		  .start = 0x200ull << 12,
		  .size = 0x10ull << 12,
		  .kind = QUIRE_RESERVED_NO_MAP },
	};
	struct pm pm;

	pm_config(&pm, "0-1000@0");
	pm.config.reserved = kept;
	pm.config.nr_reserved = 2;
	pm_up(&pm);
	assert_int_equal(zone_managed_pages(pm.zones[0]), 0x1000 - 5 - 0x10);
	assert_int_equal(pm.zones[0]->present_pages, 0x1000);
	assert_true(pfn_to_page(20)->flags & 1ul << PG_reserved);
	assert_true(pfn_to_page(0x20f)->flags & 1ul << PG_reserved);
	assert_int_equal(nr_free_pages(), 0x1000 - 5 - 0x10);
	pm_down(&pm);
}

/* With the memory of struct pages taken from the frames, 64 bytes of each go. */
static void test_reserve_memmap(void **state)
{
	struct pm pm;

	pm_config(&pm, "0-8000@0");
	pm.config.reserve_memmap = true;
	pm_up(&pm);
	assert_in_range(0x8000 - zone_managed_pages(pm.zones[0]), 0x8000 / 64, 0x8000 / 64 + 8);
	pm_down(&pm);
}

/* --- late memory ------------------------------------------------------------------------- */

/*
 * Sections of 0x8000 frames: after one section's worth of the last zone, from the next section's
 * start on.
 */
static void test_deferred(void **state)
{
	unsigned long start;
	struct pm pm;

	pc(&pm, "1-9f@0 100-2ffdd@0");
	pm.config.deferred_init = true;
	pm_up(&pm);
	assert_int_equal(quire_pgdat(pm.m, 0)->first_deferred_pfn, 0x10000);
	assert_int_equal(zone_managed_pages(pm.zones[0]), 0xf9e);
	assert_int_equal(zone_managed_pages(pm.zones[1]), 0xf000);
	assert_int_equal(get_pageblock_migratetype(pfn_to_page(0xfe00)), MIGRATE_MOVABLE);
	assert_int_equal(get_pageblock_migratetype(pfn_to_page(0x10000)), MIGRATE_UNMOVABLE);
	assert_true(pfn_to_page(0x10000)->flags & 1ul << PG_reserved);
	/* A block of it arrives: it becomes movable, and merges with what follows. */
	quire_free_deferred(pfn_to_page(0x10000), 9);
	quire_free_deferred(pfn_to_page(0x10200), 9);
	assert_int_equal(get_pageblock_migratetype(pfn_to_page(0x10200)), MIGRATE_MOVABLE);
	assert_int_equal(zone_managed_pages(pm.zones[1]), 0xf400);
	assert_true(PageBuddy(pfn_to_page(0x10000)));
	assert_int_equal(buddy_order(pfn_to_page(0x10000)), 10);
	/* Not at its block's beginning: the type stays what it is. */
	quire_free_deferred(pfn_to_page(0x2fe01), 0);
	assert_int_equal(get_pageblock_migratetype(pfn_to_page(0x2fe01)), MIGRATE_UNMOVABLE);
	for (start = 0x10400; start < 0x2fe00; start += 0x200)
		quire_free_deferred(pfn_to_page(start), 9);
	assert_int_equal(zone_managed_pages(pm.zones[1]), 0x2ee01);
	assert_int_equal(zone_page_state_snapshot(pm.zones[1], NR_FREE_PAGES), 0x2ee01);
	assert_string_equal(pm.log, "");
	pm_down(&pm);
}

/* Too small to be worth it: nothing is deferred. Every node has its own first section. */
static void test_deferred_by_node(void **state)
{
	struct pm pm;

	pc(&pm, "100-8000@0");
	pm.config.deferred_init = true;
	pm_up(&pm);
	assert_int_equal(quire_pgdat(pm.m, 0)->first_deferred_pfn, ~0ul);
	assert_int_equal(nr_free_pages(), 0x7f00);
	pm_down(&pm);

	pc(&pm, "0-30000@0 30000-60000@1");
	pm.config.deferred_init = true;
	pm_up(&pm);
	assert_int_equal(quire_pgdat(pm.m, 0)->first_deferred_pfn, 0x10000);
	assert_int_equal(quire_pgdat(pm.m, 1)->first_deferred_pfn, 0x38000);
	pm_down(&pm);
}

/* --- steps of bringing up ---------------------------------------------------------------- */

static void test_staged(void **state)
{
	struct per_cpu_pages *pcp;
	struct page *page;
	struct pm pm;

	pm_config(&pm, "0-20000@0");
	pm.config.staged_init = true;
	pm.config.vm.transparent_hugepage = true;
	pm_up(&pm);
	pcp = quire_zone_pcp(pm.zones[0], 0);
	assert_int_equal(pcp->batch, 1);
	assert_int_equal(pcp->high, 0);
	assert_int_equal(pm.zones[0]->_watermark[WMARK_MIN], 0);
	page = alloc_page(GFP_KERNEL); /* one at a time, and straight back */
	assert_int_equal(pcp->count, 0);
	__free_page(page);
	assert_int_equal(pcp->count, 0);
	setup_per_cpu_pageset();
	assert_int_equal(pcp->batch, 31);
	assert_int_equal(pcp->high, 4 * 31);
	init_per_zone_wmark_min();
	assert_int_equal(pm.zones[0]->_watermark[WMARK_MIN], 2896 / 4); /* sqrt(16 * 512 MiB) kB */
	assert_int_equal(pcp->high, 724 + 181);
	set_recommended_min_free_kbytes();
	assert_int_equal(pm.zones[0]->_watermark[WMARK_MIN], 512 * 11);
	assert_int_equal(pcp->high, 512 * 11 * 5 / 4);
	pm_down(&pm);
}

/* --- two boot allocators ----------------------------------------------------------------- */

static void boot_with(struct pm *pm, enum quire_boot_allocator boot)
{
	static const struct quire_reserved kept[] = {
		{ .name = "image", .start = 0x123ull << 12, .size = 77ull << 12 },
		{ .name = "more", .start = 0x1801ull << 12, .size = 1ull << 12 },
	};

	pm_config(pm, "1-9f@0 100-13c7@0 1400-2000@1");
	pm->config.boot = boot;
	pm->config.reserved = kept;
	pm->config.nr_reserved = 2;
	pm_up(pm);
}

/* Frame by frame: which one is free does not depend on who served before. */
static void test_bootmem_hands_over_the_same(void **state)
{
	static unsigned char free[2][0x2000];
	unsigned int k, order;
	unsigned long pfn;
	struct pm pm;

	memset(free, 0, sizeof(free));
	for (k = 0; k < 2; k++) {
		boot_with(&pm, k ? QUIRE_BOOT_BOOTMEM : QUIRE_BOOT_MEMBLOCK);
		quire_make_free_heads(pm.m);
		for (pfn = 0; pfn < 0x2000; pfn++) {
			if (!PageBuddy(pfn_to_page(pfn)))
				continue;
			order = buddy_order(pfn_to_page(pfn));
			memset(free[k] + pfn, 1, 1ul << order);
		}
		assert_int_equal(nr_free_pages(), 0x9e + 0x12c7 + 0xc00 - 77 - 1);
		assert_string_equal(zones_of(&pm), "0:Normal 1+13c6/1365 | 1:Normal 1400+c00/c00");
		pm_down(&pm);
	}
	assert_memory_equal(free[0], free[1], sizeof(free[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pc_map),
		cmocka_unit_test(test_interleaved_nodes),
		cmocka_unit_test(test_many_nodes),
		cmocka_unit_test(test_highmem),
		cmocka_unit_test(test_odd_borders),
		cmocka_unit_test(test_page_sizes),
		cmocka_unit_test(test_block_types),
		cmocka_unit_test(test_holes_are_reserved),
		cmocka_unit_test(test_reservations),
		cmocka_unit_test(test_reserve_memmap),
		cmocka_unit_test(test_deferred),
		cmocka_unit_test(test_deferred_by_node),
		cmocka_unit_test(test_staged),
		cmocka_unit_test(test_bootmem_hands_over_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
