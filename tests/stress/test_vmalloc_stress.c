/* SPDX-License-Identifier: MIT */
/*
 * test_vmalloc_stress.c - four CPUs make, look up and free areas at once. To be run under
 * ThreadSanitizer too.
 *
 * Each frame behind an area holds the area's stamp in its contents; who finds another stamp before
 * the free has got a frame or a range that somebody else has, too. A fifth of the frees is
 * deferred, and the window's view is read meanwhile.
 */
#include "page_machine.h"

#include <pthread.h>

#include <quire/atomic.h>
#include <quire/vmalloc.h>

#define CPUS   4
#define ROUNDS 6000
#define HELD   64
#define PAGE   4096ul

struct held {
	char *p;
	unsigned long pages, stamp;
};

static struct page_machine pm;
static atomic_t wrong;

static unsigned int next_random(unsigned int *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static unsigned long *contents(const struct held *h, unsigned long i)
{
	return page_address(vmalloc_to_page(h->p + i * PAGE));
}

static void take(struct held *h, unsigned int random, unsigned long stamp)
{
	unsigned long i;

	h->pages = 1 + random % 7;
	h->stamp = stamp;
	h->p = vmalloc(h->pages * PAGE - random % 100);
	if (!h->p) {
		atomic_inc(&wrong);
		return;
	}
	for (i = 0; i < h->pages; i++)
		*contents(h, i) = stamp + i;
}

static void give(struct held *h, unsigned int random)
{
	const struct vm_struct *area = find_vm_area(h->p);
	unsigned long i;

	if (!area || area->addr != h->p || area->nr_pages != h->pages)
		atomic_inc(&wrong);
	for (i = 0; i < h->pages; i++)
		if (*contents(h, i) != h->stamp + i)
			atomic_inc(&wrong);
	if (random % 5)
		vfree(h->p);
	else
		vfree_atomic(h->p);
	h->p = NULL;
}

static void *work(void *arg)
{
	unsigned int cpu = (unsigned int)(uintptr_t)arg, random = cpu + 1, i;
	struct quire_vmalloc_line line;
	struct held held[HELD] = { 0 };

	assert_int_equal(quire_cpu_enter(pm.m, cpu), 0);
	for (i = 0; i < ROUNDS; i++) {
		struct held *h = &held[next_random(&random) % HELD];

		if (h->p)
			give(h, next_random(&random));
		else
			take(h, next_random(&random),
			     (unsigned long)cpu << 48 | (unsigned long)i << 8);
		if (i % 1000 == 0) {
			memset(&line, 0, sizeof(line));
			while (quire_vmalloc_next(pm.m, &line))
				if (line.start >= line.end)
					atomic_inc(&wrong);
			vm_unmap_aliases();
		}
	}
	for (i = 0; i < HELD; i++)
		if (held[i].p)
			give(&held[i], 1);
	quire_cpu_leave();
	return NULL;
}

static void test_four_cpus(void **state)
{
	struct quire_vmalloc_stats stats;
	pthread_t threads[CPUS];
	unsigned long i;

	page_machine_config(&pm, 128);
	pm.config.deterministic = false;
	pm.config.nr_cpus = CPUS;
	page_machine_start(&pm);
	quire_cpu_leave(); /* the first area is asked for by four at once */
	for (i = 0; i < CPUS; i++)
		pthread_create(&threads[i], NULL, work, (void *)(uintptr_t)i);
	for (i = 0; i < CPUS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(quire_cpu_enter(pm.m, 0), 0);
	quire_vmalloc_poll(pm.m);
	assert_int_equal(atomic_read(&wrong), 0);
	assert_true(quire_vmalloc_validate(pm.m));
	quire_vmalloc_stats(pm.m, &stats);
	assert_int_equal(stats.areas, 0);
	assert_int_equal(stats.frames, 0);
	page_machine_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_four_cpus) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
