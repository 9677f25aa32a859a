/* SPDX-License-Identifier: MIT */
/*
 * test_page_stress.c - four threads are the four CPUs of a machine of two nodes and allocate,
 * free, hand pages to each other and drain each other's lists, all at once.
 *
 * Every page carries its owner's mark in page->priv while it is held: a page given to two
 * CPUs shows. At the end all is given back, nothing is lost and the validator is content.
 * Meant for ThreadSanitizer, which then knows of every unordered access.
 * QUIRE_OPS=n: calls per thread, 60,000 by default.
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

#define CPUS	4u
#define LIVE	400u
#define MAILBOX 64u

struct mailbox {
	pthread_mutex_t lock;
	struct page *page[MAILBOX];
	unsigned int order[MAILBOX];
	unsigned int used;
};

static struct stress {
	struct quire_machine *m;
	unsigned long ops;
	struct mailbox box[CPUS];
	unsigned long errors;
} stress;

static void wrong(void)
{
	__atomic_fetch_add(&stress.errors, 1, __ATOMIC_RELAXED);
}

static struct page *take(uint64_t *rng, unsigned int *order)
{
	static const gfp_t kinds[] = { GFP_KERNEL, GFP_HIGHUSER_MOVABLE, GFP_ATOMIC,
				       GFP_KERNEL | __GFP_RECLAIMABLE };
	struct page *page;

	*order = stress_random(rng) % 16 ? (unsigned int)(stress_random(rng) % 4)
					 : (unsigned int)(stress_random(rng) % 10);
	page = __alloc_pages(kinds[stress_random(rng) % 4] | __GFP_NOWARN, *order,
			     (int)(stress_random(rng) % 2), NULL);
	if (page && page->priv)
		wrong();
	if (page)
		page->priv = (unsigned long)page;
	return page;
}

static void give(struct page *page, unsigned int order)
{
	if (page->priv != (unsigned long)page)
		wrong();
	page->priv = 0;
	__free_pages(page, order);
}

static void post(unsigned int cpu, struct page *page, unsigned int order)
{
	struct mailbox *box = &stress.box[cpu];
	bool full;

	pthread_mutex_lock(&box->lock);
	full = box->used == MAILBOX;
	if (!full) {
		box->page[box->used] = page;
		box->order[box->used++] = order;
	}
	pthread_mutex_unlock(&box->lock);
	if (full)
		give(page, order);
}

static void empty_mailbox(unsigned int cpu)
{
	struct mailbox *box = &stress.box[cpu], mine;

	pthread_mutex_lock(&box->lock);
	mine = *box;
	box->used = 0;
	pthread_mutex_unlock(&box->lock);
	while (mine.used--)
		give(mine.page[mine.used], mine.order[mine.used]);
}

static void *run(void *arg)
{
	static const struct quire_proc_sink nowhere = { .write = stress_drop };
	unsigned int cpu = (unsigned int)(uintptr_t)arg, live = 0, order[LIVE];
	struct page *page[LIVE];
	uint64_t rng = cpu + 1;
	unsigned long i;

	if (quire_cpu_enter(stress.m, cpu))
		wrong();
	for (i = 0; i < stress.ops; i++) {
		if (live < LIVE && stress_random(&rng) % 100 < 52) {
			page[live] = take(&rng, &order[live]);
			live += page[live] != NULL;
		} else if (live) {
			unsigned int at = (unsigned int)(stress_random(&rng) % live);

			if (stress_random(&rng) % 4)
				give(page[at], order[at]);
			else
				post((unsigned int)(stress_random(&rng) % CPUS), page[at],
				     order[at]);
			page[at] = page[--live];
			order[at] = order[live];
		}
		if (stress_random(&rng) % 256 == 0)
			empty_mailbox(cpu);
		if (stress_random(&rng) % 4096 == 0)
			drain_all_pages(NULL);
		if (stress_random(&rng) % 8192 == 0)
			quire_proc_read(stress.m,
					stress_random(&rng) % 2 ? "zoneinfo" : "pagetypeinfo",
					&nowhere);
	}
	while (live--)
		give(page[live], order[live]);
	quire_cpu_leave();
	return NULL;
}

static void machine_up(void)
{
	static const struct quire_mem_range ranges[] = {
		{ .start = 0, .end = 24ull << 20, .nid = 0 },
		{ .start = 24ull << 20, .end = 48ull << 20, .nid = 1 },
	};
	struct quire_machine_config c = QUIRE_MACHINE_CONFIG_INIT;
	unsigned int i;

	c.ranges = ranges;
	c.nr_ranges = 2;
	c.nr_nodes = 2;
	c.nr_cpus = CPUS;
	c.contents = false;
	c.vm.min_free_kbytes = 512;
	stress.ops = stress_ops(60000);
	for (i = 0; i < CPUS; i++)
		pthread_mutex_init(&stress.box[i].lock, NULL);
	assert_int_equal(quire_machine_create(&c, quire_host_port(), &stress.m), 0);
}

static void test_four_cpus(void **state)
{
	pthread_t thread[CPUS];
	unsigned int i, nr;
	struct zone *const *zones;

	machine_up();
	for (i = 0; i < CPUS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, run, (void *)(uintptr_t)i), 0);
	for (i = 0; i < CPUS; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(quire_cpu_enter(stress.m, 0), 0);
	for (i = 0; i < CPUS; i++)
		empty_mailbox(i);
	drain_all_pages(NULL);
	for (i = 0; i < CPUS; i++)
		quire_refresh_cpu_vm_stats(stress.m, i);
	zones = quire_zones(stress.m, &nr);
	for (i = 0; i < nr; i++) {
		assert_int_equal(quire_zone_validate(zones[i]), 0);
		assert_int_equal(zone_page_state_snapshot(zones[i], NR_FREE_PAGES),
				 zone_managed_pages(zones[i]));
	}
	assert_int_equal(stress.errors, 0);
	quire_cpu_leave();
	quire_machine_destroy(stress.m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_four_cpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
