/* SPDX-License-Identifier: MIT */
/*
 * test_boot_abort.c - damage found at the hand-over ends a machine that is told to end, and
 * no other. Misuse of the boot allocators is reported and never ends a machine.
 */
#include "boot/boot.h"
#include "boot_machine.h"
#include "dies.h"

#include <quire/errno.h>

static struct boot_machine bm;

static void drop(void *ctx, u64 pfn, unsigned int order)
{
	(void)ctx;
	(void)pfn;
	(void)order;
}

static const struct boot_sink sink = { .free_block = drop };

static void start(bool panic)
{
	boot_machine_config(&bm, "1-20@0 40-60@0");
	bm.config.panic_on_report = panic;
	assert_int_equal(quire_machine_create(&bm.config, quire_host_port(), &bm.m), 0);
	assert_int_equal(quire_cpu_enter(bm.m, 0), 0);
}

static void damage(void)
{
	quire_memblock()->memory.regions[1].base = PAGES(0x10);
}

static void damaged_lists(void *ctx)
{
	(void)ctx;
	start(true);
	damage();
	boot_hand_over(bm.m, 10, &sink);
}

static void destroyed_while_running(void *ctx)
{
	(void)ctx;
	start(false);
	quire_machine_destroy(bm.m);
}

static void damage_ends_the_machine(void **state)
{
	(void)state;
	expect_death(damaged_lists, NULL, "boot: H1: frames 0x10-0x1f are handed over again");
	expect_death(damaged_lists, NULL, "the hand-over's audit found");
	expect_death(destroyed_while_running, NULL, "M2: a machine is destroyed while a thread");
}

/* Every kind of mistake, on a machine that ends at the first report of damage. */
static void misuse_does_not(void **state)
{
	(void)state;
	start(true);
	memblock_phys_free(PAGES(1), PAGES(1));
	memblock_alloc(1ull << 40, 64);
	memblock_add_node(PAGES(1), PAGES(1), 3, MEMBLOCK_HOTPLUG);
	memblock_trim_memory(3);
	alloc_bootmem(64);
	assert_int_equal(boot_hand_over(bm.m, 10, &sink), 0x1f + 0x20);
	memblock_reserve(PAGES(1), PAGES(1));
	memblock_free_late(PAGES(1), PAGES(1));
	assert_int_equal(quire_memblock_validate(), 0);
	quire_cpu_leave();
	quire_machine_destroy(bm.m);
	start(false);
	damage();
	assert_int_equal(boot_hand_over(bm.m, 10, &sink), -EUCLEAN);
	quire_cpu_leave();
	quire_machine_destroy(bm.m);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(damage_ends_the_machine),
					    cmocka_unit_test(misuse_does_not) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
