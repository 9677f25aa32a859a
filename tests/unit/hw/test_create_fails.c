/* SPDX-License-Identifier: MIT */
/*
 * test_create_fails.c - creating whole machines while everything that can fail does, in turn.
 *
 * For each description and n = 1, 2, 3 ...: the n-th call of the port fails, or the n-th
 * pass through any fault point, until the machine boots untouched. Each time nothing may
 * stay behind, and a machine that boots must work and give everything back.
 */
#include "counting_port.h"

#include <quire/errno.h>
#include <quire/fault.h>
#include <quire/machine.h>
#include <quire/mm.h>

#define M	(1ull << 20)
#define MAX_NTH 1000

static const struct quire_mem_range one_range[] = { { .start = 0, .end = 64 * M } };
static const struct quire_mem_range two_nodes[] = {
	{ .start = 0x1000, .end = 0x9fc00 },
	{ .start = 1 * M, .end = 96 * M },
	{ .start = 128 * M, .end = 192 * M, .nid = 1 },
};
static const struct quire_reserved reserved[] = {
	{ .name = "image", .start = 16 * M, .size = 3 * M },
	{ .name = "cma", .start = 32 * M, .size = 16 * M, .kind = QUIRE_RESERVED_REUSABLE },
	{ .name = "pool",
	  .start = QUIRE_ANYWHERE,
	  .size = 8 * M,
	  .kind = QUIRE_RESERVED_POOL,
	  .nid = QUIRE_ANY_NODE },
};

static void describe(struct quire_machine_config *c, unsigned int which)
{
	static const struct quire_machine_config init = QUIRE_MACHINE_CONFIG_INIT;

	*c = init;
	c->ranges = one_range;
	c->nr_ranges = 1;
	if (which == 0)
		return;
	c->ranges = two_nodes;
	c->nr_ranges = 3;
	c->nr_nodes = 2;
	c->nr_cpus = 3;
	c->reserved = reserved;
	c->nr_reserved = 3;
	c->vm.page_owner = true;
	c->contents = which != 2;
	if (which == 3) {
		c->boot = QUIRE_BOOT_BOOTMEM;
		c->nr_reserved = 1;
	}
}

static void use_and_destroy(struct quire_machine *m)
{
	struct page *page;

	assert_false(quire_fault_disarm(m)); /* what was armed did not happen in creating it */
	assert_int_equal(quire_cpu_enter(m, 0), 0);
	page = alloc_pages(GFP_KERNEL, 3);
	assert_non_null(page);
	__free_pages(page, 3);
	quire_cpu_leave();
	quire_machine_destroy(m);
}

/* Return: how many calls or passes can fail. */
static unsigned int fail_each(unsigned int which, bool by_fault_points)
{
	struct quire_machine *m = NULL;
	struct quire_machine_config c;
	struct counting_port port;
	unsigned int nth;
	int err = -ENOMEM;

	describe(&c, which);
	for (nth = 1; err && nth < MAX_NTH; nth++) {
		counting_init(&port);
		if (by_fault_points) {
			c.fault_point = QUIRE_FAULT_ANY;
			c.fault_nth = nth;
		} else {
			port.fail_call = nth;
		}
		err = quire_machine_create(&c, &port.port, &m);
		if (!err)
			use_and_destroy(m);
		else
			assert_int_equal(err, -ENOMEM);
		assert_int_equal(port.nr_out, 0);
	}
	assert_int_equal(err, 0);
	return nth - 2;
}

static void check(unsigned int which)
{
	assert_in_range(fail_each(which, false), 3, 20);
	assert_in_range(fail_each(which, true), 3, 200);
}

static void smallest(void **state)
{
	(void)state;
	check(0);
}

static void two_nodes_with_all(void **state)
{
	(void)state;
	check(1);
}

static void book_keeping(void **state)
{
	(void)state;
	check(2);
}

static void bootmem(void **state)
{
	(void)state;
	check(3);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(smallest),
		cmocka_unit_test(two_nodes_with_all),
		cmocka_unit_test(book_keeping),
		cmocka_unit_test(bootmem),
	};

	return cmocka_run_group_tests_name("create_fails", tests, NULL, NULL);
}
