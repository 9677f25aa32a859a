/* SPDX-License-Identifier: MIT */
/*
 * test_pcp_list.c - one per-CPU list as an array; growth of their memory; what is counted.
 */
#include <quire/fault.h>

#include "machine.h"
#include "page/pcp_list.h"

#define ROOM 4ul

/* A list of ROOM entries in an array of its own, and struct pages to put on it. */
struct one {
	unsigned long words[2 * ROOM + 1];
	struct page page[12] __quire_aligned(64);
	struct quire_pcp_list list;
};

static void one_init(struct one *o)
{
	memset(o, 0, sizeof(*o));
	o->list.end = o->list.top = o->list.bottom = o->words + 2 * ROOM;
}

/* The list as indices of pages, top first. */
static const char *text(const struct one *o)
{
	static char text[64];
	const unsigned long *at;
	const struct page *page;
	size_t n = 0;

	text[0] = 0;
	quire_for_each_pcp_page(page, at, &o->list) n +=
		(size_t)sprintf(text + n, "%s%ld", n ? " " : "", (long)(page - o->page));
	assert_int_equal(*o->list.bottom, 0);
	assert_true(o->list.bottom - o->words >= (long)ROOM);
	return text;
}

static void test_push_and_pop(void **state)
{
	struct one o;

	one_init(&o);
	assert_null(pcp_list_pop(&o.list));
	pcp_list_push(&o.list, pcp_entry(&o.page[1], MIGRATE_CMA));
	pcp_list_push(&o.list, pcp_entry(&o.page[2], MIGRATE_UNMOVABLE));
	assert_string_equal(text(&o), "2 1");
	assert_int_equal(pcp_entry_type(o.list.top[1]), MIGRATE_CMA);
	assert_ptr_equal(pcp_list_pop(&o.list), &o.page[2]);
	assert_ptr_equal(pcp_list_pop(&o.list), &o.page[1]);
	assert_null(pcp_list_pop(&o.list));
	assert_true(quire_pcp_list_empty(&o.list));
}

/* Pages freed at the top and drained at the bottom for ever: the list stays within its words. */
static void test_cut_makes_room(void **state)
{
	unsigned int cut, freed = 0, i;
	struct one o;

	for (cut = 1; cut <= ROOM; cut++) {
		one_init(&o);
		for (i = 0; i < 100; i++) {
			while (pcp_list_length(&o.list) < ROOM)
				pcp_list_push(&o.list,
					      pcp_entry(&o.page[freed++ % 12], MIGRATE_MOVABLE));
			assert_true(o.list.top >= o.words);
			assert_ptr_equal(quire_pcp_page(*o.list.top), &o.page[(freed - 1) % 12]);
			assert_ptr_equal(quire_pcp_page(o.list.bottom[-1]),
					 &o.page[(freed - ROOM) % 12]);
			pcp_list_cut(&o.list, cut, ROOM);
			text(&o);
		}
	}
}

static void test_bottom_and_middle(void **state)
{
	struct one o;
	unsigned int i;

	one_init(&o);
	for (i = 0; i < ROOM; i++)
		pcp_list_add_bottom(&o.list, &o.page[i], MIGRATE_MOVABLE);
	assert_string_equal(text(&o), "0 1 2 3");
	pcp_list_remove(&o.list, o.list.top + 2);
	assert_string_equal(text(&o), "0 1 3");
	pcp_list_remove(&o.list, o.list.top);
	assert_string_equal(text(&o), "1 3");
	pcp_list_add_bottom(&o.list, &o.page[7], MIGRATE_MOVABLE);
	pcp_list_push(&o.list, pcp_entry(&o.page[8], MIGRATE_MOVABLE));
	assert_string_equal(text(&o), "8 1 3 7");
}

/* --- growth ------------------------------------------------------------------------------ */

static void up(struct pm *pm)
{
	pm_config(pm, "0-8000@0");
	pm->config.nr_cpus = 2;
	pm->config.vm.percpu_pagelist_high_fraction = 0x8000 / 256; /* 128 pages a CPU */
	pm->config.vm.min_free_kbytes = 512;
	pm_up(pm);
	set_hooks(pm->m->page, 0, HOOK_CHECK);
	assert_int_equal(pm->zones[0]->pageset_high_min, 128);
}

