/* SPDX-License-Identifier: MIT */
/*
 * test_steps.c - the allocator one step at a time: each step does its part of what
 * alloc_pages() and __free_pages() do, and the forced steps move what they say alone.
 *
 * Literal lists: a machine of two page blocks of 32 frames, or of 2048 frames with the marks
 * min 128, low 160, high 192. A random test makes the same requests whole on one machine and
 * in steps on another one, and compares all lists.
 */
#include <quire/errno.h>
#include <quire/steps.h>

#include "page/internal.h"

#include "machine.h"
#include "seeded.h"

#define MARK_MIN 128ul
#define MARK_LOW 160ul

static void up_blocks(struct pm *pm)
{
	pm_config(pm, "0-40@0");
	pm->config.max_order = 6;
	pm->config.pageblock_order = 5;
	pm->config.vm.min_free_kbytes = 0;
	pm->config.vm.watermark_boost_factor = 0;
	pm_up(pm);
}

static void up_marks(struct pm *pm)
{
	pm_config(pm, "0-800@0");
	pm->config.vm.min_free_kbytes = MARK_MIN * 4;
	pm->config.vm.watermark_boost_factor = 0;
	pm_up(pm);
	assert_int_equal(min_wmark_pages(pm->zones[0]), MARK_MIN);
	assert_int_equal(low_wmark_pages(pm->zones[0]), MARK_LOW);
}

static struct page *step_take(gfp_t gfp, unsigned int order)
{
	struct quire_step step = quire_step_choose(gfp, order, 0, NULL, 0);

	return step.zone ? quire_step_take(&step, order, gfp_migratetype(gfp)) : NULL;
}

static unsigned long free_pages_of(struct pm *pm)
{
	return zone_page_state_snapshot(pm->zones[0], NR_FREE_PAGES);
}

/* Takes pages until @left are free; they are never given back. */
static void leave_free(struct pm *pm, unsigned long left)
{
	while (free_pages_of(pm) > left) {
		struct page *page = alloc_pages(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN, 4);

		assert_non_null(page);
	}
	assert_int_equal(free_pages_of(pm), left);
}

/* --- choosing ---------------------------------------------------------------------------- */

static void test_choose_goes_below_marks_as_flags_allow(void **state)
{
	struct pm pm;
	struct quire_step step;

	up_marks(&pm);
	step = quire_step_choose(GFP_KERNEL, 0, 0, NULL, 0);
	assert_ptr_equal(step.zone, pm.zones[0]);
	assert_false(step.below_low);
	leave_free(&pm, MARK_LOW);
	/* At the low mark is not above it: the second walk, and the reclaimers would wake. */
	step = quire_step_choose(GFP_KERNEL, 0, 0, NULL, 0);
	assert_ptr_equal(step.zone, pm.zones[0]);
	assert_true(step.below_low);
	leave_free(&pm, MARK_MIN - 16);
	assert_null(quire_step_choose(GFP_KERNEL, 0, 0, NULL, 0).zone);
	/* Half of min is left to __GFP_HIGH, a quarter of that to __GFP_ATOMIC. */
	assert_non_null(quire_step_choose(GFP_ATOMIC, 0, 0, NULL, 0).zone);
	assert_non_null(quire_step_choose(GFP_KERNEL | __GFP_HIGH, 0, 0, NULL, 0).zone);
	leave_free(&pm, MARK_MIN / 2);
	assert_null(quire_step_choose(GFP_KERNEL | __GFP_HIGH, 0, 0, NULL, 0).zone);
	assert_non_null(quire_step_choose(GFP_ATOMIC, 0, 0, NULL, 0).zone);
	assert_null(quire_step_choose(GFP_ATOMIC | __GFP_NOMEMALLOC, 0, 0, NULL, 0).zone);
	leave_free(&pm, MARK_MIN / 4);
	assert_null(quire_step_choose(GFP_ATOMIC, 0, 0, NULL, 0).zone);
	step = quire_step_choose(GFP_KERNEL | __GFP_MEMALLOC, 0, 0, NULL, 0);
	assert_ptr_equal(step.zone, pm.zones[0]);
	assert_non_null(quire_step_take(&step, 0, MIGRATE_UNMOVABLE));
	assert_null(quire_step_choose(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOMEMALLOC, 0, 0, NULL, 0)
			    .zone);
	pm_down(&pm);
}

