/* SPDX-License-Identifier: MIT */
/*
 * test_page_paths.c - the short ways through the page allocator lead where the long ones do.
 *
 * Two machines of the same description get the same random calls. One is watched (a trace
 * is installed, whose hooks do nothing), so that every call takes the full path and frees
 * one block at a time; the other takes what short ways there are: fast allocation and
 * free, runs to and from the per-CPU lists, many pages at once. After each call both must
 * have returned the same frames; after every few calls all lists, in order, and all
 * counters must be equal.
 * QUIRE_OPS=n: number of calls, 200,000 by default.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <quire/mm.h>
#include <quire/trace.h>

#include "page/extras.h"
#include "page/pcp_list.h"
#include "seeded.h"

#define MAX_LIVE   6000u
#define MOST_PAGES 100u

/* struct live - a block that both machines gave out. */
struct live {
	struct page *page[2];
	unsigned int order;
};

static struct pair {
	struct quire_machine *m[2];
	struct live live[MAX_LIVE];
	unsigned int nr_live;
} pair;

static void machines_up(void)
{
	static const struct quire_mem_range ram = { .start = 0, .end = 128ull << 20 };
	static const struct quire_page_trace watcher = { .ctx = NULL };
	struct quire_machine_config c = QUIRE_MACHINE_CONFIG_INIT;
	unsigned int i;

	memset(&pair, 0, sizeof(pair));
	c.ranges = &ram;
	c.nr_ranges = 1;
	c.deterministic = true;
	c.contents = c.reserve_memmap = false;
	for (i = 0; i < 2; i++)
		assert_int_equal(quire_machine_create(&c, quire_host_port(), &pair.m[i]), 0);
	quire_page_trace_set(pair.m[0], &watcher);
	/* Checks of debug builds would send all calls the long way. */
	set_hooks(pair.m[1]->page, 0, HOOK_CHECK);
}

static void on(unsigned int i)
{
	quire_cpu_leave();
	seeded_assert(!quire_cpu_enter(pair.m[i], 0));
}

/* --- comparison -------------------------------------------------------------------------- */

static unsigned long frame_of(const struct quire_machine *m, const struct list_head *entry)
{
	return (unsigned long)(list_entry(entry, const struct page, lru) - m->page->mem_map);
}

static void same_list(const struct list_head *a, const struct list_head *b)
{
	const struct list_head *x = a->next, *y = b->next;

	for (; x != a && y != b; x = x->next, y = y->next)
		seeded_assert(frame_of(pair.m[0], x) == frame_of(pair.m[1], y));
	seeded_assert(x == a && y == b);
}

static void same_pcp_list(const struct quire_pcp_list *a, const struct quire_pcp_list *b)
{
	const unsigned long *x = a->top, *y = b->top;

	for (; x != a->bottom && y != b->bottom; x++, y++) {
		seeded_assert(quire_pcp_page(*x) - pair.m[0]->page->mem_map ==
			      quire_pcp_page(*y) - pair.m[1]->page->mem_map);
		seeded_assert(pcp_entry_type(*x) == pcp_entry_type(*y));
	}
	seeded_assert(x == a->bottom && y == b->bottom);
}

static void same_zone(struct zone *a, struct zone *b)
{
	struct per_cpu_pages *p = quire_zone_pcp(a, 0), *q = quire_zone_pcp(b, 0);
	unsigned int order, mt, i;

	for (order = 0; order < a->nr_orders; order++)
		for (mt = 0; mt < MIGRATE_TYPES; mt++)
			same_list(&a->free_area[order].free_list[mt],
				  &b->free_area[order].free_list[mt]);
	for (i = 0; i < NR_PCP_LISTS; i++)
		same_pcp_list(&p->lists[i], &q->lists[i]);
	seeded_assert(p->count == q->count && p->free_factor == q->free_factor);
	for (i = 0; i < NR_VM_ZONE_STAT_ITEMS; i++) {
		seeded_assert(a->vm_stat[i].counter == b->vm_stat[i].counter);
		seeded_assert(p->vm_stat_diff[i] == q->vm_stat_diff[i]);
	}
	for (i = 0; i < NR_VM_NUMA_EVENT_ITEMS; i++)
		seeded_assert(quire_numa_events(a, (enum numa_stat_item)i) ==
			      quire_numa_events(b, (enum numa_stat_item)i));
}

static void compare(void)
{
	unsigned int nr, i;
	struct zone *const *a = quire_zones(pair.m[0], &nr), *const *b =
								     quire_zones(pair.m[1], &nr);

	for (i = 0; i < nr; i++) {
		same_zone(a[i], b[i]);
		seeded_assert(!quire_zone_validate(b[i]));
	}
	for (i = 0; i < NR_VM_EVENT_ITEMS; i++)
		seeded_assert(quire_vm_events(pair.m[0], (enum vm_event_item)i) ==
			      quire_vm_events(pair.m[1], (enum vm_event_item)i));
}

