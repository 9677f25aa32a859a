/* SPDX-License-Identifier: MIT */
/*
 * test_page_abort.c - what ends a machine with panic_on_report, and requests that may not fail.
 */
#include "abort/dies.h"

#include <quire/cma.h>
#include <quire/highmem.h>
#include <quire/machine.h>
#include <quire/mm.h>
#include <quire/reserved.h>

static struct quire_port port;

static void boot(bool poison, u64 lowmem)
{
	struct quire_machine_config c = QUIRE_MACHINE_CONFIG_INIT;
	struct quire_mem_range ram = { .end = 64 << 20 };
	struct quire_reserved pool = {
		.name = "pool", .start = 32 << 20, .size = 1 << 20, .kind = QUIRE_RESERVED_POOL
	};
	struct quire_machine *m;

	c.ranges = &ram;
	c.nr_ranges = 1;
	c.reserved = &pool;
	c.nr_reserved = 1;
	c.panic_on_report = true;
	c.vm.page_poison = poison;
	c.lowmem_limit = lowmem;
	if (lowmem)
		c.dma32_limit = 0;
	if (!port.write)
		port = *quire_host_port();
	if (quire_machine_create(&c, &port, &m) || quire_cpu_enter(m, 0))
		_exit(1);
}

static void free_twice(void *ctx)
{
	struct page *page;

	boot(false, 0);
	page = alloc_page(GFP_KERNEL);
	__free_page(page);
	__free_page(page);
}

static void write_after_free(void *ctx)
{
	struct page *page;

	boot(true, 0);
	page = alloc_page(GFP_KERNEL);
	__free_page(page);
	*(char *)page_address(page) = 1;
	alloc_page(GFP_KERNEL);
}

static void unmap_unmapped(void *ctx)
{
	boot(false, 32 << 20);
	kunmap(alloc_page(GFP_HIGHUSER));
}

static void *no_window(void *ctx, void *linear, u64 phys, size_t bytes)
{
	return NULL;
}

static void clear_without_a_window(void *ctx)
{
	port = *quire_host_port();
	port.frames_window = no_window;
	boot(false, 32 << 20);
	alloc_page(GFP_HIGHUSER | __GFP_ZERO);
}

static void put_what_was_not_got(void *ctx)
{
	boot(false, 0);
	if (quire_reserved_put("pool", 32 << 20, 4096))
		_exit(1);
}

static void no_fail_and_nothing_left(void *ctx)
{
	boot(false, 0);
	for (;;)
		alloc_page(GFP_KERNEL | __GFP_NOFAIL);
}

static void split_of_a_compound_page(void *ctx)
{
	boot(false, 0);
	split_page(alloc_pages(GFP_KERNEL | __GFP_COMP, 2), 2);
}

static void no_such_node(void *ctx)
{
	boot(false, 0);
	alloc_pages_node(1, GFP_KERNEL, 0);
}

static void movable_and_reclaimable(void *ctx)
{
	boot(false, 0);
	alloc_pages(GFP_KERNEL | __GFP_MOVABLE | __GFP_RECLAIMABLE, 5);
}

static void corruption_ends_the_machine(void **state)
{
	expect_death(free_twice, NULL, "BUG: Bad page state in process ");
	expect_death(free_twice, NULL, "quire: bad page state: pfn 0x");
	expect_death(write_after_free, NULL, "pagealloc: memory corruption");
	expect_death(write_after_free, NULL, "quire: memory corruption: pfn 0x");
}

static void misuse_ends_the_machine(void **state)
{
	expect_death(unmap_unmapped, NULL, "quire: kunmap: pfn 0x");
	expect_death(clear_without_a_window, NULL, "no window left to clear or check");
	expect_death(put_what_was_not_got, NULL, "no such piece was taken");
	expect_death(no_such_node, NULL, "the machine has no such node");
	expect_death(movable_and_reclaimable, NULL, "a page is either movable or reclaimable");
	expect_death(split_of_a_compound_page, NULL, "a compound page cannot be split this way");
}

static void no_fail_may_not_fail(void **state)
{
	expect_death(no_fail_and_nothing_left, NULL,
		     "order 0 with __GFP_NOFAIL, and nothing is left to free");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(corruption_ends_the_machine),
		cmocka_unit_test(misuse_ends_the_machine),
		cmocka_unit_test(no_fail_may_not_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
