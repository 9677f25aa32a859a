/* SPDX-License-Identifier: MIT */
/*
 * test_page_model.c - random calls of the page allocator against a reference that knows
 * one thing: who has each frame.
 *
 *	node 0 [DMA 0..400][Normal 400..1000]   node 1 [Normal 1000..1c00], hole 1c00..1e00,
 *	[1e00..2000]; two CPUs, one a node; deterministic, so that a run can be repeated
 *
 * After each call: what was returned lies in a zone the flags allow, is aligned, and
 * belonged to nobody; frames that are free (all lists together), on per-CPU lists and
 * in the reference's hands add up to what is managed; every QUIRE_VALIDATE calls (64 by
 * default) quire_zone_validate() finds nothing. At the end all is given back, and each zone
 * is free in blocks as large as its frames allow.
 * QUIRE_OPS=n: number of calls, 300,000 by default.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <quire/list.h>
#include <quire/mm.h>

#include "seeded.h"

#define FRAMES	 0x2000u
#define MAX_LIVE 1500u

/** enum kind - how a live block must be given back. */
enum kind { BLOCK, COMPOUND, HELD };

struct live {
	struct page *page;
	unsigned int order;
	enum kind kind;
	unsigned int extra_refs;
};

static struct model {
	struct quire_machine *m;
	bool taken[FRAMES];
	unsigned long nr_taken, managed;
	struct live live[MAX_LIVE];
	unsigned int nr_live;
	unsigned long failures;
	char call[128];
} model;

static void check(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "last call: %s\n", model.call);
	seeded_rerun_line();
	fail_msg("%s", what);
}

static void machine_up(void)
{
	static const struct quire_mem_range ranges[] = {
		{ .start = 0, .end = 0x1000ull << 12, .nid = 0 },
		{ .start = 0x1000ull << 12, .end = 0x1c00ull << 12, .nid = 1 },
		{ .start = 0x1e00ull << 12, .end = 0x2000ull << 12, .nid = 1 },
	};
	struct quire_machine_config c = QUIRE_MACHINE_CONFIG_INIT;

	c.ranges = ranges;
	c.nr_ranges = 3;
	c.nr_nodes = c.nr_cpus = 2;
	c.dma_limit = 0x400ull << 12;
	c.dma32_limit = 0;
	c.deterministic = true;
	c.contents = c.reserve_memmap = false;
	c.section_shift = 22;
	c.vm.transparent_hugepage = false;
	c.vm.min_free_kbytes = 256;
	memset(&model, 0, sizeof(model));
	assert_int_equal(quire_machine_create(&c, quire_host_port(), &model.m), 0);
	assert_int_equal(quire_cpu_enter(model.m, 0), 0);
	model.managed = totalram_pages();
}

static void validate(void)
{
	unsigned int i, nr, cpu;
	struct zone *const *zones = quire_zones(model.m, &nr);
	unsigned long free = 0;

	for (i = 0; i < nr; i++) {
		check(quire_zone_validate(zones[i]) == 0, "the validator found something");
		free += zone_page_state_snapshot(zones[i], NR_FREE_PAGES);
		for (cpu = 0; cpu < 2; cpu++)
			free += (unsigned long)quire_zone_pcp(zones[i], cpu)->count;
	}
	check(free + model.nr_taken == model.managed, "frames were lost or made");
}

static void take(struct page *page, unsigned int order, gfp_t gfp, int nid)
{
	unsigned long pfn = page_to_pfn(page), i;

	check(!(pfn & ((1ul << order) - 1)), "the block is not aligned to its size");
	check(pfn + (1ul << order) <= FRAMES && pfn_valid(pfn), "the block lies outside memory");
	check(!(gfp & __GFP_DMA) || page_zonenum(page) == ZONE_DMA, "not ZONE_DMA");
	check(!(gfp & __GFP_THISNODE) || page_to_nid(page) == nid, "not the asked node");
	check(page_ref_count(page) == 1, "not one reference");
	for (i = pfn; i < pfn + (1ul << order); i++) {
		check(!model.taken[i], "a frame was given out twice");
		model.taken[i] = true;
	}
	model.nr_taken += 1ul << order;
}

static void give(unsigned long pfn, unsigned int order)
{
	memset(model.taken + pfn, 0, 1ul << order);
	model.nr_taken -= 1ul << order;
}

static void op_alloc(void)
{
	static const gfp_t kinds[] = {
		GFP_KERNEL, GFP_KERNEL, GFP_HIGHUSER_MOVABLE,	    GFP_KERNEL | __GFP_RECLAIMABLE,
		GFP_ATOMIC, GFP_DMA,	GFP_NOWAIT | __GFP_THISNODE
	};
	gfp_t gfp = kinds[seeded_below(ARRAY_SIZE(kinds))] | __GFP_NOWARN;
	unsigned int order =
		seeded_one_in(4) ? (unsigned int)seeded_below(11) : (unsigned int)seeded_below(4);
	int nid = (int)seeded_below(2);
	bool compound = seeded_one_in(3);
	struct page *page;

	if (model.nr_live == MAX_LIVE)
		return;
	if (compound)
		gfp |= __GFP_COMP;
	snprintf(model.call, sizeof(model.call), "__alloc_pages(%#x, %u, %d)", gfp, order, nid);
	page = __alloc_pages(gfp, order, nid, NULL);
	if (!page) {
		model.failures++;
		return;
	}
	take(page, order, gfp, nid);
	check(!compound || !order || compound_order(page) == order, "compound order");
	model.live[model.nr_live++] = (struct live){ .page = page,
						     .order = order,
						     .kind = compound && order ? COMPOUND : BLOCK };
}

static void forget(unsigned int i)
{
	model.live[i] = model.live[--model.nr_live];
}

