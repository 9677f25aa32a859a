/* SPDX-License-Identifier: MIT */
/*
 * test_explain.c - the explanation: what it says, and that alloc_pages() then does just that.
 */
#include "page_machine.h"

#include <quire/errno.h>
#include <quire/explain.h>

static struct quire_explain e;
static struct collected text;

static void up(struct page_machine *pm)
{
	page_machine_config(pm, 64);
	page_machine_start(pm);
}

static const char *explain(unsigned int order, gfp_t gfp)
{
	assert_int_equal(quire_explain_alloc(order, gfp, NUMA_NO_NODE, &e), 0);
	text.n = 0;
	text.text[0] = 0;
	quire_explain_write(&e, collect_put, &text);
	return text.text;
}

#define assert_says(all, part)                                    \
	do {                                                      \
		if (!strstr(all, part))                           \
			fail_msg("no \"%s\" in:\n%s", part, all); \
	} while (0)

static void free_machine_serves(void **state)
{
	static struct page_machine pm;
	const char *said;

	up(&pm);
	said = explain(0, GFP_KERNEL);
	assert_true(e.served);
	assert_int_equal(e.walk, QUIRE_WALK_LOW);
	assert_int_equal(e.zones[0].verdict, QUIRE_SERVES);
	assert_says(said, "An allocation of order 0 (1 page, 4 kB) with GFP_KERNEL (0xcc0), "
			  "Unmovable, near node 0:\n");
	assert_says(said, "is served at the low mark");
	assert_says(said, "  node 0 zone DMA32: serves it ");
	assert_says(said, "  node 0 zone DMA: would serve it, too, ");
	page_machine_down(&pm);
}

static void says_where_from(void **state)
{
	static struct page_machine pm;
	struct page *page;

	up(&pm);
	page = alloc_page(GFP_KERNEL);
	__free_page(page);
	assert_says(explain(0, GFP_KERNEL), "DMA32: serves it from this CPU's list\n");
	assert_int_equal(e.zones[0].source, QUIRE_FROM_PCP);
	drain_all_pages(NULL);
	explain(3, GFP_HIGHUSER_MOVABLE);
	assert_int_equal(e.zones[0].source, QUIRE_FROM_OWN);
	assert_says(text.text, "DMA32: serves it from its free list of type Movable, ");
	explain(3, GFP_KERNEL | __GFP_RECLAIMABLE);
	assert_int_equal(e.zones[0].source, QUIRE_FROM_STEAL);
	assert_says(text.text, "DMA32: serves it by taking its page block over from type ");
	assert_says(text.text, ", splitting a block of order ");
	page_machine_down(&pm);
}

static void forbidden_zones_are_listed(void **state)
{
	static struct page_machine pm;

	up(&pm);
	explain(0, GFP_KERNEL | GFP_DMA);
	assert_int_equal(e.nr_zones, 2);
	assert_string_equal(e.zones[0].name, "DMA");
	assert_int_equal(e.zones[1].verdict, QUIRE_REFUSED_ZONE);
	assert_says(text.text,
		    "  node 0 zone DMA32: its type of zone is not allowed by the flags\n");
	page_machine_down(&pm);
}

static void thisnode_keeps_to_the_node(void **state)
{
	static struct page_machine pm;

	page_machine_config(&pm, 32);
	pm.ranges[1] = (struct quire_mem_range){ .start = 32 << 20, .end = 64 << 20, .nid = 1 };
	pm.config.nr_ranges = 2;
	pm.config.nr_nodes = 2;
	pm.config.nr_cpus = 2;
	page_machine_start(&pm);
	assert_int_equal(quire_explain_alloc(0, GFP_KERNEL | __GFP_THISNODE, 1, &e), 0);
	assert_true(e.served);
	assert_int_equal(e.zones[0].nid, 1);
	assert_int_equal(e.zones[1].verdict, QUIRE_REFUSED_NODE);
	assert_int_equal(quire_explain_alloc(0, GFP_KERNEL, 1, &e), 0);
	assert_int_equal(e.zones[0].nid, 1);
	assert_int_equal(e.zones[1].verdict, QUIRE_SERVES_TOO);
	assert_int_equal(quire_explain_alloc(0, GFP_KERNEL, 2, &e), -EINVAL);
	assert_int_equal(quire_explain_alloc(0, GFP_KERNEL, -2, &e), -EINVAL);
	page_machine_down(&pm);
}

