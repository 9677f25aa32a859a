/* SPDX-License-Identifier: MIT */
/*
 * test_sysctl_stress.c - three CPUs allocate and free while the fourth changes every setting of
 * /proc/sys/vm that the page allocator has, and a thread on no CPU reads all files of /proc.
 *
 * Afterwards the marks are those of the last settings, and nothing is lost. Meant for
 * ThreadSanitizer. QUIRE_OPS=n: calls per thread, 30,000 by default.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <quire/mm.h>
#include <quire/proc.h>

#include "stress.h"

#define CPUS 4u
#define LIVE 200u

static struct {
	struct quire_machine *m;
	unsigned long ops;
	unsigned int running;
	bool huge;
} stress;

static unsigned int next(unsigned int *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed >> 16;
}

static void allocate(unsigned int cpu)
{
	unsigned int seed = cpu, order[LIVE] = { 0 }, slot;
	struct page *page[LIVE] = { NULL };
	unsigned long i;

	for (i = 0; i < stress.ops; i++) {
		slot = next(&seed) % LIVE;
		if (page[slot]) {
			__free_pages(page[slot], order[slot]);
			page[slot] = NULL;
		} else {
			order[slot] = next(&seed) % 8 ? next(&seed) % 4 : next(&seed) % 9;
			if (stress.huge && next(&seed) % 4)
				order[slot] = 9;
			page[slot] = alloc_pages((next(&seed) % 2 ? GFP_KERNEL : GFP_ATOMIC) |
							 __GFP_NOWARN |
							 (next(&seed) % 4 ? 0 : __GFP_DMA) |
							 (next(&seed) % 4 ? 0 : __GFP_ZERO),
						 order[slot]);
		}
	}
	for (slot = 0; slot < LIVE; slot++)
		if (page[slot])
			__free_pages(page[slot], order[slot]);
}

static int set(const char *name, unsigned int index, long value)
{
	return quire_set_sysctl(name, index, value);
}

static void turn_knobs(void)
{
	unsigned long i;
	int err = 0;

	for (i = 0; i < stress.ops / 100 && !err; i++) {
		err |= set("min_free_kbytes", 0, i % 2 ? 1024 : 30000);
		err |= set("watermark_scale_factor", 0, i % 3 ? 10 : 500);
		err |= set("watermark_boost_factor", 0, i % 5 ? 15000 : 0);
		err |= set("lowmem_reserve_ratio", 0, i % 2 ? 256 : 4);
		err |= set("percpu_pagelist_high_fraction", 0, i % 4 ? 0 : 8);
		quire_set_reclaim_active(quire_pgdat(stress.m, 0)->node_zones[ZONE_NORMAL], i % 2);
	}
	err |= set("percpu_pagelist_high_fraction", 0, 0);
	err |= set("watermark_scale_factor", 0, 10);
	err |= set("min_free_kbytes", 0, 1024);
	if (err)
		abort();
}

static void *run(void *arg)
{
	unsigned int cpu = (unsigned int)(uintptr_t)arg;

	if (quire_cpu_enter(stress.m, cpu))
		abort();
	if (cpu == CPUS - 1)
		turn_knobs();
	else
		allocate(cpu);
	quire_cpu_leave();
	__atomic_fetch_sub(&stress.running, 1, __ATOMIC_RELEASE);
	return NULL;
}

static void *read_all(void *arg)
{
	static const struct quire_proc_sink nowhere = { .write = stress_drop };
	char name[64];
	unsigned int i;

	while (__atomic_load_n(&stress.running, __ATOMIC_ACQUIRE))
		for (i = 0; quire_proc_name(stress.m, i, name, sizeof(name)); i++)
			if (quire_proc_read(stress.m, name, &nowhere))
				abort();
	return NULL;
}

static void boot(void)
{
	static const struct quire_mem_range ram = { .end = 128ull << 20 };
	struct quire_machine_config c = QUIRE_MACHINE_CONFIG_INIT;

	c.ranges = &ram;
	c.nr_ranges = 1;
	c.nr_cpus = CPUS;
	c.dma32_limit = 0;
	c.contents = c.reserve_memmap = false;
	c.vm.transparent_hugepage = stress.huge;
	assert_int_equal(quire_machine_create(&c, quire_host_port(), &stress.m), 0);
}

static void change_beside_allocations(void)
{
	pthread_t thread[CPUS + 1];
	struct zone *const *zones;
	unsigned int i, nr;

	boot();
	stress.running = CPUS;
	for (i = 0; i < CPUS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, run, (void *)(uintptr_t)i), 0);
	assert_int_equal(pthread_create(&thread[CPUS], NULL, read_all, NULL), 0);
	for (i = 0; i <= CPUS; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(quire_cpu_enter(stress.m, 0), 0);
	drain_all_pages(NULL);
	zones = quire_zones(stress.m, &nr);
	assert_int_equal(nr, 2);
	for (i = 0; i < nr; i++) {
		assert_int_equal(quire_zone_validate(zones[i]), 0);
		assert_int_equal(zone_page_state_snapshot(zones[i], NR_FREE_PAGES),
				 zone_managed_pages(zones[i]));
		assert_int_equal(zones[i]->_watermark[WMARK_MIN],
				 256 * zone_managed_pages(zones[i]) / (128 << 8));
	}
	quire_cpu_leave();
	quire_machine_destroy(stress.m);
}

static void settings_change_beside_allocations(void **state)
{
	(void)state;
	stress.huge = false;
	change_beside_allocations();
}

/* CPUs have lists of huge pages then, too. */
static void settings_change_beside_huge_pages(void **state)
{
	(void)state;
	stress.huge = true;
	change_beside_allocations();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_change_beside_allocations),
		cmocka_unit_test(settings_change_beside_huge_pages),
	};

	stress.ops = stress_ops(30000);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