static void op_free(void)
{
	unsigned int i;
	struct live *l;

	if (!model.nr_live)
		return;
	i = (unsigned int)seeded_below(model.nr_live);
	l = &model.live[i];
	snprintf(model.call, sizeof(model.call), "free %#lx order %u kind %d refs %u",
		 page_to_pfn(l->page), l->order, l->kind, l->extra_refs);
	if (l->kind == HELD || (l->kind == COMPOUND && seeded_one_in(2))) {
		put_page(l->page);
	} else {
		__free_pages(l->page, l->order);
		if (l->kind == BLOCK && l->extra_refs) {
			/* The tails are gone, the first page stays with who holds it. */
			memset(model.taken + page_to_pfn(l->page) + 1, 0, (1ul << l->order) - 1);
			model.nr_taken -= (1ul << l->order) - 1;
			l->kind = HELD;
			l->order = 0;
		}
	}
	if (l->extra_refs) {
		l->extra_refs--;
		return;
	}
	give(page_to_pfn(l->page), l->order);
	forget(i);
}

static void op_get(void)
{
	struct live *l;

	if (!model.nr_live)
		return;
	l = &model.live[seeded_below(model.nr_live)];
	snprintf(model.call, sizeof(model.call), "get_page(%#lx)", page_to_pfn(l->page));
	get_page(l->page);
	l->extra_refs++;
}

static void op_split(void)
{
	unsigned int i, k;
	struct live l;

	if (!model.nr_live)
		return;
	i = (unsigned int)seeded_below(model.nr_live);
	l = model.live[i];
	if (l.kind != BLOCK || l.extra_refs || !l.order ||
	    model.nr_live + (1u << l.order) > MAX_LIVE)
		return;
	snprintf(model.call, sizeof(model.call), "split_page(%#lx, %u)", page_to_pfn(l.page),
		 l.order);
	split_page(l.page, l.order);
	forget(i);
	for (k = 0; k < 1u << l.order; k++)
		model.live[model.nr_live++] = (struct live){ .page = l.page + k, .kind = BLOCK };
}

static void op_bulk(void)
{
	struct page *pages[32] = { NULL };
	unsigned long want = 1 + seeded_below(32), got, i;

	if (model.nr_live + want > MAX_LIVE)
		return;
	snprintf(model.call, sizeof(model.call), "alloc_pages_bulk_array(%lu)", want);
	got = alloc_pages_bulk_array(GFP_KERNEL | __GFP_NOWARN, want, pages);
	check(got <= want, "more pages than asked for");
	for (i = 0; i < got; i++) {
		take(pages[i], 0, GFP_KERNEL, 0);
		model.live[model.nr_live++] = (struct live){ .page = pages[i], .kind = BLOCK };
	}
}

static void op_release(void)
{
	struct page *pages[16];
	int nr = 0;
	unsigned int i;

	for (i = 0; i < model.nr_live && nr < 16; i++) {
		if (model.live[i].kind != BLOCK || model.live[i].order || model.live[i].extra_refs)
			continue;
		pages[nr++] = model.live[i].page;
		give(page_to_pfn(model.live[i].page), 0);
		forget(i--);
	}
	snprintf(model.call, sizeof(model.call), "release_pages(%d)", nr);
	release_pages(pages, nr);
}

static void op_drain(void)
{
	snprintf(model.call, sizeof(model.call), "drain_all_pages");
	drain_all_pages(NULL);
}

static void op_hop(void)
{
	unsigned int cpu = (unsigned int)seeded_below(2);

	snprintf(model.call, sizeof(model.call), "on CPU %u", cpu);
	check(quire_cpu_enter(model.m, cpu) == 0, "a deterministic machine's thread may hop");
}

static void one_op(void)
{
	/* Phases of growth and of shrinking, so that memory runs out and empties again. */
	static unsigned int phase;
	uint64_t dice = seeded_below(100);

	if (seeded_one_in(2000))
		phase ^= 1;
	if (dice < (phase ? 55u : 40u))
		op_alloc();
	else if (dice < 88)
		op_free();
	else if (dice < 91)
		op_get();
	else if (dice < 93)
		op_bulk();
	else if (dice < 94)
		op_release();
	else if (dice < 95)
		op_split();
	else if (dice < 99)
		op_hop();
	else if (seeded_one_in(10))
		op_drain();
}

static void all_back(void)
{
	unsigned int i, nr;
	struct zone *const *zones;

	while (model.nr_live)
		op_free();
	drain_all_pages(NULL);
	validate();
	zones = quire_zones(model.m, &nr);
	for (i = 0; i < nr; i++) {
		unsigned long managed = zone_managed_pages(zones[i]);
		unsigned long largest = zones[i]->free_area[10].nr_free << 10;
		unsigned long halves = zones[i]->free_area[9].nr_free << 9;

		check(largest + halves == managed, "at the end a free block is below order 9");
		/* The frames behind the hole are half of a largest block; and a page block set
		 * aside for atomic use does not merge with its neighbour. */
		if (!zones[i]->nr_reserved_highatomic)
			check(halves == managed % 0x400, "at the end a page block is not merged");
	}
}

static unsigned long number(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 0) : otherwise;
}

static void test_random_calls(void **state)
{
	unsigned long ops = number("QUIRE_OPS", 300000), every = number("QUIRE_VALIDATE", 64), i;

	seeded_begin("test_page_model", 1);
	machine_up();
	for (i = 0; i < ops; i++) {
		one_op();
		if (i % every == 0)
			validate();
	}
	check(ops < 10000 || model.failures > 0, "memory never ran out: the test is too tame");
	all_back();
	quire_cpu_leave();
	quire_machine_destroy(model.m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