static void marks_have_numbers(void **state)
{
	static struct page_machine pm;
	const struct quire_explain_zone *z;
	struct zone *zone;
	char line[300];

	up(&pm);
	while (alloc_page(GFP_KERNEL | __GFP_NOWARN))
		;
	explain(0, GFP_KERNEL);
	assert_false(e.served);
	assert_int_equal(e.walk, QUIRE_WALK_MIN);
	z = &e.zones[0];
	zone = quire_pgdat(pm.m, 0)->node_zones[ZONE_DMA32];
	assert_int_equal(z->verdict, QUIRE_REFUSED_MARK);
	assert_int_equal(z->free, zone_page_state(zone, NR_FREE_PAGES));
	assert_int_equal(z->mark, min_wmark_pages(zone));
	assert_true(z->left <= z->mark + z->reserve);
	assert_says(text.text, "fails: no zone serves it, the last try being at the min mark.\n");
	snprintf(line, sizeof(line),
		 "zone DMA32: %ld pages free; more than %ld must stay free (min mark %ld", z->free,
		 z->mark + z->reserve, z->mark - z->boost);
	assert_says(text.text, line);
	assert_says(text.text, ": too few\n    free blocks, order:count");
	zone = quire_pgdat(pm.m, 0)->node_zones[ZONE_DMA];
	snprintf(line, sizeof(line), "reserve for requests that need this zone %ld)",
		 zone->lowmem_reserve[ZONE_NORMAL]);
	if (zone->lowmem_reserve[ZONE_NORMAL])
		assert_says(text.text, line);
	/* An atomic request may go below. */
	explain(0, GFP_ATOMIC);
	assert_true(e.served);
	assert_int_equal(e.walk, QUIRE_WALK_MIN);
	assert_true(e.zones[0].discount > 0);
	explain(0, GFP_KERNEL | __GFP_MEMALLOC);
	assert_true(e.served);
	assert_int_equal(e.walk, QUIRE_WALK_NO_MARK);
	page_machine_down(&pm);
}

/* Takes all pages and gives back every second one: much is free, in single pages. */
static unsigned int checker(struct page **pages, unsigned int max)
{
	unsigned int n = 0, i;

	while (n < max &&
	       (pages[n] = alloc_page(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN)) != NULL)
		n++;
	for (i = 0; i < n; i++)
		if (page_to_pfn(pages[i]) & 1)
			__free_page(pages[i]);
	return n;
}

static void fragmentation_is_told(void **state)
{
	static struct page_machine pm;
	static struct page *pages[16384];

	up(&pm);
	checker(pages, 16384);
	explain(1, GFP_KERNEL);
	assert_false(e.served);
	assert_int_equal(e.zones[0].verdict, QUIRE_REFUSED_NO_BLOCK);
	assert_true(e.zones[0].left > e.zones[0].mark);
	assert_says(text.text, ": enough, but no free block of order 1 or larger\n");
	assert_true(e.zones[0].blocks[MIGRATE_UNMOVABLE][0] +
			    e.zones[0].blocks[MIGRATE_MOVABLE][0] >
		    1000);
	assert_null(alloc_pages(GFP_KERNEL | __GFP_NOWARN, 1));
	page_machine_down(&pm);
}

