/* SPDX-License-Identifier: MIT */
/*
 * test_shuffle.c - random order of the largest free blocks: another one for each seed, the same
 * for the same, and nothing lost.
 */
#include "machine.h"

#define BLOCKS 64

/* Boots, and takes all blocks of the largest order but a few. */
static void take(bool shuffle, u64 seed, unsigned long first[BLOCKS])
{
	unsigned char seen[BLOCKS] = { 0 };
	unsigned int i;
	struct pm pm;

	pm_config(&pm, "0-10000@0");
	pm.config.vm.shuffle = shuffle;
	pm.config.vm.min_free_kbytes = 0;
	pm.config.seed = seed;
	pm_up(&pm);
	assert_int_equal(nr_free_pages(), BLOCKS << 10);
	for (i = 0; i < BLOCKS - 4; i++) {
		first[i] = pm_pfn(alloc_pages(GFP_HIGHUSER_MOVABLE, 10));
		assert_int_equal(first[i] & 0x3ff, 0);
		assert_int_equal(seen[first[i] >> 10]++, 0);
	}
	for (i = 0; i < BLOCKS - 4; i++)
		__free_pages(pfn_to_page(first[i]), 10);
	pm_down(&pm);
}

static unsigned int in_order(const unsigned long first[BLOCKS])
{
	unsigned int i, n = 0;

	for (i = 1; i < BLOCKS - 4; i++)
		n += first[i] == first[i - 1] + 0x400;
	return n;
}

static void test_order(void **state)
{
	unsigned long plain[BLOCKS] = { 0 }, a[BLOCKS] = { 0 }, b[BLOCKS] = { 0 };

	take(false, 1, plain);
	assert_int_equal(in_order(plain), BLOCKS - 5);
	take(true, 1, a);
	assert_in_range(in_order(a), 0, 12);
	take(true, 1, b);
	assert_memory_equal(a, b, sizeof(a));
	take(true, 2, b);
	assert_memory_not_equal(a, b, sizeof(a));
}

/* A block that becomes free goes to either end: about half the time to each. */
static void test_coin(void **state)
{
	unsigned int i, same = 0;
	struct pm pm;

	pm_config(&pm, "0-10000@0");
	pm.config.vm.shuffle = true;
	pm_up(&pm);
	for (i = 0; i < 400; i++) {
		struct page *page = alloc_pages(GFP_HIGHUSER_MOVABLE, 10);

		__free_pages(page, 10);
		same += pm.zones[0]->free_area[10].free_list[MIGRATE_MOVABLE].next ==
			&page->buddy_list;
	}
	assert_in_range(same, 140, 260);
	pm_down(&pm);
}

/* Types stay apart, zones stay apart, and what is not of the largest order stays where it is. */
static void test_keeps_apart(void **state)
{
	struct pm pm;

	pm_config(&pm, "1-9f@0 100-1000@0 1000-3000@0");
	pm.config.dma_limit = 16ull << 20;
	pm.config.vm.shuffle = true;
	pm_up(&pm);
	assert_non_null(strstr(pm_free_lists(&pm, 0), "U 1.0 9e.0 2.1 9c.1 4.2 98.2 8.3 90.3 10.4 "
						      "80.4 20.5 40.6 100.8 | M 200.9 "));
	assert_int_equal(quire_zone_validate(pm.zones[0]) | quire_zone_validate(pm.zones[1]), 0);
	pm_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_coin),
		cmocka_unit_test(test_keeps_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
