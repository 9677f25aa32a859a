/* SPDX-License-Identifier: MIT */
/*
 * test_regions.c - memblock's lists: literal ranges in, literal ranges out.
 */
#include "boot_machine.h"

#include <quire/errno.h>

static int up(void **state)
{
	static struct boot_machine bm;

	boot_machine_up(&bm, "1-1100@0");
	assert_int_equal(memblock_remove(0, PHYS_ADDR_MAX), 0);
	*state = &bm;
	return 0;
}

static int down(void **state)
{
	assert_int_equal(quire_memblock_validate(), 0);
	boot_machine_down(*state);
	return 0;
}

/*	[..]  [..]    [.]
 *	   [..........]       gaps only, then one region
 */
static void add_fills_gaps(void **state)
{
	memblock_add(PAGES(0x10), PAGES(4));
	memblock_add(PAGES(0x18), PAGES(4));
	memblock_add(PAGES(0x20), PAGES(1));
	assert_memory("10-14 18-1c 20-21");
	assert_int_equal(memblock_add(PAGES(0x12), PAGES(0xe)), 0);
	assert_memory("10-21");
	assert_int_equal(memblock_phys_mem_size(), PAGES(0x11));
	assert_int_equal(quire_memblock()->memory.cnt, 1);
	assert_silent(*state);
}

static void add_keeps_what_is_there(void **state)
{
	memblock_add_node(PAGES(0x10), PAGES(4), 1, MEMBLOCK_NONE);
	memblock_add_node(PAGES(0xe), PAGES(8), 0, MEMBLOCK_NONE);
	assert_memory("e-10@0 10-14@1 14-16@0");
	assert_reported(*state, "is there already as node 1 flags 0x0, which stays");
}

static void merges_only_what_agrees(void **state)
{
	memblock_add_node(PAGES(1), PAGES(1), 0, MEMBLOCK_NONE);
	memblock_add_node(PAGES(2), PAGES(1), 1, MEMBLOCK_NONE);
	memblock_add_node(PAGES(3), PAGES(1), 1, MEMBLOCK_HOTPLUG);
	memblock_add_node(PAGES(4), PAGES(1), 1, MEMBLOCK_HOTPLUG);
	memblock_add_node(PAGES(6), PAGES(1), 1, MEMBLOCK_HOTPLUG);
	assert_memory("1-2@0 2-3@1 3-5@1:1 6-7@1:1");
	memblock_clear_hotplug(PAGES(3), PAGES(2));
	assert_memory("1-2@0 2-5@1 6-7@1:1");
	memblock_set_node(PAGES(1), PAGES(1), &quire_memblock()->memory, 1);
	assert_memory("1-5@1 6-7@1:1");
}

static void remove_cuts(void **state)
{
	memblock_add_node(PAGES(0x10), PAGES(0x10), 0, MEMBLOCK_NONE);
	memblock_remove(PAGES(0x14), PAGES(2));
	assert_memory("10-14@0 16-20@0");
	memblock_remove(PAGES(0xf), PAGES(2));
	assert_memory("11-14@0 16-20@0");
	memblock_remove(PAGES(0x13), PAGES(0x100));
	assert_memory("11-13@0");
	assert_int_equal(memblock_phys_mem_size(), PAGES(2));
	memblock_remove(PAGES(0x11), PAGES(2));
	assert_int_equal(quire_memblock()->memory.cnt, 1); /* I3 */
	assert_int_equal(quire_memblock()->memory.regions[0].size, 0);
	assert_int_equal(memblock_phys_mem_size(), 0);
	assert_int_equal(memblock_remove(PAGES(0x11), PAGES(2)), 0);
}

static void sizes_are_cut_at_the_end(void **state)
{
	memblock_reserve(PHYS_ADDR_MAX - 0xfff, 0x10000);
	assert_int_equal(memblock_reserved_size(), 0xfff);
	assert_true(memblock_is_region_reserved(PHYS_ADDR_MAX - 1, 1));
	assert_int_equal(memblock_reserve(PAGES(1), 0), 0);
	assert_int_equal(quire_memblock()->reserved.cnt, 1);
	memblock_phys_free(0, PHYS_ADDR_MAX);
	assert_int_equal(memblock_reserved_size(), 0);
}

/* A range of no bytes changes nothing, wherever it lies. */
static void nothing_to_do(void **state)
{
	memblock_add(PAGES(0x10), PAGES(0x10));
	assert_int_equal(memblock_remove(PAGES(0x14), 0), 0);
	assert_int_equal(quire_memblock()->memory.cnt, 1);
	assert_int_equal(memblock_mark_nomap(PAGES(0x14), 0), 0);
	assert_int_equal(memblock_set_node(PAGES(0x14), 0, &quire_memblock()->memory, 1), 0);
	assert_int_equal(memblock_phys_free(PAGES(0x14), 0), 0);
	assert_int_equal(quire_memblock()->memory.cnt, 1);
	assert_memory("10-20");
	assert_silent(*state);
}