static void nearest_blocks_have_owners(void **state)
{
	static struct page_machine pm;
	static struct page *pages[16384];
	const struct quire_explain_block *b;
	unsigned int n, i;
	unsigned long pfn;

	page_machine_config(&pm, 64);
	pm.config.vm.page_owner = true;
	page_machine_start(&pm);
	n = checker(pages, 16384);
	/* One block of 8 keeps two pages, of another task; one keeps three. */
	pfn = page_to_pfn(pages[6000]) & ~7ul;
	for (i = 0; i < n; i++) {
		unsigned long at = page_to_pfn(pages[i]);

		if (at == pfn || at == pfn + 2 || at == pfn + 8)
			__free_page(pages[i]);
	}
	quire_page_owner_tag(pfn_to_page(pfn + 4), 0, GFP_KERNEL, 11, "pinner", 0);
	quire_page_owner_tag(pfn_to_page(pfn + 6), 0, GFP_HIGHUSER_MOVABLE, 12, "mover", 0);
	drain_all_pages(NULL);
	explain(3, GFP_KERNEL);
	assert_false(e.served);
	assert_int_equal(e.nr_blocks, QUIRE_EXPLAIN_BLOCKS);
	b = &e.blocks[0];
	assert_int_equal(b->pfn, pfn);
	assert_int_equal(b->taken, 2);
	assert_int_equal(b->on_pcp, 0);
	assert_int_equal(b->unmovable, 1);
	assert_true(b->owners_known);
	assert_int_equal(b->nr_owners, 2);
	assert_int_equal(e.blocks[1].pfn, pfn + 8);
	assert_int_equal(e.blocks[1].taken, 3);
	assert_string_equal(e.blocks[1].owners[0].comm, "sh");
	assert_int_equal(e.blocks[2].taken, 4);
	assert_says(text.text, "nearest to a free block of order 3:\n  pfn 0x");
	assert_says(text.text, "): 2 of 8 frames in use, 1 not movable; held by pinner (pid 11) 1, "
			       "mover (pid 12) 1\n");
	assert_says(text.text, "): 3 of 8 frames in use, 3 not movable; held by sh (pid 7) 3\n");
	page_machine_down(&pm);
}

static void per_cpu_pages_are_told_apart(void **state)
{
	static struct page_machine pm;
	static struct page *pages[16384];
	unsigned int n, i;
	unsigned long pfn;

	up(&pm);
	n = checker(pages, 16384);
	pfn = page_to_pfn(pages[6000]) & ~7ul;
	for (i = 0; i < n; i++)
		if (page_to_pfn(pages[i]) == pfn + 2)
			__free_page(pages[i]);
	drain_all_pages(NULL);
	for (i = 0; i < n; i++)
		if (page_to_pfn(pages[i]) == pfn)
			__free_page(pages[i]);
	explain(3, GFP_KERNEL);
	assert_int_equal(e.blocks[0].pfn, pfn);
	assert_int_equal(e.blocks[0].on_pcp, 1);
	assert_int_equal(e.blocks[0].taken, 2);
	assert_says(text.text, ": 2 of 8 frames in use, 1 on per-CPU lists, 2 not movable");
	assert_says(text.text, "; turn page_owner on to see by whom\n");
	page_machine_down(&pm);
}

static void orders_beyond_the_machine(void **state)
{
	static struct page_machine pm;

	up(&pm);
	assert_says(explain(11, GFP_KERNEL), "fails: this machine has orders 0 to 10 (max_order "
					     "11); a pool of reserved memory serves more.\n");
	assert_true(e.too_large);
	explain(4000000000u, GFP_KERNEL);
	assert_true(e.too_large);
	page_machine_down(&pm);
}

static unsigned long reclaim_nothing(void *ctx, unsigned int order, gfp_t gfp, int nid)
{
	return 0;
}

static void reclaim_is_mentioned(void **state)
{
	static struct page_machine pm;
	struct quire_reclaim_ops ops = { .try_to_free_pages = reclaim_nothing };

	up(&pm);
	while (alloc_page(GFP_KERNEL | __GFP_NOWARN))
		;
	quire_register_reclaim(pm.m, &ops);
	assert_says(explain(0, GFP_KERNEL),
		    "Reclaim and compaction would be tried before giving up.");
	explain(0, GFP_NOWAIT);
	assert_false(e.may_reclaim);
	page_machine_down(&pm);
}

