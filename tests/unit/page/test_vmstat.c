/* SPDX-License-Identifier: MIT */
/*
 * test_vmstat.c - counters: thresholds and folding, NUMA counters, events; and that the fast
 * path counts what the full path counts.
 */
#include "machine.h"

#include <quire/trace.h>

#include "page/internal.h"

static unsigned long total(struct pm *pm, enum zone_stat_item item)
{
	return zone_page_state(pm->zones[0], item);
}

/* --- differences of CPUs ----------------------------------------------------------------- */

static void test_threshold(void **state)
{
	const int t = 4; /* 2 * fls(3 CPUs) * (1 + fls(0)) */
	struct pm pm;
	int i;

	pm_config(&pm, "0-1000@0");
	pm.config.nr_cpus = 3;
	pm_up(&pm);
	assert_int_equal(quire_zone_pcp(pm.zones[0], 2)->stat_threshold, t);
	for (i = 0; i < t; i++)
		mod_zone_page_state(pm.zones[0], NR_MLOCK, 1);
	assert_int_equal(total(&pm, NR_MLOCK), 0);
	assert_int_equal(zone_page_state_snapshot(pm.zones[0], NR_MLOCK), t);
	mod_zone_page_state(pm.zones[0], NR_MLOCK, 1); /* past it: all of it goes over */
	assert_int_equal(total(&pm, NR_MLOCK), t + 1);
	assert_int_equal(quire_zone_pcp(pm.zones[0], 0)->vm_stat_diff[NR_MLOCK], 0);
	/* Each CPU has its own; large steps go at once; down as well as up. */
	assert_int_equal(quire_cpu_enter(pm.m, 1), 0);
	mod_zone_page_state(pm.zones[0], NR_MLOCK, -t);
	assert_int_equal(total(&pm, NR_MLOCK), t + 1);
	assert_int_equal(zone_page_state_snapshot(pm.zones[0], NR_MLOCK), 1);
	mod_zone_page_state(pm.zones[0], NR_MLOCK, 1000);
	assert_int_equal(total(&pm, NR_MLOCK), 1001);
	mod_zone_page_state(pm.zones[0], NR_MLOCK, -1001);
	assert_int_equal(total(&pm, NR_MLOCK), 0);
	pm_down(&pm);
}

static void test_fold(void **state)
{
	struct pm pm;

	pm_config(&pm, "0-1000@0");
	pm.config.nr_cpus = 3;
	pm_up(&pm);
	mod_zone_page_state(pm.zones[0], NR_MLOCK, 2);
	mod_zone_page_state(pm.zones[0], NR_BOUNCE, -2);
	assert_int_equal(quire_cpu_enter(pm.m, 2), 0);
	mod_zone_page_state(pm.zones[0], NR_MLOCK, 1);
	assert_int_equal(quire_refresh_cpu_vm_stats(pm.m, 1), 0);
	assert_int_equal(quire_refresh_cpu_vm_stats(pm.m, 0), 2);
	assert_int_equal(total(&pm, NR_MLOCK), 2);
	assert_int_equal(quire_refresh_cpu_vm_stats(pm.m, 0), 0);
	assert_int_equal(quire_refresh_cpu_vm_stats(pm.m, 2), 1);
	assert_int_equal(total(&pm, NR_MLOCK), 3);
	/* A total below zero reads as zero: another CPU holds what is missing. */
	assert_int_equal(total(&pm, NR_BOUNCE), 0);
	assert_int_equal(zone_page_state_snapshot(pm.zones[0], NR_BOUNCE), 0);
	mod_zone_page_state(pm.zones[0], NR_BOUNCE, 5);
	assert_int_equal(total(&pm, NR_BOUNCE), 3);
	pm_down(&pm);
}

/* 2 * fls(CPUs) * (1 + fls(pages / 128 MiB)), at most 125. */
static unsigned int threshold(const char *map, unsigned int cpus)
{
	unsigned int t;
	struct pm pm;

	pm_config(&pm, map);
	pm.config.nr_cpus = cpus;
	pm_up(&pm);
	t = quire_zone_pcp(pm.zones[0], cpus - 1)->stat_threshold;
	assert_int_equal(t, pm.zones[0]->stat_threshold);
	pm_down(&pm);
	return t;
}

static void test_thresholds(void **state)
{
	assert_int_equal(threshold("0-7fff@0", 1), 2);
	assert_int_equal(threshold("0-8000@0", 1), 4);
	assert_int_equal(threshold("0-1ffff@0", 1), 6);
	assert_int_equal(threshold("0-20000@0", 1), 8);
	assert_int_equal(threshold("0-20000@0", 2), 16);
	assert_int_equal(threshold("0-20000@0", 255), 64);
	assert_int_equal(threshold("0-1000000@0", 64), 125);
}

