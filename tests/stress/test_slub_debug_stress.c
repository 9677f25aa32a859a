/* SPDX-License-Identifier: MIT */
/*
 * test_slub_debug_stress.c - four CPUs use caches with full debugging at once, free each other's
 * objects, and one of them validates, counts owners and reads counters meanwhile: nobody is
 * accused. QUIRE_OPS=n: calls per thread, 30,000 by default.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <quire/report.h>
#include <quire/slab_debug.h>

#include "stress.h"

#define CPUS   4u
#define SHARED 256u

static struct stress {
	struct quire_machine *m;
	struct quire_report_listener listener;
	struct kmem_cache *caches[3];
	unsigned long ops, reports;
	void *shared[3][SHARED]; /* exchanged atomically */
} stress;

static bool heard(struct quire_report_listener *self, enum quire_level level, const char *text,
		  size_t len)
{
	(void)self;
	(void)level;
	__atomic_fetch_add(&stress.reports, 1, __ATOMIC_RELAXED);
	fprintf(stderr, "%.*s\n", (int)len, text);
	return true;
}

static int count(const struct quire_slab_site *site, void *arg)
{
	*(unsigned long *)arg += site->count;
	return 0;
}

static void look(unsigned int k)
{
	struct quire_slab_usage usage;
	unsigned long counted = 0;

	validate_slab_cache(stress.caches[k]);
	quire_slab_sites(stress.caches[k], QUIRE_SLAB_ALLOCATED, count, &counted);
	quire_slab_usage(stress.caches[k], 0, &usage);
	kmem_cache_shrink(stress.caches[k]);
}

static void *worker(void *arg)
{
	unsigned int cpu = (unsigned int)(uintptr_t)arg;
	uint64_t rng = 99 + cpu;
	unsigned long i;

	if (quire_cpu_enter(stress.m, cpu))
		abort();
	for (i = 0; i < stress.ops; i++) {
		unsigned int k, at;
		void *p = NULL;

		rng = rng * 6364136223846793005u + 1442695040888963407u;
		k = (unsigned int)(rng >> 33) % 3;
		at = (unsigned int)(rng >> 40) % SHARED;
		if (rng >> 60 & 1) {
			p = kmem_cache_alloc(stress.caches[k], GFP_KERNEL);
			if (p)
				memset(p, (int)cpu, kmem_cache_size(stress.caches[k]));
		}
		p = __atomic_exchange_n(&stress.shared[k][at], p, __ATOMIC_ACQ_REL);
		if (p)
			kmem_cache_free(stress.caches[k], p);
		if (!cpu && i % 1000 == 0)
			look(k);
	}
	quire_cpu_leave();
	return NULL;
}

static void boot(void)
{
	struct quire_machine_config c = QUIRE_MACHINE_CONFIG_INIT;
	struct quire_mem_range ram[2] = { { .end = 64 << 20 },
					  { .start = 64 << 20, .end = 128 << 20, .nid = 1 } };

	c.ranges = ram;
	c.nr_ranges = 2;
	c.nr_nodes = 2;
	c.nr_cpus = CPUS;
	assert_int_equal(quire_machine_create(&c, quire_host_port(), &stress.m), 0);
	stress.listener.line = heard;
	quire_report_listen(stress.m, &stress.listener);
}

static void all_at_once(void **state)
{
	static const unsigned int sizes[] = { 24, 200, 1500 };
	pthread_t threads[CPUS];
	unsigned int i, k;

	stress.ops = stress_ops(30000);
	boot();
	assert_int_equal(quire_cpu_enter(stress.m, 0), 0);
	for (k = 0; k < 3; k++)
		stress.caches[k] = kmem_cache_create("stress", sizes[k], 0,
						     SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE |
							     SLAB_POISON | SLAB_STORE_USER,
						     NULL);
	quire_cpu_leave();
	for (i = 0; i < CPUS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, worker, (void *)(uintptr_t)i),
				 0);
	for (i = 0; i < CPUS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(quire_cpu_enter(stress.m, 0), 0);
	for (k = 0; k < 3; k++) {
		for (i = 0; i < SHARED; i++)
			if (stress.shared[k][i])
				kmem_cache_free(stress.caches[k], stress.shared[k][i]);
		assert_int_equal(quire_slab_live(stress.caches[k]), 0);
		kmem_cache_destroy(stress.caches[k]);
	}
	assert_true(quire_slab_validate());
	assert_int_equal(stress.reports, 0);
	quire_cpu_leave();
	quire_report_unlisten(stress.m, &stress.listener);
	quire_machine_destroy(stress.m);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(all_at_once) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