static void dirty_nodes_are_passed_over(void **state)
{
	static struct page_machine pm;

	up(&pm);
	mod_node_page_state(quire_pgdat(pm.m, 0), NR_FILE_DIRTY, 20000);
	explain(0, GFP_KERNEL | __GFP_WRITE);
	assert_true(e.served);
	assert_int_equal(e.walk, QUIRE_WALK_MIN);
	page_machine_down(&pm);
}

static void one_dirty_node_of_two(void **state)
{
	static struct page_machine pm;

	page_machine_config(&pm, 32);
	pm.ranges[1] = (struct quire_mem_range){ .start = 32 << 20, .end = 64 << 20, .nid = 1 };
	pm.config.nr_ranges = 2;
	pm.config.nr_nodes = 2;
	page_machine_start(&pm);
	mod_node_page_state(quire_pgdat(pm.m, 0), NR_FILE_DIRTY, 20000);
	explain(0, GFP_KERNEL | __GFP_WRITE);
	assert_true(e.served);
	assert_int_equal(e.zones[0].verdict, QUIRE_REFUSED_DIRTY);
	assert_says(text.text, "its node has its share of dirty pages already (__GFP_WRITE)\n");
	page_machine_down(&pm);
}

static void a_node_without_memory(void **state)
{
	static struct page_machine pm;

	page_machine_config(&pm, 64);
	pm.config.nr_nodes = 2;
	page_machine_start(&pm);
	assert_int_equal(quire_explain_alloc(0, GFP_KERNEL | __GFP_THISNODE, 1, &e), 0);
	assert_false(e.served);
	text.n = 0;
	quire_explain_write(&e, collect_put, &text);
	assert_says(text.text, "fails: no zone is allowed.\n");
	assert_says(text.text, "  node 0 zone DMA: not an allowed node\n");
	page_machine_down(&pm);
}

static void kept_pages_are_counted(void **state)
{
	static struct page_machine pm;
	struct zone *zone;

	page_machine_config(&pm, 64);
	pm.reserved[0] = (struct quire_reserved){ .name = "camera",
						  .start = 40 << 20,
						  .size = 8 << 20,
						  .kind = QUIRE_RESERVED_REUSABLE };
	pm.config.nr_reserved = 1;
	page_machine_start(&pm);
	zone = quire_pgdat(pm.m, 0)->node_zones[ZONE_DMA32];
	while (alloc_page(GFP_KERNEL | __GFP_NOWARN))
		;
	explain(0, GFP_KERNEL);
	assert_false(e.served);
	assert_int_equal(e.zones[0].unusable_cma, 2048);
	assert_says(text.text, ", less 2048 of CMA areas that only movable pages may use, makes ");
	explain(0, GFP_HIGHUSER_MOVABLE);
	assert_true(e.served);
	assert_int_equal(e.zones[0].source, QUIRE_FROM_CMA);
	assert_says(
		text.text,
		"DMA32: serves it from the free pages of CMA areas, splitting a block of order ");
	/* Not even an atomic request: everything below the mark is gone. */
	while (alloc_page(GFP_ATOMIC | __GFP_NOWARN))
		;
	zone->watermark_boost = 10;
	explain(0, GFP_ATOMIC);
	assert_false(e.served);
	assert_says(text.text, ", boost 10, less ");
	assert_says(text.text, " by the flags");
	zone->watermark_boost = 0;
	page_machine_down(&pm);
}