/* Before the lists have their sizes every change goes to the total. */
static void test_no_threshold_at_boot(void **state)
{
	struct pm pm;

	pm_config(&pm, "0-8000@0");
	pm.config.staged_init = true;
	pm_up(&pm);
	assert_int_equal(quire_zone_pcp(pm.zones[0], 0)->stat_threshold, 0);
	mod_zone_page_state(pm.zones[0], NR_MLOCK, 1);
	assert_int_equal(total(&pm, NR_MLOCK), 1);
	setup_per_cpu_pageset();
	init_per_zone_wmark_min();
	assert_int_equal(quire_zone_pcp(pm.zones[0], 0)->stat_threshold, 4);
	pm_down(&pm);
}

static void test_node_counters(void **state)
{
	struct pm pm;

	pm_config(&pm, "0-1000@0 1000-2000@1");
	pm_up(&pm);
	mod_node_page_state(quire_pgdat(pm.m, 1), NR_FILE_DIRTY, 7);
	assert_int_equal(node_page_state(quire_pgdat(pm.m, 1), NR_FILE_DIRTY), 7);
	assert_int_equal(node_page_state(quire_pgdat(pm.m, 0), NR_FILE_DIRTY), 0);
	mod_node_page_state(quire_pgdat(pm.m, 1), NR_FILE_DIRTY, -9);
	assert_int_equal(node_page_state(quire_pgdat(pm.m, 1), NR_FILE_DIRTY), 0);
	pm_down(&pm);
}

/* --- NUMA -------------------------------------------------------------------------------- */

static void assert_numa(struct pm *pm, unsigned int zone, unsigned long hit, unsigned long miss,
			unsigned long foreign, unsigned long local, unsigned long other)
{
	struct zone *z = pm->zones[zone];

	assert_int_equal(quire_numa_events(z, NUMA_HIT), hit);
	assert_int_equal(quire_numa_events(z, NUMA_MISS), miss);
	assert_int_equal(quire_numa_events(z, NUMA_FOREIGN), foreign);
	assert_int_equal(quire_numa_events(z, NUMA_LOCAL), local);
	assert_int_equal(quire_numa_events(z, NUMA_OTHER), other);
	assert_int_equal(quire_numa_events(z, NUMA_INTERLEAVE_HIT), 0);
}

static void test_numa(void **state)
{
	unsigned long taken = 0;
	struct pm pm;

	pm_config(&pm, "0-1000@0 1000-2000@1");
	pm_up(&pm);
	alloc_page(GFP_KERNEL);
	alloc_pages(GFP_KERNEL, 3); /* one allocation, whatever the order */
	assert_numa(&pm, 0, 2, 0, 0, 2, 0);
	alloc_pages_node(1, GFP_KERNEL, 0);
	assert_numa(&pm, 1, 1, 0, 0, 0, 1);
	assert_int_equal(quire_cpu_enter(pm.m, 1), 0);
	alloc_page(GFP_KERNEL);
	assert_numa(&pm, 1, 2, 0, 0, 1, 1);
	/* Node 1 runs dry: node 0 serves instead. */
	while (alloc_pages(GFP_KERNEL | __GFP_THISNODE | __GFP_NOWARN, 0))
		taken++;
	assert_numa(&pm, 1, 2 + taken, 0, 0, 1 + taken, 1);
	alloc_page(GFP_KERNEL);
	assert_numa(&pm, 0, 2, 1, 0, 2, 1);
	assert_numa(&pm, 1, 2 + taken, 0, 1, 1 + taken, 1);
	pm_down(&pm);
}

/* --- events ------------------------------------------------------------------------------ */

static void test_events_by_zone(void **state)
{
	struct page *page[3];
	struct pm pm;

	pm_config(&pm, "0-1000@0 1000-2000@0");
	pm.config.dma_limit = 16ull << 20;
	pm_up(&pm);
	page[0] = alloc_pages(GFP_KERNEL | __GFP_DMA, 2);
	page[1] = alloc_pages(GFP_KERNEL, 1);
	page[2] = alloc_pages(GFP_KERNEL, 7);
	assert_int_equal(quire_vm_events(pm.m, PGALLOC_DMA), 4);
	assert_int_equal(quire_vm_events(pm.m, PGALLOC_NORMAL), 130);
	assert_int_equal(quire_vm_events(pm.m, PGALLOC_MOVABLE), 0);
	__free_pages(page[0], 2);
	__free_pages(page[1], 1);
	assert_int_equal(quire_vm_events(pm.m, PGFREE), 6);
	__free_pages(page[2], 7);
	assert_int_equal(quire_vm_events(pm.m, PGFREE), 134);
	/* Failures and bad frees are no events. */
	assert_null(alloc_pages(GFP_KERNEL | __GFP_NOWARN, 11));
	__free_pages(page[2], 7);
	assert_int_equal(quire_vm_events(pm.m, PGFREE), 134);
	assert_int_equal(quire_vm_events(pm.m, PGALLOC_NORMAL), 130);
	count_vm_events(PGFAULT, 3);
	assert_int_equal(quire_cpu_enter(pm.m, 0), 0);
	count_vm_events(PGFAULT, 4);
	assert_int_equal(quire_vm_events(pm.m, PGFAULT), 7);
	pm_down(&pm);
}

