/* SPDX-License-Identifier: MIT */
/*
 * test_page_fault.c - every failure in turn: making a machine, and a scenario on it.
 *
 * n = 1, 2, 3, ...: the n-th pass through any fault point fails. Each time the machine is
 * valid and nothing is lost; the sweep ends with the first n that fails nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <quire/fault.h>
#include <quire/mm.h>

static const struct quire_mem_range ram = { .start = 0, .end = 32ull << 20 };

static struct quire_machine_config config(void)
{
	struct quire_machine_config c = QUIRE_MACHINE_CONFIG_INIT;

	c.ranges = &ram;
	c.nr_ranges = 1;
	c.deterministic = true;
	c.vm.page_owner = true;
	return c;
}

static void valid(struct quire_machine *m, unsigned long held)
{
	unsigned int i, nr, cpu;
	struct zone *const *zones = quire_zones(m, &nr);
	unsigned long free = 0, managed = 0;

	for (i = 0; i < nr; i++) {
		assert_int_equal(quire_zone_validate(zones[i]), 0);
		free += zone_page_state_snapshot(zones[i], NR_FREE_PAGES);
		managed += zone_managed_pages(zones[i]);
		for (cpu = 0; cpu < quire_machine_config_of(m)->nr_cpus; cpu++)
			free += (unsigned long)quire_zone_pcp(zones[i], cpu)->count;
	}
	assert_int_equal(free + held, managed);
}

/* A bit of everything that may fail. What it gets it gives back. Return: failures seen. */
static unsigned int scenario(struct quire_machine *m)
{
	struct page *page[6] = { NULL }, *bulk[40] = { NULL };
	unsigned int i, failed = 0;
	unsigned long got, held = 0;
	void *exact;

	for (i = 0; i < 6; i++) {
		page[i] = alloc_pages(GFP_KERNEL | __GFP_NOWARN | (i & 1 ? __GFP_COMP : 0), i);
		failed += !page[i];
		held += page[i] ? 1ul << i : 0;
	}
	got = alloc_pages_bulk_array(GFP_KERNEL | __GFP_NOWARN, 40, bulk);
	failed += got != 40;
	exact = alloc_pages_exact(5 * 4096, GFP_KERNEL | __GFP_NOWARN);
	failed += !exact;
	valid(m, held + got + (exact ? 5 : 0));
	if (exact)
		free_pages_exact(exact, 5 * 4096);
	for (i = 0; i < 40; i++)
		if (bulk[i])
			__free_page(bulk[i]);
	for (i = 0; i < 6; i++)
		if (page[i])
			__free_pages(page[i], i);
	return failed;
}

static void test_scenario(void **state)
{
	struct quire_machine_config c = config();
	struct quire_machine *m;
	unsigned int failed;
	uint64_t n;
	bool fired;

	assert_int_equal(quire_machine_create(&c, quire_host_port(), &m), 0);
	assert_int_equal(quire_cpu_enter(m, 0), 0);
	for (n = 1;; n++) {
		quire_fault_arm(m, QUIRE_FAULT_ANY, n);
		failed = scenario(m);
		fired = quire_fault_disarm(m);
		valid(m, 0);
		assert_true(!failed || fired);
		if (!fired)
			break;
	}
	/* Six blocks, forty pages one by one and an exact one all pass a point. */
	assert_true(n > 40);
	quire_cpu_leave();
	quire_machine_destroy(m);
}

static void test_create(void **state)
{
	struct quire_machine_config c = config();
	struct quire_machine *m = NULL;
	uint64_t n;

	c.fault_point = QUIRE_FAULT_ANY;
	for (n = 1;; n++) {
		int err;

		c.fault_nth = n;
		err = quire_machine_create(&c, quire_host_port(), &m);
		if (!err)
			break;
		assert_int_equal(err, -12);
	}
	assert_true(n > 3);
	assert_int_equal(quire_cpu_enter(m, 0), 0);
	valid(m, 0);
	quire_cpu_leave();
	quire_machine_destroy(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenario),
		cmocka_unit_test(test_create),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
