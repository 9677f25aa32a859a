/* SPDX-License-Identifier: MIT */
/*
 * test_continue.c - a held machine goes on under Linux's names, and the page allocator has it all.
 */
#include "boot_machine.h"

#include <quire/gfp.h>
#include <quire/mm.h>

static struct boot_machine bm;

static void start(enum quire_boot_allocator boot, bool contents)
{
	boot_machine_config(&bm, "1-9f@0 100-1000@0 1000-2000@1");
	bm.config.boot = boot;
	bm.config.contents = contents;
	boot_machine_start(&bm);
}

/* A frame of the allocator's own can be had and given back. */
static void pages_work(void)
{
	struct page *page = alloc_pages(GFP_KERNEL, 3);

	assert_non_null(page);
	__free_pages(page, 3);
	assert_silent(&bm);
}

static void memblock_goes_on(void **state)
{
	unsigned int contents;

	for (contents = 0; contents < 2; contents++) {
		start(QUIRE_BOOT_MEMBLOCK, contents);
		assert_int_not_equal(memblock_phys_alloc(PAGES(0x10), PAGES(1)), 0);
		memblock_free_all();
		pages_work();
		memblock_free_all();
		assert_reported(&bm, "memblock_free_all: the boot allocator has handed over");
		memblock_free_late(PAGES(0x1ff0), PAGES(0x10));
		assert_silent(&bm);
		memblock_discard();
		assert_silent(&bm);
		boot_machine_down(&bm);
	}
}

static void bootmem_goes_on(void **state)
{
	unsigned long frames;

	start(QUIRE_BOOT_BOOTMEM, true);
	assert_non_null(alloc_bootmem_pages(0x3000));
	frames = free_all_bootmem();
	assert_int_equal(frames, 0x9e + 0xf00 + 0x1000 - 3);
	pages_work();
	assert_int_equal(free_all_bootmem(), 0);
	assert_reported(&bm, "free_all_bootmem: the boot allocator has handed over");
	boot_machine_down(&bm);
}

static void bootmem_node_by_node(void **state)
{
	start(QUIRE_BOOT_BOOTMEM, false);
	assert_int_equal(free_all_bootmem_node(quire_bootmem_node(0)), 0x9e + 0xf00);
	assert_int_equal(free_all_bootmem_node(quire_bootmem_node(1)), 0x1000);
	pages_work();
	free_bootmem_late(PAGES(0x101), PAGES(1));
	assert_reported(&bm, "is not taken");
	boot_machine_down(&bm);
}

/* Frames given late are as free as all others: the lists are sound, and each can be had once. */
static void late_frames_are_ordinary(void **state)
{
	struct zone *const *zones;
	unsigned int nr, i;
	struct page *page;

	start(QUIRE_BOOT_MEMBLOCK, false);
	assert_int_equal(memblock_phys_alloc(PAGES(0x10), PAGES(1)), PAGES(0x1ff0));
	memblock_free_all();
	memblock_free_late(PAGES(0x1ff0), PAGES(0x10));
	zones = quire_zones(bm.m, &nr);
	for (i = 0; i < nr; i++)
		assert_int_equal(quire_zone_validate(zones[i]), 0);
	assert_int_equal(page_ref_count(pfn_to_page(0x1ff5)), 0);
	do {
		page = alloc_page(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN);
	} while (page && page_to_pfn(page) != 0x1ff5);
	assert_non_null(page);
	assert_int_equal(page_count(page), 1);
	assert_silent(&bm);
	boot_machine_down(&bm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memblock_goes_on),
		cmocka_unit_test(bootmem_goes_on),
		cmocka_unit_test(bootmem_node_by_node),
		cmocka_unit_test(late_frames_are_ordinary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