/* Trimming shrinks inward, drops what vanishes, and leaves total_size as it was. */
static void trim(void **state)
{
	memblock_add(0x1000, 0x9ec00);
	memblock_add(0xa0400, 0x800);
	memblock_add(0x100001, 0x1fff);
	memblock_trim_memory(0x1000);
	assert_memory("1-9f 101-102");
	assert_int_equal(memblock_phys_mem_size(), 0x9ec00 + 0x1fff);
	memblock_trim_memory(0x3000);
	assert_reported(*state, "0x3000 is no power of two");
	assert_memory("1-9f 101-102");
}

static void overlap_is_exact(void **state)
{
	struct memblock_type *reserved = &quire_memblock()->reserved;

	memblock_reserve(0x2000, 0x1000);
	assert_false(memblock_overlaps_region(reserved, 0x1000, 0x1000));
	assert_true(memblock_overlaps_region(reserved, 0x1000, 0x1001));
	assert_true(memblock_overlaps_region(reserved, 0x2fff, 1));
	assert_false(memblock_overlaps_region(reserved, 0x3000, 0x1000));
	assert_false(memblock_overlaps_region(reserved, 0x2800, 0));
	assert_true(memblock_addrs_overlap(0, 0x2001, 0x2000, 1));
	assert_false(memblock_addrs_overlap(0, 0x2000, 0x2000, 1));
}

static void questions(void **state)
{
	unsigned long first = 0, end = 0;

	memblock_add_node(PAGES(2), PAGES(2), 0, MEMBLOCK_NONE);
	memblock_add_node(PAGES(8), PAGES(4), 0, MEMBLOCK_NONE);
	memblock_mark_nomap(PAGES(8), PAGES(1));
	assert_memory("2-4@0 8-9@0:4 9-c@0");
	assert_int_equal(memblock_start_of_DRAM(), PAGES(2));
	assert_int_equal(memblock_end_of_DRAM(), PAGES(0xc));
	assert_true(memblock_is_memory(PAGES(8)));
	assert_false(memblock_is_map_memory(PAGES(8)));
	assert_true(memblock_is_map_memory(PAGES(9)));
	assert_false(memblock_is_memory(PAGES(4)));
	assert_true(memblock_is_region_memory(PAGES(9), PAGES(3)));
	assert_false(memblock_is_region_memory(PAGES(9), PAGES(4)));
	assert_false(memblock_is_region_memory(PAGES(4), PAGES(1)));
	assert_int_equal(memblock_search_pfn_nid(0xa, &first, &end), 0);
	assert_int_equal(first, 9);
	assert_int_equal(end, 0xc);
	assert_int_equal(memblock_search_pfn_nid(5, &first, &end), -1);
	memblock_clear_nomap(PAGES(8), PAGES(1));
	assert_memory("2-4@0 8-c@0");
}

static void limit(void **state)
{
	memblock_add(PAGES(0x10), PAGES(0x10));
	memblock_add(PAGES(0x30), PAGES(0x10));
	memblock_reserve(PAGES(0x1c), PAGES(0x20));
	memblock_enforce_memory_limit(0);
	memblock_enforce_memory_limit(PAGES(0x100));
	assert_memory("10-20 30-40");
	memblock_enforce_memory_limit(PAGES(0x14));
	assert_memory("10-20 30-34");
	assert_reserved("1c-34");
}

/* What is unmapped survives a cap; the reservations are cut to the range. */
static void cap(void **state)
{
	memblock_cap_memory_range(PAGES(1), PAGES(1));
	assert_reported(*state, "No memory registered yet");
	memblock_add(PAGES(0x10), PAGES(0x30));
	memblock_mark_nomap(PAGES(0x12), PAGES(1));
	memblock_mark_nomap(PAGES(0x38), PAGES(1));
	memblock_reserve(PAGES(0x11), PAGES(0x20));
	memblock_cap_memory_range(PAGES(0x18), PAGES(8));
	assert_memory("12-13:4 18-20 38-39:4");
	assert_reserved("18-20");
	memblock_mem_limit_remove_map(PAGES(5));
	assert_memory("12-13:4 18-1c 38-39:4");
}

/* 128 entries are full without memblock_allow_resize(); nothing changes then. */
static void full_array(void **state)
{
	unsigned int i;

	memblock_add(PAGES(0x100), PAGES(0x1000));
	for (i = 0; i < 128; i++)
		assert_int_equal(memblock_reserve(PAGES(0x200 + 2 * i), PAGES(1)), 0);
	assert_int_equal(memblock_reserve(PAGES(0x1), PAGES(1)), -ENOMEM);
	assert_int_equal(quire_memblock()->reserved.cnt, 128);
	/* joining two and freeing one pass through one or two entries more, as in Linux */
	assert_int_equal(memblock_reserve(PAGES(0x201), PAGES(1)), -ENOMEM);
	assert_int_equal(memblock_phys_free(PAGES(0x200), PAGES(1)), -ENOMEM);
	assert_int_equal(quire_memblock()->reserved.cnt, 128);
	assert_int_equal(memblock_reserve(PAGES(0x200), PAGES(1)), 0); /* nothing new */
	assert_int_equal(memblock_reserved_size(), PAGES(128));
}

