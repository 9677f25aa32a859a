/* SPDX-License-Identifier: MIT */
/*
 * test_misuse.c - calls that make no sense: told, and without effect on what is free.
 */
#include "page_machine.h"

#include <quire/cma.h>
#include <quire/errno.h>
#include <quire/reserved.h>

static struct page_machine pm;

static void up(void)
{
	page_machine_config(&pm, 64);
	pm.config.contents = pm.config.reserve_memmap = false;
	page_machine_start(&pm);
}

static unsigned long all_free(void)
{
	drain_all_pages(NULL);
	quire_refresh_cpu_vm_stats(pm.m, 0);
	return nr_free_pages();
}

/* An order that the machine does not have would be a list that is not there. */
static void frees_of_too_large_an_order(void **state)
{
	unsigned long before;
	struct page *page;

	up();
	before = all_free();
	page = alloc_page(GFP_KERNEL);
	__free_pages(page, 11);
	assert_said(&pm, "page dumped because: freed with an order that no block has\n");
	assert_int_equal(all_free(), before - 1);
	page_machine_down(&pm);
}

/* A block begins at a multiple of its size. */
static void frees_that_are_not_aligned(void **state)
{
	struct page *page;
	unsigned long before;

	up();
	before = all_free();
	page = alloc_pages(GFP_KERNEL, 3);
	split_page(page, 3);
	__free_pages(page + 1, 9);
	assert_said(&pm, "page dumped because: freed with an order that does not fit its frame\n");
	assert_int_equal(all_free(), before - 8);
	page_machine_down(&pm);
}

/* The same of an order that every machine has lists for. */
static void frees_of_small_blocks_that_are_not_aligned(void **state)
{
	struct page *page;
	unsigned long before;

	up();
	before = all_free();
	page = alloc_pages(GFP_KERNEL, 3);
	split_page(page, 3);
	__free_pages(page + 2, 2);
	assert_said(&pm, "page dumped because: freed with an order that does not fit its frame\n");
	assert_int_equal(all_free(), before - 8);
	page_machine_down(&pm);
}

/* Frame 0 is before all memory here, and of no zone. */
static void frees_of_no_memory(void **state)
{
	unsigned long before;

	page_machine_config(&pm, 64);
	pm.config.contents = pm.config.reserve_memmap = false;
	pm.config.dma_limit = 0;
	pm.ranges[0].start = 4096;
	page_machine_start(&pm);
	before = all_free();
	free_reserved_page(pfn_to_page(0));
	assert_said(&pm, "BUG: Bad page state in process sh  pfn:00000\n");
	assert_int_equal(all_free(), before);
	page_machine_down(&pm);
}

static void cma_release_of_what_is_not_allocated(void **state)
{
	struct quire_cma_stats stats;
	struct page *page, *movable;
	struct cma *cma;

	page_machine_config(&pm, 64);
	pm.config.contents = pm.config.reserve_memmap = false;
	pm.reserved[0] = (struct quire_reserved){ .name = "video",
						  .kind = QUIRE_RESERVED_REUSABLE,
						  .start = 32u << 20,
						  .size = 4u << 20 };
	pm.config.nr_reserved = 1;
	page_machine_start(&pm);
	cma = quire_cma_find(pm.m, "video");
	page = cma_alloc(cma, 4, 0, false);
	assert_non_null(page);
	assert_false(cma_release(cma, page, 5));
	assert_said(&pm, "BUG: cma_release: video: ");
	assert_true(cma_release(cma, page, 4));
	forget(&pm);
	assert_false(cma_release(cma, page, 4));
	assert_said(&pm, "BUG: cma_release: video: ");
	/* Whoever has a page of the area by chance keeps it. */
	do {
		movable = alloc_page(GFP_HIGHUSER_MOVABLE | __GFP_MEMALLOC | __GFP_NOWARN);
	} while (movable && movable != page);
	assert_non_null(movable);
	assert_false(cma_release(cma, movable, 1));
	assert_int_equal(page_count(movable), 1);
	quire_cma_stats(cma, &stats);
	assert_int_equal(stats.used_pages, 0);
	page_machine_down(&pm);
}

static void puts_inside_a_frame(void **state)
{
	u64 phys;

	page_machine_config(&pm, 64);
	pm.reserved[0] = (struct quire_reserved){
		.name = "pool", .kind = QUIRE_RESERVED_POOL, .start = 32u << 20, .size = 1u << 20
	};
	pm.config.nr_reserved = 1;
	page_machine_start(&pm);
	assert_int_equal(quire_reserved_get("pool", 8192, 0, &phys), 0);
	assert_int_equal(quire_reserved_put("pool", phys + 1, 8192), -EINVAL);
	assert_said(&pm, "no such piece was taken");
	assert_int_equal(quire_reserved_put("pool", phys, 8192), 0);
	page_machine_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frees_of_too_large_an_order),
		cmocka_unit_test(frees_that_are_not_aligned),
		cmocka_unit_test(frees_of_small_blocks_that_are_not_aligned),
		cmocka_unit_test(frees_of_no_memory),
		cmocka_unit_test(cma_release_of_what_is_not_allocated),
		cmocka_unit_test(puts_inside_a_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