static void test_growth_keeps_the_lists(void **state)
{
	static struct page *page[3000];
	char before[2][1024];
	unsigned int cpu, i;
	struct pm pm;

	up(&pm);
	for (cpu = 0; cpu < 2; cpu++) {
		assert_int_equal(quire_cpu_enter(pm.m, cpu), 0);
		for (i = 0; i < 90; i++)
			page[i] = alloc_page(GFP_KERNEL);
		for (i = 0; i < 90; i++)
			__free_page(page[i * 7 % 90]);
		strcpy(before[cpu], pm_pcp_list(&pm, 0, 0, MIGRATE_UNMOVABLE));
	}
	assert_int_equal(quire_set_sysctl("percpu_pagelist_high_fraction", 0, 8), 0);
	assert_int_equal(pm.zones[0]->pageset_high_min, 0x8000 / 8 / 2);
	for (cpu = 0; cpu < 2; cpu++) {
		assert_int_equal(quire_cpu_enter(pm.m, cpu), 0);
		assert_string_equal(pm_pcp_list(&pm, 0, 0, MIGRATE_UNMOVABLE), before[cpu]);
	}
	assert_int_equal(quire_zone_validate(pm.zones[0]), 0);
	/* As many as are allowed now, then back to few: what is on the lists stays. */
	for (i = 0; i < 3000; i++)
		page[i] = alloc_page(GFP_KERNEL);
	for (i = 0; i < 3000; i++)
		__free_page(page[i]);
	assert_int_equal(quire_zone_validate(pm.zones[0]), 0);
	assert_true(quire_zone_pcp(pm.zones[0], 1)->count > 1000);
	assert_int_equal(quire_set_sysctl("percpu_pagelist_high_fraction", 0, 0x8000 / 256), 0);
	assert_true(quire_zone_pcp(pm.zones[0], 1)->count > 1000);
	__free_page(alloc_page(GFP_KERNEL));
	assert_int_equal(quire_zone_validate(pm.zones[0]), 0);
	pm_down(&pm);
}

static void test_growth_fails(void **state)
{
	struct pm pm;

	up(&pm);
	quire_fault_arm(pm.m, QUIRE_FAULT_PORT_RESERVE, 1);
	assert_int_equal(quire_set_sysctl("percpu_pagelist_high_fraction", 0, 8), -ENOMEM);
	assert_true(quire_fault_disarm(pm.m));
	assert_int_equal(pm.zones[0]->pageset_high_min, 128);
	assert_int_equal(quire_zone_pcp(pm.zones[0], 1)->high, 128);
	assert_int_equal(quire_set_sysctl("percpu_pagelist_high_fraction", 0, 8), 0);
	assert_int_equal(pm.zones[0]->pageset_high_min, 0x8000 / 8 / 2);
	pm_down(&pm);
}

/* --- counters ---------------------------------------------------------------------------- */

/* Fast, refilled, drained, bulk, remote: each page counts once when it comes and when it goes. */
static void test_counters_are_exact(void **state)
{
	static struct page *page[600];
	unsigned long allocs = 0, frees = 0, held, round;
	unsigned int i, order;
	struct pm pm;

	up(&pm);
	for (round = 0; round < 6; round++) {
		for (i = 0; i < 300; i++) {
			order = i % 5; /* order 4 has no list */
			page[i] = alloc_pages(i % 3 ? GFP_KERNEL : GFP_HIGHUSER_MOVABLE, order);
			allocs += 1ul << order;
			assert_int_equal(quire_vm_events(pm.m, PGALLOC_NORMAL), allocs);
		}
		held = alloc_pages_bulk_array(GFP_KERNEL, 300, page + 300);
		allocs += held;
		assert_int_equal(quire_vm_events(pm.m, PGALLOC_NORMAL), allocs);
		if (round == 3)
			drain_all_pages(NULL);
		release_pages(page + 300, (int)held);
		memset(page + 300, 0, sizeof(*page) * 300);
		frees += held;
		for (i = 0; i < 300; i++) {
			assert_int_equal(quire_vm_events(pm.m, PGFREE), frees);
			__free_pages(page[i], i % 5);
			frees += 1ul << i % 5;
		}
		assert_int_equal(quire_vm_events(pm.m, PGFREE), frees);
		assert_int_equal(quire_numa_events(pm.zones[0], NUMA_HIT), (round + 1) * 600);
		assert_int_equal(quire_cpu_enter(pm.m, (unsigned int)(round + 1) % 2), 0);
	}
	pm_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_push_and_pop),
		cmocka_unit_test(test_cut_makes_room),
		cmocka_unit_test(test_bottom_and_middle),
		cmocka_unit_test(test_growth_keeps_the_lists),
		cmocka_unit_test(test_growth_fails),
		cmocka_unit_test(test_counters_are_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