/* A bulk request keeps its pages above the low mark, and does not leave its node. */
static void test_choose_for_bulk(void **state)
{
	struct pm pm;

	up_marks(&pm);
	leave_free(&pm, MARK_LOW + 16);
	assert_non_null(quire_step_choose(GFP_KERNEL, 0, 0, NULL, 15).zone);
	assert_null(quire_step_choose(GFP_KERNEL, 0, 0, NULL, 16).zone);
	pm_down(&pm);

	pm_config(&pm, "0-800@0 800-1000@1");
	pm.config.vm.min_free_kbytes = 2 * MARK_MIN * 4;
	pm_up(&pm);
	while (alloc_pages_node(0, GFP_KERNEL | __GFP_THISNODE | __GFP_NOWARN, 0))
		;
	assert_ptr_equal(quire_step_choose(GFP_KERNEL, 0, 0, NULL, 0).zone, pm.zones[1]);
	assert_null(quire_step_choose(GFP_KERNEL, 0, 0, NULL, 1).zone);
	assert_ptr_equal(quire_step_choose(GFP_KERNEL, 0, 1, NULL, 1).zone, pm.zones[1]);
	pm_down(&pm);
}

static void test_choose_among_no_nodes(void **state)
{
	struct pm pm;
	nodemask_t none = { 0 };

	up_blocks(&pm);
	assert_null(quire_step_choose(GFP_KERNEL, 0, 0, &none, 0).zone);
	pm_down(&pm);
}

/* --- taking, freeing --------------------------------------------------------------------- */

static void test_take_gives_a_plain_page(void **state)
{
	struct pm pm;
	struct page *page;

	up_blocks(&pm);
	page = step_take(GFP_KERNEL | __GFP_COMP, 2);
	assert_int_equal(pm_pfn(page), 0);
	assert_int_equal(page_ref_count(page), 1);
	assert_false(PageHead(page));
	quire_step_free(page, 2, get_pageblock_migratetype(page), QUIRE_STEP_PCP);
	drain_local_pages(NULL);
	assert_int_equal(free_pages_of(&pm), 0x40);
	pm_down(&pm);
}

static void test_free_goes_where_it_is_told(void **state)
{
	struct pm pm;
	struct page *a, *b, *c;
	unsigned int i;

	up_blocks(&pm);
	a = step_take(GFP_KERNEL, 4);
	assert_free(&pm, 0, "U 10.4 | M 20.5");
	/* Parts of a block taken may be freed; frames 0, 2, 4 are no buddies of each other. */
	b = a + 2;
	c = a + 4;
	quire_step_free(a, 0, MIGRATE_UNMOVABLE, QUIRE_STEP_BUDDY);
	quire_step_free(b, 0, MIGRATE_UNMOVABLE, QUIRE_STEP_BUDDY);
	quire_step_free(c, 0, MIGRATE_UNMOVABLE, QUIRE_STEP_BUDDY_TAIL);
	assert_free(&pm, 0, "U 2.0 0.0 4.0 10.4 | M 20.5");
	quire_step_free(a + 1, 0, MIGRATE_UNMOVABLE, QUIRE_STEP_PCP);
	assert_string_equal(pm_pcp_list(&pm, 0, 0, MIGRATE_UNMOVABLE), "1");
	quire_step_free(a + 3, 0, MIGRATE_UNMOVABLE, QUIRE_STEP_PCP);
	assert_string_equal(pm_pcp_list(&pm, 0, 0, MIGRATE_UNMOVABLE), "3 1");
	quire_step_drain(pm.zones[0], 1, 0, MIGRATE_UNMOVABLE);
	assert_string_equal(pm_pcp_list(&pm, 0, 0, MIGRATE_UNMOVABLE), "3");
	assert_free(&pm, 0, "U 2.0 4.0 0.1 10.4 | M 20.5");
	quire_step_drain(pm.zones[0], 1, 0, MIGRATE_UNMOVABLE);
	for (i = 5; i < 16; i++)
		quire_step_free(a + i, 0, MIGRATE_UNMOVABLE, QUIRE_STEP_BUDDY);
	assert_free(&pm, 0, "U 0.5 | M 20.5");
	pm_down(&pm);
}