static void highatomic_reserve_is_told(void **state)
{
	static struct page_machine pm;
	struct page *page;
	struct zone *zone;

	up(&pm);
	zone = quire_pgdat(pm.m, 0)->node_zones[ZONE_DMA32];
	/* Below the low mark a high-order atomic request sets its page block aside. */
	while (alloc_page(GFP_KERNEL | __GFP_NOWARN))
		;
	page = alloc_pages(GFP_ATOMIC | __GFP_NOWARN, 4);
	assert_non_null(page);
	__free_pages(page, 4);
	if (!zone->nr_reserved_highatomic)
		fail_msg("no page block was set aside");
	explain(0, GFP_KERNEL);
	assert_int_equal(e.zones[0].unusable_highatomic, zone->nr_reserved_highatomic);
	assert_says(text.text, " kept for high-order atomic requests");
	explain(4, GFP_ATOMIC);
	assert_true(e.served);
	assert_int_equal(e.zones[0].source, QUIRE_FROM_HIGHATOMIC);
	assert_says(text.text, "serves it from the reserve for high-order atomic requests");
	page_machine_down(&pm);
}

static void all_places_may_be_reserved(void **state)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f", "g", "h" };
	static struct page_machine pm;
	unsigned int i;

	page_machine_config(&pm, 32);
	for (i = 0; i < 8; i++)
		pm.reserved[i] = (struct quire_reserved){ .name = names[i],
							  .start = (u64)i << 22 | 1 << 21,
							  .size = 4096,
							  .kind = QUIRE_RESERVED_KERNEL };
	pm.config.nr_reserved = 8;
	page_machine_start(&pm);
	explain(10, GFP_KERNEL);
	assert_false(e.served);
	assert_int_equal(e.nr_blocks, 0);
	assert_true(e.all_reserved);
	assert_says(text.text,
		    "every place for a block of order 10 has frames reserved for ever.\n");
	page_machine_down(&pm);
}

static void more_zones_than_told(void **state)
{
	static struct quire_mem_range ranges[48];
	static struct page_machine pm;
	unsigned int i;

	page_machine_config(&pm, 64);
	for (i = 0; i < 48; i++)
		ranges[i] = (struct quire_mem_range){ .start = (u64)(i + 4) << 23,
						      .end = (u64)(i + 5) << 23,
						      .nid = i };
	pm.config.ranges = ranges;
	pm.config.nr_ranges = 48;
	pm.config.nr_nodes = 48;
	page_machine_start(&pm);
	explain(0, GFP_KERNEL);
	assert_int_equal(e.nr_zones, QUIRE_EXPLAIN_ZONES);
	assert_says(text.text, "  (8 more zones)\n");
	assert_int_equal(quire_explain_alloc(0, GFP_KERNEL | __GFP_THISNODE, 47, &e), 0);
	assert_int_equal(e.nr_zones_left_out, 8);
	page_machine_down(&pm);
}

/* As fragmentation_is_told(), but frames wait on the lists of another CPU, known by their owners.
 */
static void other_cpus_lists_are_looked_at(void **state)
{
	static struct page_machine pm;
	static struct page *pages[16384];
	unsigned int n, i;
	unsigned long pfn;

	page_machine_config(&pm, 64);
	pm.config.vm.page_owner = true;
	pm.config.nr_cpus = 2;
	page_machine_start(&pm);
	n = checker(pages, 16384);
	pfn = page_to_pfn(pages[6000]) & ~7ul;
	for (i = 0; i < n; i++)
		if (page_to_pfn(pages[i]) == pfn + 2)
			__free_page(pages[i]);
	drain_all_pages(NULL);
	assert_int_equal(quire_cpu_enter(pm.m, 1), 0);
	for (i = 0; i < n; i++)
		if (page_to_pfn(pages[i]) == pfn)
			__free_page(pages[i]);
	assert_int_equal(quire_cpu_enter(pm.m, 0), 0);
	explain(3, GFP_KERNEL);
	assert_int_equal(e.blocks[0].pfn, pfn);
	assert_int_equal(e.blocks[0].on_pcp, 1);
	assert_int_equal(e.blocks[0].taken, 2);
	assert_int_equal(e.blocks[0].unmovable, 2);
	page_machine_down(&pm);
}