/* --- calls ------------------------------------------------------------------------------- */

static void keep(struct page *a, struct page *b, unsigned int order)
{
	seeded_assert(!a == !b);
	if (!a)
		return;
	seeded_assert(a - pair.m[0]->page->mem_map == b - pair.m[1]->page->mem_map);
	pair.live[pair.nr_live++] = (struct live){ .page = { a, b }, .order = order };
}

static gfp_t any_gfp(void)
{
	static const gfp_t kinds[] = { GFP_KERNEL,	     GFP_KERNEL,
				       GFP_HIGHUSER_MOVABLE, GFP_KERNEL | __GFP_RECLAIMABLE,
				       GFP_ATOMIC,	     GFP_DMA };

	return kinds[seeded_below(ARRAY_SIZE(kinds))] | __GFP_NOWARN;
}

static void op_alloc(void)
{
	unsigned int order = (unsigned int)(seeded_one_in(8) ? seeded_below(10) : seeded_below(3));
	gfp_t gfp = any_gfp() | (seeded_one_in(4) ? __GFP_COMP : 0);
	struct page *page[2];
	unsigned int i;

	if (pair.nr_live == MAX_LIVE)
		return;
	for (i = 0; i < 2; i++) {
		on(i);
		page[i] = alloc_pages(gfp, order);
	}
	keep(page[0], page[1], order);
}

static void free_live(unsigned int at)
{
	struct live live = pair.live[at];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		on(i);
		__free_pages(live.page[i], live.order);
	}
	pair.live[at] = pair.live[--pair.nr_live];
}

static void op_free(void)
{
	if (pair.nr_live)
		free_live((unsigned int)seeded_below(pair.nr_live));
}

/* Blocks next to each other among the live ones were allocated in a row: runs for a drain. */
static void op_free_row(void)
{
	unsigned int row = (unsigned int)seeded_below(600);

	while (row-- && pair.nr_live)
		free_live(pair.nr_live - 1);
}

static void op_bulk(void)
{
	unsigned long nr = 1 + seeded_below(MOST_PAGES), got[2];
	struct page *page[2][MOST_PAGES], *filled = (struct page *)page;
	const bool fresh = seeded_one_in(2), holes = seeded_one_in(4);
	gfp_t gfp = any_gfp();
	unsigned int i;

	if (pair.nr_live + nr > MAX_LIVE)
		return;
	memset(page, 0, sizeof(page));
	for (i = 0; holes && !fresh && i < nr; i++)
		if (seeded_one_in(3))
			page[0][i] = page[1][i] = filled;
	for (i = 0; i < 2; i++) {
		on(i);
		got[i] = fresh ? alloc_pages_fresh(gfp, 0, (int)nr, page[i])
			       : alloc_pages_bulk_array(gfp, nr, page[i]);
	}
	seeded_assert(got[0] == got[1]);
	for (i = 0; i < got[0]; i++)
		if (page[0][i] != filled)
			keep(page[0][i], page[1][i], 0);
}

/* Single pages and heads of compound ones, as they come; others stay. */
static void op_release(void)
{
	unsigned int nr = 0, most = 1 + (unsigned int)seeded_below(MOST_PAGES), i;
	struct page *page[2][MOST_PAGES];
	const bool compound = seeded_one_in(4), singles = !compound && seeded_one_in(2);

	for (i = pair.nr_live; i-- > 0 && nr < most;) {
		struct live live = pair.live[i];

		if (live.order && !(compound && PageHead(live.page[0])))
			continue;
		page[0][nr] = live.page[0];
		page[1][nr++] = live.page[1];
		pair.live[i] = pair.live[--pair.nr_live];
	}
	for (i = 0; i < 2; i++) {
		on(i);
		if (singles && nr)
			release_singles(page[i], (int)nr);
		else
			release_pages(page[i], (int)nr);
	}
}

static void op_drain(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		on(i);
		drain_local_pages(NULL);
	}
}

static void one_op(bool grow)
{
	unsigned int dice = (unsigned int)seeded_below(1000);

	if (dice < (grow ? 600u : 300u))
		op_alloc();
	else if (dice < 900)
		op_free();
	else if (dice < (grow ? 960u : 920u))
		op_bulk();
	else if (dice < 980)
		op_release();
	else if (dice < 997)
		op_free_row();
	else if (seeded_one_in(10))
		op_drain();
}

static void test_same_state(void **state)
{
	const char *given = getenv("QUIRE_OPS");
	unsigned long ops = given ? strtoul(given, NULL, 0) : 200000, i;
	bool grow = true;

	seeded_begin("test_page_paths", 1);
	machines_up();
	for (i = 0; i < ops; i++) {
		if (seeded_one_in(3000))
			grow = !grow;
		one_op(grow);
		if (i % 200 == 0)
			compare();
	}
	while (pair.nr_live)
		op_free();
	compare();
	quire_cpu_leave();
	for (i = 0; i < 2; i++)
		quire_machine_destroy(pair.m[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_same_state) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