static void test_orders_with_lists(void **state)
{
	struct pm pm;

	up_marks(&pm);
	assert_true(quire_step_pcp_order(0));
	assert_true(quire_step_pcp_order(3));
	assert_false(quire_step_pcp_order(4));
	assert_false(quire_step_pcp_order(9));
	pm_down(&pm);
}

/* --- compaction's free side -------------------------------------------------------------- */

static void test_isolate_takes_a_free_block(void **state)
{
	struct pm pm;
	struct page *page;

	up_blocks(&pm);
	page = step_take(GFP_KERNEL, 3);
	drain_local_pages(NULL);
	assert_int_equal(quire_step_isolate(page), -ENOENT);
	assert_int_equal(get_pageblock_migratetype(page), MIGRATE_UNMOVABLE);
	/* Half a page block: the block is movable from now on. */
	assert_int_equal(quire_step_isolate(page + 0x10), 4);
	assert_int_equal(get_pageblock_migratetype(page), MIGRATE_MOVABLE);
	assert_int_equal(free_pages_of(&pm), 0x40 - 8 - 16);
	pm_down(&pm);
}

static void test_isolate_keeps_small_blocks_type(void **state)
{
	struct pm pm;
	struct page *page;

	up_blocks(&pm);
	page = step_take(GFP_KERNEL, 4);
	quire_step_free(page, 3, MIGRATE_UNMOVABLE, QUIRE_STEP_BUDDY);
	assert_int_equal(quire_step_isolate(page), 3);
	assert_int_equal(get_pageblock_migratetype(page), MIGRATE_UNMOVABLE);
	assert_free(&pm, 0, "U 10.4 | M 20.5");
	pm_down(&pm);
}

static void test_isolate_stops_at_the_min_mark(void **state)
{
	struct pm pm;
	struct page *page;

	up_marks(&pm);
	page = step_take(GFP_KERNEL, 4);
	leave_free(&pm, MARK_MIN);
	quire_step_free(page, 4, MIGRATE_UNMOVABLE, QUIRE_STEP_BUDDY);
	/* min + the block itself must be left, and more than that. */
	assert_int_equal(free_pages_of(&pm), MARK_MIN + 16);
	assert_true(PageBuddy(page));
	assert_int_equal(quire_step_isolate(page), -EAGAIN);
	assert_true(PageBuddy(page));
	assert_int_equal(free_pages_of(&pm), MARK_MIN + 16);
	pm_down(&pm);
}

/* Frees every second page of the first @nr; the list is then 2 * nr - 2, ..., 2, 0. */
static struct page *scattered(unsigned int nr)
{
	struct page *page = step_take(GFP_KERNEL, 4);
	unsigned int i;

	for (i = 0; i < nr; i++)
		quire_step_free(page + (2 * i), 0, MIGRATE_UNMOVABLE, QUIRE_STEP_BUDDY);
	return page;
}

static void test_rotate_turns_the_ring(void **state)
{
	struct pm pm;
	struct page *page;

	up_blocks(&pm);
	page = scattered(4);
	assert_free(&pm, 0, "U 6.0 4.0 2.0 0.0 10.4 | M 20.5");
	quire_step_rotate(page + 2, true);
	assert_free(&pm, 0, "U 2.0 0.0 6.0 4.0 10.4 | M 20.5");
	quire_step_rotate(page + 2, true);
	assert_free(&pm, 0, "U 2.0 0.0 6.0 4.0 10.4 | M 20.5");
	quire_step_rotate(page + 2, false);
	assert_free(&pm, 0, "U 0.0 6.0 4.0 2.0 10.4 | M 20.5");
	quire_step_rotate(page + 2, false);
	assert_free(&pm, 0, "U 0.0 6.0 4.0 2.0 10.4 | M 20.5");
	/* A page in use heads no block. */
	quire_step_rotate(page + 1, true);
	assert_free(&pm, 0, "U 0.0 6.0 4.0 2.0 10.4 | M 20.5");
	pm_down(&pm);
}

/* --- force ------------------------------------------------------------------------------- */

