/* SPDX-License-Identifier: MIT */
/*
 * test_iterate.c - walking over memory, reservations and what is free.
 *
 *	memory     2====8        10==18(node 1)  20=24(hotplug)  30=34(nomap)
 *	reserved  1-3  5-6  7-----11         17---21
 *	free          3-5  6-7       11-17              21-24
 */
#include "boot_machine.h"

static int up(void **state)
{
	static struct boot_machine bm;

	boot_machine_config(&bm, "2-8@0 10-18@1 20-24@1 30-34@1");
	bm.config.contents = false;
	boot_machine_start(&bm);
	memblock_mark_hotplug(PAGES(0x20), PAGES(4));
	memblock_mark_nomap(PAGES(0x30), PAGES(4));
	memblock_reserve(PAGES(1), PAGES(2));
	memblock_reserve(PAGES(5), PAGES(1));
	memblock_reserve(PAGES(7), PAGES(0xa));
	memblock_reserve(PAGES(0x17), PAGES(0xa));
	*state = &bm;
	return 0;
}

static int down(void **state)
{
	boot_machine_down(*state);
	return 0;
}

static char walked[512];

static void step(phys_addr_t start, phys_addr_t end, int nid)
{
	size_t n = strlen(walked);

	n += (size_t)snprintf(walked + n, sizeof(walked) - n, "%s%llx-%llx", n ? " " : "",
			      (unsigned long long)start >> 12, (unsigned long long)end >> 12);
	if (nid >= 0)
		snprintf(walked + n, sizeof(walked) - n, "@%d", nid);
}

static void assert_walked(const char *expected)
{
	assert_string_equal(walked, expected);
	walked[0] = 0;
}

static void free_ranges(void **state)
{
	phys_addr_t s, e;
	int nid;
	u64 i;

	for_each_free_mem_range (i, NUMA_NO_NODE, MEMBLOCK_NONE, &s, &e, &nid)
		step(s, e, nid);
	assert_walked("3-5@0 6-7@0 11-17@1 21-24@1");
	for_each_free_mem_range_reverse (i, NUMA_NO_NODE, MEMBLOCK_NONE, &s, &e, &nid)
		step(s, e, nid);
	assert_walked("21-24@1 11-17@1 6-7@0 3-5@0");
	for_each_free_mem_range (i, 1, MEMBLOCK_NONE, &s, &e, NULL)
		step(s, e, -1);
	assert_walked("11-17 21-24");
	quire_memblock_set_movable_node(true);
	for_each_free_mem_range (i, NUMA_NO_NODE, MEMBLOCK_NONE, &s, &e, &nid)
		step(s, e, nid);
	assert_walked("3-5@0 6-7@0 11-17@1");
	for_each_free_mem_range (i, NUMA_NO_NODE, MEMBLOCK_NOMAP, &s, &e, NULL)
		step(s, e, -1);
	assert_walked("3-5 6-7 11-17 30-34");
}

static void memory_and_reserved(void **state)
{
	phys_addr_t s, e;
	u64 i;

	for_each_mem_range (i, &s, &e)
		step(s, e, -1);
	assert_walked("2-8 10-18 20-24");
	for_each_mem_range_rev (i, &s, &e)
		step(s, e, -1);
	assert_walked("20-24 10-18 2-8");
	for_each_reserved_mem_range (i, &s, &e)
		step(s, e, -1);
	assert_walked("1-3 5-6 7-11 17-21");
}

static void regions(void **state)
{
	struct memblock_region *r;

	for_each_mem_region (r)
		step(r->base, r->base + r->size, memblock_get_region_node(r));
	assert_walked("2-8@0 10-18@1 20-24@1 30-34@1");
	for_each_reserved_mem_region (r)
		step(r->base, r->base + r->size, -1);
	assert_walked("1-3 5-6 7-11 17-21");
}

static void whole_frames(void **state)
{
	unsigned long s, e;
	int i, nid;

	memblock_add_node(PAGES(0x40) + 0x10, PAGES(1), 0, MEMBLOCK_NONE); /* no whole frame */
	memblock_add_node(PAGES(0x50) + 0x10, PAGES(3), 0, MEMBLOCK_NONE);
	for_each_mem_pfn_range (i, MAX_NUMNODES, &s, &e, &nid)
		step(PAGES(s), PAGES(e), nid);
	assert_walked("2-8@0 10-18@1 20-24@1 30-34@1 51-53@0");
	for_each_mem_pfn_range (i, 0, &s, &e, NULL)
		step(PAGES(s), PAGES(e), -1);
	assert_walked("2-8 51-53");
}

/* Empty lists, a reservation over everything, and reservations that touch. */
static void edges(void **state)
{
	phys_addr_t s, e;
	u64 i;

	memblock_phys_free(0, PAGES(0x100));
	for_each_free_mem_range_reverse (i, NUMA_NO_NODE, MEMBLOCK_NONE, &s, &e, NULL)
		step(s, e, -1);
	assert_walked("20-24 10-18 2-8");
	memblock_reserve(PAGES(4), PAGES(1));
	memblock_reserve(PAGES(5), PAGES(1));
	memblock_set_node(PAGES(5), PAGES(1), &quire_memblock()->reserved, 1);
	assert_reserved("4-5 5-6@1");
	for_each_free_mem_range (i, 0, MEMBLOCK_NONE, &s, &e, NULL)
		step(s, e, -1);
	assert_walked("2-4 6-8");
	for_each_free_mem_range_reverse (i, 0, MEMBLOCK_NONE, &s, &e, NULL)
		step(s, e, -1);
	assert_walked("6-8 2-4");
	memblock_reserve(0, PHYS_ADDR_MAX);
	for_each_free_mem_range (i, NUMA_NO_NODE, MEMBLOCK_NONE, &s, &e, NULL)
		step(s, e, -1);
	for_each_free_mem_range_reverse (i, NUMA_NO_NODE, MEMBLOCK_NONE, &s, &e, NULL)
		step(s, e, -1);
	assert_walked("");
	memblock_remove(0, PHYS_ADDR_MAX);
	for_each_free_mem_range_reverse (i, NUMA_NO_NODE, MEMBLOCK_NONE, &s, &e, NULL)
		step(s, e, -1);
	assert_walked("");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, up, down)
	const struct CMUnitTest tests[] = {
		T(free_ranges), T(memory_and_reserved), T(regions), T(whole_frames), T(edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
