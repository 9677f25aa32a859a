/* SPDX-License-Identifier: MIT */
/*
 * test_interleaved_stress.c - four CPUs at once on a machine whose two nodes share largest blocks:
 * each node's zone has its own lock, and looks at frames next to those of the other. To be run
 * under ThreadSanitizer as well.
 *
 * In the end all memory is back, and every zone is valid.
 */
#include <pthread.h>

#include "page_machine.h"
#include "seeded.h"

#include <quire/cma.h>
#include <quire/explain.h>

#include "stress.h"

#define THREADS 4
#define TURNS	20000
#define SLOTS	24
#define FRAMES	0x980u
#define ORDERS	7

static struct page_machine pm;

struct held {
	struct page *page;
	unsigned int order;
};

struct worker {
	pthread_t thread;
	unsigned int cpu;
	uint64_t random;
	struct held held[SLOTS];
};

static void turn_pages(struct worker *w)
{
	struct held *h = &w->held[below(&w->random, SLOTS)];
	gfp_t gfp = below(&w->random, 2) ? GFP_HIGHUSER_MOVABLE : GFP_KERNEL;

	if (h->page) {
		__free_pages(h->page, h->order);
		h->page = NULL;
		return;
	}
	h->order = below(&w->random, ORDERS);
	h->page = alloc_pages_node((int)below(&w->random, 2), gfp | __GFP_NOWARN, h->order);
}

static void turn_range(struct worker *w)
{
	unsigned long pfn = below(&w->random, FRAMES), nr = 1 + below(&w->random, 200);

	if (!alloc_contig_range(pfn, pfn + nr, MIGRATE_MOVABLE, GFP_KERNEL | __GFP_NOWARN))
		free_contig_range(pfn, nr);
}

static void turn_look(struct worker *w)
{
	static __thread struct quire_explain e;
	unsigned long types[MIGRATE_TYPES];
	struct zone *const *zones;
	unsigned int nr, i;

	must(!quire_explain_alloc(1 + below(&w->random, ORDERS - 1), GFP_KERNEL,
				  (int)below(&w->random, 2), &e),
	     "no explanation");
	zones = quire_zones(pm.m, &nr);
	for (i = 0; i < nr; i++)
		quire_zone_block_types(zones[i], types);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	unsigned int i;

	must(!quire_cpu_enter(pm.m, w->cpu), "the CPU is taken");
	for (i = 0; i < TURNS; i++) {
		unsigned int what = below(&w->random, 32);

		if (what < 28)
			turn_pages(w);
		else if (what < 30)
			turn_range(w);
		else if (what < 31)
			drain_all_pages(NULL);
		else
			turn_look(w);
	}
	for (i = 0; i < SLOTS; i++)
		if (w->held[i].page)
			__free_pages(w->held[i].page, w->held[i].order);
	quire_cpu_leave();
	return NULL;
}

static void up(void)
{
	static const struct quire_mem_range map[] = {
		{ .start = 0, .end = 0x315 << 12, .nid = 0 },
		{ .start = 0x315 << 12, .end = 0x72b << 12, .nid = 1 },
		{ .start = 0x72b << 12, .end = FRAMES << 12, .nid = 0 },
	};

	page_machine_config(&pm, 16);
	pm.config.ranges = map;
	pm.config.nr_ranges = 3;
	pm.config.nr_nodes = 2;
	pm.config.nr_cpus = THREADS;
	pm.config.deterministic = false;
	pm.config.reserve_memmap = false;
	pm.config.dma_limit = pm.config.dma32_limit = 0;
	pm.config.max_order = ORDERS;
	pm.config.pageblock_order = 5;
	pm.config.vm.min_free_kbytes = 128;
	page_machine_start(&pm);
}

static void four_cpus_at_once(void **state)
{
	static struct worker workers[THREADS];
	struct zone *const *zones;
	unsigned int nr, i;

	seeded_begin("test_interleaved_stress", 1);
	up();
	quire_cpu_leave();
	for (i = 0; i < THREADS; i++) {
		workers[i].cpu = i;
		workers[i].random = seeded_next();
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
	assert_int_equal(quire_cpu_enter(pm.m, 0), 0);
	drain_all_pages(NULL);
	zones = quire_zones(pm.m, &nr);
	assert_int_equal(nr, 2);
	for (i = 0; i < nr; i++) {
		assert_int_equal(quire_zone_validate(zones[i]), 0);
		assert_int_equal(zone_page_state_snapshot(zones[i], NR_FREE_PAGES),
				 zone_managed_pages(zones[i]));
	}
	page_machine_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(four_cpus_at_once) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