static void test_grab_uncovers(void **state)
{
	struct pm pm;

	up_blocks(&pm);
	/* Frames 2c..2f out of 20.5: the halves that do not hold them stay free. */
	assert_int_equal(quire_step_grab(pfn_to_page(0x2c), 2), 0);
	assert_free(&pm, 0, "M 28.2 20.3 30.4 0.5");
	assert_int_equal(free_pages_of(&pm), 0x40 - 4);
	assert_int_equal(page_ref_count(pfn_to_page(0x2c)), 1);
	/* In use now, and so is part of the larger block. */
	assert_int_equal(quire_step_grab(pfn_to_page(0x2c), 2), -ENOENT);
	assert_int_equal(quire_step_grab(pfn_to_page(0x20), 4), -ENOENT);
	assert_int_equal(quire_step_grab(pfn_to_page(0x28), 3), -ENOENT);
	/* A whole block; the first half of one. */
	assert_int_equal(quire_step_grab(pfn_to_page(0), 5), 0);
	assert_int_equal(quire_step_grab(pfn_to_page(0x30), 3), 0);
	assert_free(&pm, 0, "M 28.2 38.3 20.3");
	quire_step_free(pfn_to_page(0x2c), 2, MIGRATE_MOVABLE, QUIRE_STEP_BUDDY);
	assert_free(&pm, 0, "M 38.3 20.4");
	pm_down(&pm);
}

static void test_grab_from_a_cpu(void **state)
{
	struct pm pm;
	struct page *page;

	up_blocks(&pm);
	page = step_take(GFP_KERNEL, 4);
	quire_step_put_pcp(page, 0, MIGRATE_UNMOVABLE, false);
	quire_step_put_pcp(page + 1, 0, MIGRATE_UNMOVABLE, false);
	quire_step_put_pcp(page + 2, 0, MIGRATE_UNMOVABLE, true);
	assert_string_equal(pm_pcp_list(&pm, 0, 0, MIGRATE_UNMOVABLE), "1 0 2");
	quire_step_put_pcp(page + 4, 1, MIGRATE_RECLAIMABLE, false);
	assert_int_equal(quire_zone_pcp(pm.zones[0], 0)->count, 5);
	assert_int_equal(quire_step_grab(page, 0), 0);
	assert_string_equal(pm_pcp_list(&pm, 0, 0, MIGRATE_UNMOVABLE), "1 2");
	assert_int_equal(page_ref_count(page), 1);
	/* An entry is taken whole. */
	assert_int_equal(quire_step_grab(page + 4, 0), -ENOENT);
	assert_int_equal(quire_step_grab(page + 4, 1), 0);
	assert_int_equal(quire_zone_pcp(pm.zones[0], 0)->count, 2);
	assert_int_equal(quire_step_grab(page, 0), -ENOENT);
	pm_down(&pm);
}

/* --- steps against whole calls ----------------------------------------------------------- */

#define MAX_LIVE 1200u

static struct twins {
	struct pm pm[2];
	struct {
		unsigned long pfn;
		unsigned int order;
	} live[MAX_LIVE];
	unsigned int nr_live;
	unsigned long refused;
} twins;

static void on(unsigned int i)
{
	quire_cpu_leave();
	seeded_assert(!quire_cpu_enter(twins.pm[i].m, 0));
}

static void twins_up(void)
{
	unsigned int i;

	memset(&twins, 0, sizeof(twins));
	for (i = 0; i < 2; i++) {
		pm_config(&twins.pm[i], "0-800@0 800-1000@1");
		twins.pm[i].config.nr_cpus = 1;
		twins.pm[i].config.vm.min_free_kbytes = 1024;
		/* Whole calls end a boost when nobody reclaims; steps leave that to their caller.
		 */
		twins.pm[i].config.vm.watermark_boost_factor = 0;
		pm_up(&twins.pm[i]);
	}
}

static void twins_down(void)
{
	on(0);
	pm_down(&twins.pm[0]);
	assert_int_equal(quire_cpu_enter(twins.pm[1].m, 0), 0);
	pm_down(&twins.pm[1]);
}

static void same_lists(void)
{
	static char text[8192];
	unsigned int zone, order;
	int mt;

	for (zone = 0; zone < twins.pm[0].nr_zones; zone++) {
		on(0);
		strcpy(text, pm_free_lists(&twins.pm[0], zone));
		on(1);
		seeded_assert(!strcmp(text, pm_free_lists(&twins.pm[1], zone)));
		for (order = 0; order < 4; order++)
			for (mt = 0; mt < MIGRATE_PCPTYPES; mt++) {
				on(0);
				strcpy(text, pm_pcp_list(&twins.pm[0], zone, order, mt));
				on(1);
				seeded_assert(
					!strcmp(text, pm_pcp_list(&twins.pm[1], zone, order, mt)));
			}
	}
}