/* --- fast path and full path ------------------------------------------------------------- */

struct sum {
	unsigned long events[NR_VM_EVENT_ITEMS];
	unsigned long numa[8][NR_VM_NUMA_EVENT_ITEMS];
	unsigned long stats[8][NR_VM_ZONE_STAT_ITEMS];
	unsigned long long frames; /* a hash of what was allocated, in order */
};

static void add_up(struct pm *pm, struct sum *s)
{
	unsigned int i, k;

	for (i = 0; i < NR_VM_EVENT_ITEMS; i++)
		s->events[i] = quire_vm_events(pm->m, (enum vm_event_item)i);
	for (k = 0; k < pm->nr_zones; k++) {
		for (i = 0; i < NR_VM_NUMA_EVENT_ITEMS; i++)
			s->numa[k][i] = quire_numa_events(pm->zones[k], (enum numa_stat_item)i);
		for (i = 0; i < NR_VM_ZONE_STAT_ITEMS; i++)
			s->stats[k][i] = zone_page_state(pm->zones[k], (enum zone_stat_item)i);
	}
}

static unsigned int next(unsigned int *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed >> 16;
}

/* The same calls on a fresh machine, with or without a reason to leave the fast path. */
static void run(struct sum *s, const struct quire_page_trace *trace)
{
	static const gfp_t gfp[] = {
		GFP_KERNEL, GFP_HIGHUSER_MOVABLE,   GFP_KERNEL | __GFP_RECLAIMABLE,
		GFP_ATOMIC, GFP_KERNEL | __GFP_DMA, GFP_KERNEL | __GFP_COMP
	};
	struct page *held[512] = { NULL };
	unsigned int order[512] = { 0 }, seed = 4, i;
	struct pm pm;

	memset(s, 0, sizeof(*s));
	pm_config(&pm, "1-9f@0 100-2000@0 2000-4000@1");
	pm.config.dma_limit = 16ull << 20;
	pm.config.vm.transparent_hugepage = true;
	pm_up(&pm);
	quire_page_trace_set(pm.m, trace);
	set_hooks(pm.m->page, 0, HOOK_CHECK); /* debug builds never take the fast path otherwise */
	assert_int_equal(pm.m->attention != 0, trace != NULL);
	for (i = 0; i < 20000; i++) {
		unsigned int slot = next(&seed) % 512, k = next(&seed) % 64;

		if (i % 97 == 0)
			assert_int_equal(quire_cpu_enter(pm.m, next(&seed) % 2), 0);
		if (held[slot]) {
			__free_pages(held[slot], order[slot]);
			held[slot] = NULL;
			continue;
		}
		order[slot] = k < 40 ? 0 : k < 60 ? k % 4 : k == 63 ? 9 : k % 6;
		held[slot] = alloc_pages_node((int)(k % 3) - 1, gfp[next(&seed) % 6] | __GFP_NOWARN,
					      order[slot]);
		s->frames = s->frames * 31 + (held[slot] ? page_to_pfn(held[slot]) : 0);
	}
	add_up(&pm, s);
	for (i = 0; i < 512; i++)
		if (held[i])
			__free_pages(held[i], order[i]);
	quire_page_trace_set(pm.m, NULL);
	assert_string_equal(pm.log, "");
	pm_down(&pm);
}

static void test_paths_count_alike(void **state)
{
	static const struct quire_page_trace nothing = { .ctx = NULL };
	static struct sum fast, full;

	run(&fast, NULL);
	run(&full, &nothing);
	assert_int_equal(fast.frames, full.frames);
	assert_memory_equal(fast.events, full.events, sizeof(fast.events));
	assert_memory_equal(fast.numa, full.numa, sizeof(fast.numa));
	assert_memory_equal(fast.stats, full.stats, sizeof(fast.stats));
	assert_true(fast.events[PGALLOC_NORMAL] > 5000 && fast.numa[1][NUMA_HIT] > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threshold),      cmocka_unit_test(test_fold),
		cmocka_unit_test(test_thresholds),     cmocka_unit_test(test_no_threshold_at_boot),
		cmocka_unit_test(test_node_counters),  cmocka_unit_test(test_numa),
		cmocka_unit_test(test_events_by_zone), cmocka_unit_test(test_paths_count_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