/* What is told happens: seeded requests on a machine that fills up, each explained first. */
static void foretells_what_happens(void **state)
{
	static const gfp_t kinds[] = { GFP_KERNEL,	     GFP_HIGHUSER_MOVABLE,
				       GFP_ATOMIC,	     GFP_KERNEL | __GFP_RECLAIMABLE,
				       GFP_KERNEL | GFP_DMA, GFP_KERNEL | __GFP_MEMALLOC };
	static struct {
		struct page *page;
		unsigned int order;
	} live[16384];
	static struct page_machine pm;
	unsigned int n = 0, i, served = 0, failed = 0;
	u64 x = 1;

	up(&pm);
	for (i = 0; i < 10000; i++) {
		unsigned int order;
		struct page *page;
		gfp_t gfp;

		x = x * 6364136223846793005ull + 1442695040888963407ull;
		order = (unsigned int)(x >> 60) % 11 / ((x >> 40 & 7) ? 4 : 1);
		gfp = kinds[(x >> 33) % ARRAY_SIZE(kinds)] | __GFP_NOWARN;
		if (n && ((x >> 50 & 7) < 3 || n == 16384)) {
			unsigned int at = (unsigned int)((x >> 20) % n);

			__free_pages(live[at].page, live[at].order);
			live[at] = live[--n];
			continue;
		}
		assert_int_equal(quire_explain_alloc(order, gfp, 0, &e), 0);
		page = alloc_pages(gfp, order);
		if (e.served != (page != NULL))
			fail_msg("step %u: order %u gfp %x: told %d, got %p", i, order, gfp,
				 e.served, (void *)page);
		if (!page) {
			failed++;
			continue;
		}
		if (strcmp(page_zone(page)->name,
			   e.zones[0].verdict == QUIRE_SERVES ? e.zones[0].name : e.zones[1].name))
			fail_msg("step %u: another zone: %s", i, page_zone(page)->name);
		served++;
		live[n].page = page;
		live[n++].order = order;
	}
	assert_true(served > 2000 && failed > 300);
	while (n--)
		__free_pages(live[n].page, live[n].order);
	page_machine_down(&pm);
}

/* Refused by the mark while large blocks are free, whose inner frames have no struct page yet. */
static void free_frames_are_no_obstacle(void **state)
{
	static struct page_machine pm;

	page_machine_config(&pm, 64);
	pm.config.dma_limit = pm.config.dma32_limit = 0;
	pm.config.vm.min_free_kbytes = 63 << 10;
	page_machine_start(&pm);
	assert_null(alloc_pages(GFP_NOWAIT | __GFP_NOWARN, 9));
	explain(9, GFP_NOWAIT);
	assert_false(e.served);
	assert_int_equal(e.zones[0].verdict, QUIRE_REFUSED_MARK);
	/* A place that is free as a whole is not in anybody's way. */
	assert_int_equal(e.nr_blocks, 0);
	page_machine_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(free_machine_serves),
		cmocka_unit_test(says_where_from),
		cmocka_unit_test(forbidden_zones_are_listed),
		cmocka_unit_test(thisnode_keeps_to_the_node),
		cmocka_unit_test(marks_have_numbers),
		cmocka_unit_test(fragmentation_is_told),
		cmocka_unit_test(nearest_blocks_have_owners),
		cmocka_unit_test(per_cpu_pages_are_told_apart),
		cmocka_unit_test(orders_beyond_the_machine),
		cmocka_unit_test(reclaim_is_mentioned),
		cmocka_unit_test(dirty_nodes_are_passed_over),
		cmocka_unit_test(one_dirty_node_of_two),
		cmocka_unit_test(a_node_without_memory),
		cmocka_unit_test(kept_pages_are_counted),
		cmocka_unit_test(highatomic_reserve_is_told),
		cmocka_unit_test(all_places_may_be_reserved),
		cmocka_unit_test(more_zones_than_told),
		cmocka_unit_test(other_cpus_lists_are_looked_at),
		cmocka_unit_test(foretells_what_happens),
		cmocka_unit_test(free_frames_are_no_obstacle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