static void twin_alloc(void)
{
	static const gfp_t kinds[] = { GFP_KERNEL,
				       GFP_HIGHUSER_MOVABLE,
				       GFP_NOWAIT,
				       GFP_KERNEL | __GFP_RECLAIMABLE,
				       GFP_KERNEL | __GFP_HIGH,
				       GFP_KERNEL | __GFP_THISNODE };
	gfp_t gfp = kinds[seeded_below(ARRAY_SIZE(kinds))] | __GFP_NOWARN;
	unsigned int order =
		seeded_one_in(8) ? (unsigned int)seeded_below(10) : (unsigned int)seeded_below(4);
	int nid = (int)seeded_below(2);
	struct quire_step step;
	struct page *whole, *steps;
	unsigned long pfn = 0;

	if (twins.nr_live == MAX_LIVE)
		return;
	on(0);
	whole = __alloc_pages(gfp, order, nid, NULL);
	if (whole)
		pfn = page_to_pfn(whole);
	on(1);
	step = quire_step_choose(gfp, order, nid, NULL, 0);
	steps = step.zone ? quire_step_take(&step, order, gfp_migratetype(gfp)) : NULL;
	seeded_assert(!whole == !steps);
	if (!whole) {
		twins.refused++;
		return;
	}
	seeded_assert(page_to_pfn(steps) == pfn);
	twins.live[twins.nr_live].pfn = pfn;
	twins.live[twins.nr_live++].order = order;
}

static void twin_free(void)
{
	unsigned int i, order;
	unsigned long pfn;
	struct page *page;

	if (!twins.nr_live)
		return;
	i = (unsigned int)seeded_below(twins.nr_live);
	pfn = twins.live[i].pfn;
	order = twins.live[i].order;
	twins.live[i] = twins.live[--twins.nr_live];
	on(0);
	__free_pages(pfn_to_page(pfn), order);
	on(1);
	page = pfn_to_page(pfn);
	quire_step_free(page, order, get_pageblock_migratetype(page),
			quire_step_pcp_order(order) ? QUIRE_STEP_PCP : QUIRE_STEP_BUDDY);
}

static void test_steps_make_the_whole_call(void **state)
{
	unsigned int i, growing = 1;

	seeded_begin("test_steps", 1);
	twins_up();
	for (i = 0; i < 20000; i++) {
		if (seeded_one_in(1000))
			growing ^= 1;
		if (seeded_below(100) < (growing ? 60u : 40u))
			twin_alloc();
		else
			twin_free();
		if (i % 64 == 0)
			same_lists();
	}
	assert_true(twins.refused > 0);
	same_lists();
	twins_down();
}

/* A bulk request and its steps take the same pages off the CPU's list. */
static void test_bulk_steps(void **state)
{
	struct page *pages[24] = { NULL };
	struct quire_step step;
	unsigned int i;

	seeded_begin("test_steps", 1);
	twins_up();
	on(0);
	assert_int_equal(alloc_pages_bulk_array(GFP_KERNEL, 24, pages), 24);
	on(1);
	step = quire_step_choose(GFP_KERNEL, 0, 0, NULL, 24);
	for (i = 0; i < 24; i++) {
		struct page *page = quire_step_take_bulk(&step, MIGRATE_UNMOVABLE);
		unsigned long pfn = pm_pfn(page);

		on(0);
		assert_int_equal(pfn, page_to_pfn(pages[i]));
		on(1);
	}
	same_lists();
	twins_down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choose_goes_below_marks_as_flags_allow),
		cmocka_unit_test(test_choose_for_bulk),
		cmocka_unit_test(test_choose_among_no_nodes),
		cmocka_unit_test(test_take_gives_a_plain_page),
		cmocka_unit_test(test_free_goes_where_it_is_told),
		cmocka_unit_test(test_orders_with_lists),
		cmocka_unit_test(test_isolate_takes_a_free_block),
		cmocka_unit_test(test_isolate_keeps_small_blocks_type),
		cmocka_unit_test(test_isolate_stops_at_the_min_mark),
		cmocka_unit_test(test_rotate_turns_the_ring),
		cmocka_unit_test(test_grab_uncovers),
		cmocka_unit_test(test_grab_from_a_cpu),
		cmocka_unit_test(test_steps_make_the_whole_call),
		cmocka_unit_test(test_bulk_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