static void doubled_array(void **state)
{
	unsigned int i;

	memblock_add(PAGES(0x100), PAGES(0x1000));
	memblock_allow_resize();
	for (i = 0; i < 129; i++)
		assert_int_equal(memblock_reserve(PAGES(0x200 + 2 * i), PAGES(1)), 0);
	assert_int_equal(quire_memblock()->reserved.cnt, 130);
	assert_int_equal(quire_memblock()->reserved.max, 256);
	assert_true(memblock_is_region_reserved(PAGES(0x10fe), PAGES(2))); /* 8 KiB, top down */
	for (; i < 300; i++)
		assert_int_equal(memblock_reserve(PAGES(0x200 + 2 * i), PAGES(1)), 0);
	assert_int_equal(quire_memblock()->reserved.max, 512);
	assert_false(memblock_is_reserved(PAGES(0x10fe))); /* the old array is free again */
	assert_int_equal(quire_memblock()->reserved.cnt, 301);
	assert_silent(*state);
	assert_int_equal(memblock_phys_free(PAGES(0x10fb), PAGES(1)), -EINVAL);
	assert_reported(*state, "holds memblock's own lists");
}

/* The new array goes above the range being reserved, or below it, never inside. */
static void doubling_avoids_the_range(void **state)
{
	unsigned int i;

	memblock_add(PAGES(0x100), PAGES(0x100));
	memblock_allow_resize();
	for (i = 0; i < 128; i++)
		memblock_reserve(0x110000 + i * 0x40, 0x20);
	memblock_reserve(PAGES(0x118), PAGES(0xe8)); /* to the end of memory */
	assert_int_equal(quire_memblock()->reserved.max, 256);
	assert_true(memblock_is_region_reserved(PAGES(0x116), PAGES(2)));
	assert_false(memblock_is_region_reserved(PAGES(0x114), PAGES(2)));
}

/* The list of memory grows from anywhere, whatever is being added. */
static void doubled_memory(void **state)
{
	unsigned int i;

	memblock_allow_resize();
	for (i = 0; i < 128; i++)
		memblock_add(PAGES(0x10 + 4 * i), PAGES(3));
	assert_int_equal(memblock_add(PAGES(0x800), PAGES(0x800)), 0);
	assert_int_equal(quire_memblock()->memory.cnt, 129);
	assert_int_equal(quire_memblock()->memory.max, 256);
	assert_reserved("20d-20f"); /* the last three pages there were: 20c-20f */
	assert_silent(*state);
}

static void doubling_fails(void **state)
{
	unsigned int i;

	memblock_add(PAGES(0x100), PAGES(1));
	memblock_allow_resize();
	for (i = 0; i < 128; i++)
		memblock_reserve(PAGES(0x200 + 2 * i), PAGES(1));
	assert_int_equal(memblock_reserve(PAGES(0x1), PAGES(1)), -ENOMEM);
	assert_reported(*state,
			"memblock: Failed to double reserved array from 128 to 256 entries !");
	assert_int_equal(quire_memblock()->reserved.cnt, 128);
}

/* A machine with contents has a linear map of fixed size. */
static void beyond_the_linear_map(void **state)
{
	assert_int_equal(memblock_add(PAGES(0x10ff), PAGES(2)), -EINVAL);
	assert_reported(*state,
			"[0x10ff000-0x1100fff] reaches beyond the linear map, which ends at "
			"0x1100000");
	assert_int_equal(memblock_add_node(PAGES(0x1100), PAGES(1), 0, MEMBLOCK_NONE), -EINVAL);
	boot_machine_forget(*state);
	assert_int_equal(memblock_add(PAGES(0x10ff), PAGES(1)), 0);
	assert_memory("10ff-1100");
}

static void frees_are_checked(void **state)
{
	memblock_reserve(PAGES(4), PAGES(4));
	memblock_phys_free(PAGES(6), PAGES(4));
	assert_reported(*state, "memblock_phys_free: [0x6000-0x9fff] is only partly reserved");
	assert_reserved("4-6");
	memblock_phys_free(PAGES(6), PAGES(1));
	assert_reported(*state, "is not reserved: freed twice, or never allocated");
	assert_reserved("4-6");
	memblock_phys_free(PAGES(4), PAGES(2));
	assert_silent(*state);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, up, down)
	const struct CMUnitTest tests[] = {
		T(add_fills_gaps),
		T(add_keeps_what_is_there),
		T(merges_only_what_agrees),
		T(remove_cuts),
		T(sizes_are_cut_at_the_end),
		T(trim),
		T(overlap_is_exact),
		T(questions),
		T(limit),
		T(cap),
		T(full_array),
		T(doubled_array),
		T(doubling_avoids_the_range),
		T(doubled_memory),
		T(doubling_fails),
		T(nothing_to_do),
		T(beyond_the_linear_map),
		T(frees_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
