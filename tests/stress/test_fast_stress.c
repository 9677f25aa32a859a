/* SPDX-License-Identifier: MIT */
/*
 * test_fast_stress.c - the fast paths of two CPUs while a third empties their lists.
 *
 * All threads share one processor, so that a CPU is switched out at any instruction and its
 * lists are drained meanwhile. Each kind of free is hammered on its own: single pages,
 * blocks, and pages by the array; and so are allocations of cleared pages and of many. At
 * the end the lists' counts are what is on the lists (P1 of page/pcp.c), the counters of
 * events are what the CPUs did, and nothing is lost.
 * Meant for builds without QUIRE_DEBUG: debug builds never take the fast paths.
 * QUIRE_MS=n: milliseconds a round, 700 by default.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include <quire/mm.h>
#include <quire/vmstat.h>

#include "page/extras.h"

#define OWNERS 2u
#define HELD   8u

static struct {
	struct quire_machine *m;
	unsigned int order;
	gfp_t gfp;
	enum { ONE_BY_ONE, BY_ARRAY, IN_BULK } how;
	int stop;
	unsigned long pages; /* that were allocated */
} fast;

/* Into an array that has an entry already; fewer come while the lists are drained. */
static void use_bulk(void)
{
	struct page *page[HELD] = { NULL };
	unsigned int i, n = 0;

	page[HELD / 2] = alloc_pages(fast.gfp | __GFP_NOWARN, 0);
	alloc_pages_bulk_array(fast.gfp | __GFP_NOWARN, HELD, page);
	for (i = 0; i < HELD; i++)
		if (page[i])
			page[n++] = page[i];
	__atomic_fetch_add(&fast.pages, n, __ATOMIC_RELAXED);
	if (n)
		release_singles(page, (int)n);
}

static void use_lists(void)
{
	struct page *page[HELD];
	unsigned int i, n = 0;

	for (i = 0; i < HELD; i++) {
		struct page *got = alloc_pages(fast.gfp | __GFP_NOWARN, fast.order);

		if (got)
			page[n++] = got;
	}
	__atomic_fetch_add(&fast.pages, n << fast.order, __ATOMIC_RELAXED);
	if (fast.how == BY_ARRAY) {
		release_pages(page, (int)n);
		return;
	}
	for (i = 0; i < n; i++)
		__free_pages(page[i], fast.order);
}

static void *owner(void *arg)
{
	if (quire_cpu_enter(fast.m, (unsigned int)(uintptr_t)arg))
		return NULL;
	while (!__atomic_load_n(&fast.stop, __ATOMIC_RELAXED))
		if (fast.how == IN_BULK)
			use_bulk();
		else
			use_lists();
	quire_cpu_leave();
	return NULL;
}

static void *drainer(void *arg)
{
	(void)arg;
	if (quire_cpu_enter(fast.m, OWNERS))
		return NULL;
	while (!__atomic_load_n(&fast.stop, __ATOMIC_RELAXED)) {
		drain_all_pages(NULL);
		sched_yield();
	}
	quire_cpu_leave();
	return NULL;
}

static void machine_up(void)
{
	static const struct quire_mem_range ranges[] = { { .start = 0, .end = 64ull << 20 } };
	struct quire_machine_config c = QUIRE_MACHINE_CONFIG_INIT;

	c.ranges = ranges;
	c.nr_ranges = 1;
	c.nr_cpus = OWNERS + 1;
	c.contents = fast.gfp & __GFP_ZERO;
	assert_int_equal(quire_machine_create(&c, quire_host_port(), &fast.m), 0);
}

/* One processor for all: the first this process may use. */
static void share_one_processor(void)
{
	cpu_set_t may, one;
	int cpu = 0;

	if (sched_getaffinity(0, sizeof(may), &may))
		return;
	while (cpu < CPU_SETSIZE - 1 && !CPU_ISSET(cpu, &may))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

/* Pages, by the events of all zones. */
static unsigned long allocated(void)
{
	unsigned long sum = 0;
	unsigned int type;

	for (type = 0; type < MAX_NR_ZONES; type++)
		sum += quire_vm_events(fast.m, (enum vm_event_item)(PGALLOC_DMA + (int)type));
	return sum;
}

static void hammer(unsigned int order, gfp_t gfp, int how)
{
	const char *ms = getenv("QUIRE_MS");
	unsigned long wait = ms ? strtoul(ms, NULL, 0) : 700;
	struct timespec pause = { (time_t)(wait / 1000), (long)(wait % 1000) * 1000000 };
	pthread_t thread[OWNERS + 1];
	unsigned long allocs;
	struct zone *const *zones;
	unsigned int i, nr;

	fast.order = order;
	fast.gfp = gfp;
	fast.how = how;
	machine_up();
	fast.stop = 0;
	fast.pages = 0;
	allocs = allocated();
	for (i = 0; i <= OWNERS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, i < OWNERS ? owner : drainer,
						(void *)(uintptr_t)i),
				 0);
	nanosleep(&pause, NULL);
	__atomic_store_n(&fast.stop, 1, __ATOMIC_RELAXED);
	for (i = 0; i <= OWNERS; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(quire_cpu_enter(fast.m, 0), 0);
	assert_int_equal(allocated() - allocs, fast.pages);
	zones = quire_zones(fast.m, &nr);
	for (i = 0; i < nr; i++)
		assert_int_equal(quire_zone_validate(zones[i]), 0);
	drain_all_pages(NULL);
	for (i = 0; i < nr; i++)
		assert_int_equal(zone_page_state_snapshot(zones[i], NR_FREE_PAGES),
				 zone_managed_pages(zones[i]));
	quire_cpu_leave();
	quire_machine_destroy(fast.m);
}

static void test_single_pages(void **state)
{
	(void)state;
	hammer(0, GFP_KERNEL, ONE_BY_ONE);
}

static void test_blocks(void **state)
{
	(void)state;
	hammer(2, GFP_KERNEL, ONE_BY_ONE);
}

static void test_by_the_array(void **state)
{
	(void)state;
	hammer(0, GFP_KERNEL, BY_ARRAY);
}

/* A CPU is switched out most often while it clears, its lists' lock given back. */
static void test_cleared_pages(void **state)
{
	(void)state;
	hammer(0, GFP_KERNEL | __GFP_ZERO, ONE_BY_ONE);
}

static void test_in_bulk(void **state)
{
	(void)state;
	hammer(0, GFP_KERNEL, IN_BULK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_single_pages), cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_by_the_array), cmocka_unit_test(test_cleared_pages),
		cmocka_unit_test(test_in_bulk),
	};

	share_one_processor();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
