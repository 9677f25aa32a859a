/* SPDX-License-Identifier: MIT */
/*
 * test_contig.c - isolation, ranges in a row, CMA areas, with a mover of pages of the test's own.
 */
#include "page_machine.h"

#include <quire/cma.h>
#include <quire/errno.h>
#include <quire/fault.h>

#define BLOCK 512ul /* frames of a page block */

static void up(struct page_machine *pm)
{
	page_machine_config(pm, 64);
	pm->config.vm.transparent_hugepage = false;
	pm->config.reserve_memmap = false; /* no reserved frames in the highest blocks */
	pm->reserved[0] = (struct quire_reserved){
		.name = "kernel", .start = 1 << 20, .size = 4096, .kind = QUIRE_RESERVED_KERNEL
	};
	pm->config.nr_reserved = 1;
	page_machine_start(pm);
}

static unsigned long free_now(void)
{
	unsigned int nr, i;
	struct zone *const *zones = quire_zones(quire_current_machine(), &nr);
	unsigned long sum = 0;

	for (i = 0; i < nr; i++)
		sum += zone_page_state_snapshot(zones[i], NR_FREE_PAGES);
	return sum;
}

/* First frame of a page block that is free as a whole, from 16 MiB on. */
static unsigned long free_block(unsigned long from)
{
	unsigned long pfn;

	for (pfn = from; pfn < 16384; pfn += BLOCK)
		if (!test_pages_isolated(pfn, pfn + BLOCK, NULL))
			return pfn;
	fail_msg("no free page block");
	return 0;
}

/* --- isolation --------------------------------------------------------------------------- */

static void isolated_pages_are_not_free(void **state)
{
	static struct page_machine pm;
	unsigned long before, pfn;
	int mt;

	up(&pm);
	before = free_now();
	pfn = free_block(4096);
	mt = get_pageblock_migratetype(pfn_to_page(pfn));
	assert_int_equal(start_isolate_page_range(pfn, pfn + BLOCK, mt, NULL), 0);
	assert_true(is_migrate_isolate_page(pfn_to_page(pfn + 100)));
	assert_int_equal(free_now(), before - BLOCK);
	assert_zones_valid(&pm);
	undo_isolate_page_range(pfn, pfn + BLOCK, mt);
	assert_int_equal(get_pageblock_migratetype(pfn_to_page(pfn)), mt);
	assert_int_equal(free_now(), before);
	undo_isolate_page_range(pfn, pfn + BLOCK, mt);
	assert_int_equal(free_now(), before);
	page_machine_down(&pm);
}

static void neighbours_merge_and_part(void **state)
{
	static struct page_machine pm;
	unsigned long before, pfn;
	struct page *head;

	up(&pm);
	before = free_now();
	pfn = (free_block(8192) + 1023) & ~1023ul; /* both halves of a largest block */
	head = pfn_to_page(pfn);
	assert_true(PageBuddy(head) && buddy_order(head) == 10);
	assert_int_equal(
		start_isolate_page_range(pfn + BLOCK, pfn + 2 * BLOCK, MIGRATE_MOVABLE, NULL), 0);
	assert_true(PageBuddy(head) && buddy_order(head) == 9);
	assert_zones_valid(&pm);
	assert_int_equal(start_isolate_page_range(pfn, pfn + 1, MIGRATE_MOVABLE, NULL), 0);
	assert_true(PageBuddy(head) && buddy_order(head) == 10);
	assert_int_equal(free_now(), before - 2 * BLOCK);
	assert_zones_valid(&pm);
	undo_isolate_page_range(pfn, pfn + BLOCK, MIGRATE_MOVABLE);
	assert_zones_valid(&pm);
	undo_isolate_page_range(pfn + BLOCK, pfn + 2 * BLOCK, MIGRATE_MOVABLE);
	assert_true(PageBuddy(head) && buddy_order(head) == 10);
	assert_int_equal(free_now(), before);
	page_machine_down(&pm);
}

static void frees_gather_in_isolation(void **state)
{
	static struct page_machine pm;
	struct quire_contig_busy busy;
	unsigned long before, pfn;
	struct page *page;

	up(&pm);
	before = free_now();
	page = alloc_page(GFP_HIGHUSER_MOVABLE);
	page->flags |= 1ul << PG_lru;
	pfn = page_to_pfn(page) & ~(BLOCK - 1);
	drain_all_pages(NULL);
	assert_int_equal(start_isolate_page_range(pfn, pfn + BLOCK, MIGRATE_MOVABLE, NULL), 0);
	assert_int_equal(test_pages_isolated(pfn, pfn + BLOCK, &busy), -EBUSY);
	assert_int_equal(busy.pfn, page_to_pfn(page));
	assert_string_equal(busy.why, "still in use");
	assert_zones_valid(&pm);
	page->flags &= ~(1ul << PG_lru);
	__free_page(page);
	assert_int_equal(test_pages_isolated(pfn, pfn + BLOCK, NULL), 0);
	undo_isolate_page_range(pfn, pfn + BLOCK, MIGRATE_MOVABLE);
	assert_int_equal(free_now(), before);
	page_machine_down(&pm);
}

static void refusals_say_why(void **state)
{
	static struct page_machine pm;
	struct quire_contig_busy busy = { 0, "" };
	struct page *page;
	unsigned long pfn;

	up(&pm);
	page = alloc_page(GFP_KERNEL);
	pfn = page_to_pfn(page) & ~(BLOCK - 1);
	assert_int_equal(start_isolate_page_range(pfn, pfn + BLOCK, MIGRATE_MOVABLE, &busy),
			 -EBUSY);
	assert_int_equal(busy.pfn, page_to_pfn(page));
	assert_string_equal(busy.why, "in use and not movable");
	assert_int_equal(start_isolate_page_range(256, 257, MIGRATE_MOVABLE, &busy), -EBUSY);
	assert_string_equal(busy.why, "reserved");
	assert_int_equal(start_isolate_page_range(9, 9, MIGRATE_MOVABLE, &busy), -EINVAL);
	assert_int_equal(start_isolate_page_range(9, 1ul << 40, MIGRATE_MOVABLE, &busy), -EINVAL);
	/* ZONE_DMA ends at 16 MiB. */
	assert_int_equal(start_isolate_page_range(4095, 4097, MIGRATE_MOVABLE, &busy), -EINVAL);
	assert_string_equal(busy.why, "the range is empty or not of one zone");
	assert_int_equal(test_pages_isolated(9, 9, &busy), -EINVAL);
	pfn = free_block(4096);
	assert_int_equal(start_isolate_page_range(pfn, pfn + 1, MIGRATE_MOVABLE, NULL), 0);
	assert_int_equal(start_isolate_page_range(pfn, pfn + 1, MIGRATE_MOVABLE, &busy), -EBUSY);
	assert_string_equal(busy.why, "its page block is isolated already");
	undo_isolate_page_range(pfn, pfn + 1, MIGRATE_MOVABLE);
	__free_page(page);
	page_machine_down(&pm);
}

static void other_things_in_the_way(void **state)
{
	static struct page_machine pm;
	struct quire_contig_busy busy;
	struct page *page;
	unsigned long pfn;

	page_machine_config(&pm, 65); /* the last page block is half of one */
	pm.config.reserve_memmap = false;
	page_machine_start(&pm);
	assert_int_equal(start_isolate_page_range(16384, 16400, MIGRATE_MOVABLE, &busy), -EBUSY);
	assert_string_equal(busy.why, "its page block reaches beyond the zone");
	page = alloc_page(GFP_HIGHUSER_MOVABLE);
	pfn = page_to_pfn(page);
	page->flags |= 1ul << PG_lru | 1ul << PG_hwpoison;
	assert_int_equal(start_isolate_page_range(pfn, pfn + 1, MIGRATE_MOVABLE, &busy), -EBUSY);
	assert_string_equal(busy.why, "broken memory (hwpoison)");
	page->flags &= ~(1ul << PG_lru | 1ul << PG_hwpoison);
	__free_page(page);
	undo_isolate_page_range(9, 9, MIGRATE_MOVABLE);
	page_machine_down(&pm);
}

static void blocks_leave_the_highatomic_reserve(void **state)
{
	static struct page_machine pm;
	struct page *page;
	struct zone *zone;
	unsigned long pfn;

	up(&pm);
	zone = quire_pgdat(pm.m, 0)->node_zones[ZONE_DMA32];
	while (alloc_page(GFP_KERNEL | __GFP_NOWARN))
		;
	page = alloc_pages(GFP_ATOMIC | __GFP_NOWARN, 4);
	assert_non_null(page);
	pfn = page_to_pfn(page);
	assert_int_equal(get_pageblock_migratetype(page), MIGRATE_HIGHATOMIC);
	assert_int_equal(zone->nr_reserved_highatomic, BLOCK);
	__free_pages(page, 4);
	assert_int_equal(start_isolate_page_range(pfn, pfn + 16, MIGRATE_MOVABLE, NULL), 0);
	assert_int_equal(zone->nr_reserved_highatomic, 0);
	assert_zones_valid(&pm);
	undo_isolate_page_range(pfn, pfn + 16, MIGRATE_MOVABLE);
	page_machine_down(&pm);
}

static void a_failure_opens_again(void **state)
{
	static struct page_machine pm;
	struct quire_contig_busy busy;
	unsigned long before, pfn;
	unsigned int nth;

	up(&pm);
	pfn = free_block(8192);
	before = free_now();
	for (nth = 1; nth <= 3; nth++) {
		quire_fault_arm(pm.m, QUIRE_FAULT_PAGE_ISOLATE, nth);
		assert_int_equal(
			start_isolate_page_range(pfn, pfn + 3 * BLOCK, MIGRATE_MOVABLE, &busy),
			-EBUSY);
		assert_true(quire_fault_disarm(pm.m));
		assert_int_equal(free_now(), before);
		assert_zones_valid(&pm);
	}
	page_machine_down(&pm);
}

/* --- ranges ------------------------------------------------------------------------------ */

static void takes_an_odd_range(void **state)
{
	static struct page_machine pm;
	unsigned long before, pfn, i;

	up(&pm);
	before = free_now();
	pfn = free_block(8192) + 77;
	assert_int_equal(
		alloc_contig_range(pfn, pfn + 700, MIGRATE_MOVABLE, GFP_KERNEL | __GFP_ZERO), 0);
	assert_int_equal(free_now(), before - 700);
	for (i = 0; i < 700; i++)
		assert_int_equal(page_ref_count(pfn_to_page(pfn + i)), 1);
	assert_int_equal(*(int *)page_address(pfn_to_page(pfn + 5)), 0);
	assert_zones_valid(&pm);
	free_contig_range(pfn, 700);
	drain_all_pages(NULL);
	assert_int_equal(free_now(), before);
	assert_int_equal(pm.logged, 0);
	page_machine_down(&pm);
}

static void says_what_is_in_the_way(void **state)
{
	static struct page_machine pm;
	unsigned long pfn, before;
	struct page *page;
	char line[160];

	up(&pm);
	page = alloc_page(GFP_HIGHUSER_MOVABLE);
	page->flags |= 1ul << PG_lru;
	drain_all_pages(NULL);
	before = free_now();
	pfn = page_to_pfn(page) & ~(BLOCK - 1);
	assert_int_equal(alloc_contig_range(pfn, pfn + BLOCK, MIGRATE_MOVABLE, GFP_KERNEL), -EBUSY);
	snprintf(line, sizeof(line),
		 "alloc_contig_range: [%lx, %lx) PFNs busy: pfn 0x%lx: still in use\n", pfn,
		 pfn + BLOCK, page_to_pfn(page));
	assert_said(&pm, line);
	forget(&pm);
	assert_int_equal(
		alloc_contig_range(pfn, pfn + BLOCK, MIGRATE_MOVABLE, GFP_KERNEL | __GFP_NOWARN),
		-EBUSY);
	assert_int_equal(pm.logged, 0);
	assert_int_equal(free_now(), before);
	page->flags &= ~(1ul << PG_lru);
	__free_page(page);
	page_machine_down(&pm);
}

static void frees_tell_other_holders(void **state)
{
	static struct page_machine pm;
	unsigned long pfn;

	up(&pm);
	pfn = free_block(8192);
	assert_int_equal(alloc_contig_range(pfn, pfn + 8, MIGRATE_MOVABLE, GFP_KERNEL), 0);
	get_page(pfn_to_page(pfn + 3));
	free_contig_range(pfn, 8);
	assert_said(&pm, "WARNING: 1 pages are still in use!\n");
	put_page(pfn_to_page(pfn + 3));
	page_machine_down(&pm);
}

static void finds_a_place_larger_than_any_order(void **state)
{
	static struct page_machine pm;
	struct page *page;

	up(&pm);
	page = alloc_contig_pages(4096, GFP_KERNEL, NUMA_NO_NODE, NULL);
	assert_non_null(page);
	assert_int_equal(page_to_pfn(page) % 4096, 0);
	assert_null(alloc_contig_pages(16384, GFP_KERNEL, 0, NULL));
	assert_said(&pm, "alloc_contig_pages: no 16384 pages in a row");
	assert_null(alloc_contig_pages(0, GFP_KERNEL, 0, NULL));
	free_contig_range(page_to_pfn(page), 4096);
	page_machine_down(&pm);
}

/* --- moving ------------------------------------------------------------------------------ */

/* Objects of one page each, on an "LRU", that the test's mover can move. */
struct mover {
	struct page *objects[16384];
	unsigned int nr, moved, refuse_after;
};

static struct page *new_object(struct mover *mv, gfp_t gfp)
{
	struct page *page = alloc_page(gfp);

	if (page) {
		page->flags |= 1ul << PG_lru;
		*(unsigned int *)page_address(page) = mv->nr;
	}
	return page;
}

static void drop_object(struct page *page)
{
	page->flags &= ~(1ul << PG_lru);
	__free_page(page);
}

static int move_range(void *ctx, unsigned long start, unsigned long end)
{
	struct mover *mv = ctx;
	unsigned int i;

	for (i = 0; i < mv->nr; i++) {
		unsigned long pfn = page_to_pfn(mv->objects[i]);
		struct page *to;

		if (pfn < start || pfn >= end)
			continue;
		if (mv->moved == mv->refuse_after)
			return -EAGAIN;
		to = new_object(mv, GFP_HIGHUSER_MOVABLE | __GFP_NOWARN);
		if (!to)
			return -ENOMEM;
		assert_false(page_to_pfn(to) >= start && page_to_pfn(to) < end);
		memcpy(page_address(to), page_address(mv->objects[i]), 4096);
		drop_object(mv->objects[i]);
		mv->objects[i] = to;
		mv->moved++;
	}
	return 0;
}

static void fill(struct mover *mv, unsigned int nr)
{
	memset(mv, 0, sizeof(*mv));
	mv->refuse_after = ~0u;
	for (mv->nr = 0; mv->nr < nr; mv->nr++) {
		mv->objects[mv->nr] = new_object(mv, GFP_HIGHUSER_MOVABLE);
		assert_non_null(mv->objects[mv->nr]);
	}
}

static void empty(struct mover *mv)
{
	unsigned int i;

	for (i = 0; i < mv->nr; i++) {
		assert_int_equal(*(unsigned int *)page_address(mv->objects[i]), i);
		drop_object(mv->objects[i]);
	}
}

static void moves_pages_away(void **state)
{
	static struct page_machine pm;
	static struct mover mv;
	struct quire_migrate_ops ops = { .ctx = &mv, .migrate_range = move_range };
	unsigned long pfn;

	up(&pm);
	quire_register_migrate(pm.m, &ops);
	fill(&mv, 3000);
	pfn = page_to_pfn(mv.objects[100]) & ~(2 * BLOCK - 1);
	assert_int_equal(alloc_contig_range(pfn, pfn + 2 * BLOCK, MIGRATE_MOVABLE, GFP_KERNEL), 0);
	assert_true(mv.moved >= BLOCK);
	assert_zones_valid(&pm);
	free_contig_range(pfn, 2 * BLOCK);
	/* One that gives up leaves the range as it was. */
	mv.refuse_after = mv.moved + 3;
	pfn = page_to_pfn(mv.objects[2000]) & ~(BLOCK - 1);
	assert_int_equal(alloc_contig_range(pfn, pfn + BLOCK, MIGRATE_MOVABLE, GFP_KERNEL), -EBUSY);
	assert_int_equal(get_pageblock_migratetype(pfn_to_page(pfn)), MIGRATE_MOVABLE);
	empty(&mv);
	page_machine_down(&pm);
}

static bool knows(void *ctx, struct page *page)
{
	return page->priv == 42;
}

static void asks_what_is_movable(void **state)
{
	static struct page_machine pm;
	struct quire_migrate_ops ops = { .movable = knows };
	struct quire_contig_busy busy;
	struct page *page;
	unsigned long pfn;

	up(&pm);
	quire_register_migrate(pm.m, &ops);
	page = alloc_page(GFP_KERNEL);
	pfn = page_to_pfn(page);
	assert_int_equal(start_isolate_page_range(pfn, pfn + 1, MIGRATE_UNMOVABLE, &busy), -EBUSY);
	page->priv = 42;
	assert_int_equal(start_isolate_page_range(pfn, pfn + 1, MIGRATE_UNMOVABLE, &busy), 0);
	undo_isolate_page_range(pfn, pfn + 1, MIGRATE_UNMOVABLE);
	page->priv = 0;
	__free_page(page);
	page_machine_down(&pm);
}

/* --- CMA --------------------------------------------------------------------------------- */

static void cma_up(struct page_machine *pm)
{
	page_machine_config(pm, 64);
	pm->reserved[0] = (struct quire_reserved){ .name = "camera",
						   .start = 40ull << 20,
						   .size = 8ull << 20,
						   .kind = QUIRE_RESERVED_REUSABLE };
	pm->config.nr_reserved = 1;
	page_machine_start(pm);
}

static unsigned long free_cma(void)
{
	struct zone *zone = quire_pgdat(quire_current_machine(), 0)->node_zones[ZONE_DMA32];

	return zone_page_state_snapshot(zone, NR_FREE_CMA_PAGES);
}

static int count_area(struct cma *cma, void *data)
{
	++*(int *)data;
	return 0;
}

static void area_comes_up(void **state)
{
	static struct page_machine pm;
	struct zone *zone;
	struct cma *cma;
	int areas = 0;

	cma_up(&pm);
	cma = quire_cma_find(pm.m, "camera");
	assert_non_null(cma);
	assert_null(quire_cma_find(pm.m, "other"));
	assert_int_equal(cma_get_base(cma), 40 << 20);
	assert_int_equal(cma_get_size(cma), 8 << 20);
	assert_string_equal(cma_get_name(cma), "camera");
	assert_int_equal(cma_for_each_area(count_area, &areas), 0);
	assert_int_equal(areas, 1);
	zone = quire_pgdat(pm.m, 0)->node_zones[ZONE_DMA32];
	assert_int_equal(zone->cma_pages, 2048);
	assert_int_equal(free_cma(), 2048);
	assert_int_equal(get_pageblock_migratetype(pfn_to_page(10240)), MIGRATE_CMA);
	assert_int_equal(get_pageblock_migratetype(pfn_to_page(12287)), MIGRATE_CMA);
	assert_int_equal(get_pageblock_migratetype(pfn_to_page(12288)), MIGRATE_MOVABLE);
	page_machine_down(&pm);
}

static void area_gives_and_takes(void **state)
{
	static struct page_machine pm;
	struct quire_cma_stats stats;
	unsigned long before;
	struct page *a, *b;
	struct cma *cma;

	cma_up(&pm);
	cma = quire_cma_find(pm.m, "camera");
	before = free_now();
	a = cma_alloc(cma, 3, 0, false);
	b = cma_alloc(cma, 1000, 8, false);
	assert_int_equal(page_to_pfn(a), 10240);
	assert_int_equal(page_to_pfn(b), 10240 + 256);
	assert_int_equal(free_cma(), 2048 - 1003);
	assert_int_equal(free_now(), before - 1003);
	quire_cma_stats(cma, &stats);
	assert_int_equal(stats.used_pages, 1003);
	assert_int_equal(stats.largest_free, 2048 - 1256);
	assert_int_equal(stats.allocs, 2);
	assert_null(cma_alloc(cma, 2000, 0, false));
	assert_said(&pm, "cma: cma_alloc: camera: alloc failed, req-size: 2000 pages, ret: -12\n");
	assert_said(&pm, "cma: camera: no aligned run of that length is left\n");
	assert_null(cma_alloc(cma, 4000, 0, true));
	assert_null(cma_alloc(cma, 0, 0, true));
	assert_null(cma_alloc(NULL, 1, 0, true));
	assert_int_equal(quire_vm_events(pm.m, CMA_ALLOC_SUCCESS), 2);
	assert_int_equal(quire_vm_events(pm.m, CMA_ALLOC_FAIL), 2);
	assert_false(cma_release(cma, pfn_to_page(9000), 3));
	assert_false(cma_release(cma, a, 4096));
	assert_false(cma_release(cma, NULL, 1));
	assert_zones_valid(&pm);
	assert_true(cma_release(cma, a, 3));
	assert_true(cma_release(cma, b, 1000));
	drain_all_pages(NULL);
	assert_int_equal(free_cma(), 2048);
	assert_int_equal(free_now(), before);
	page_machine_down(&pm);
}

static bool in_area(const struct page *page)
{
	return page_to_pfn(page) >= 10240 && page_to_pfn(page) < 12288;
}

/* Fills all memory with movable objects, then drops @room of those outside the area. */
static unsigned int fill_all(struct mover *mv, unsigned int room)
{
	unsigned int i, inside = 0, kept = 0;

	memset(mv, 0, sizeof(*mv));
	mv->refuse_after = ~0u;
	while ((mv->objects[mv->nr] = new_object(mv, GFP_HIGHUSER_MOVABLE | __GFP_NOWARN)) != NULL)
		mv->nr++;
	for (i = 0; i < mv->nr; i++) {
		if (!in_area(mv->objects[i]) && room) {
			drop_object(mv->objects[i]);
			room--;
			continue;
		}
		inside += in_area(mv->objects[i]);
		*(unsigned int *)page_address(mv->objects[i]) = kept;
		mv->objects[kept++] = mv->objects[i];
	}
	mv->nr = kept;
	return inside;
}

/* Movable pages fill the machine and the area; the area is had nevertheless. */
static void area_pushes_movable_pages_out(void **state)
{
	static struct page_machine pm;
	static struct mover mv;
	struct quire_migrate_ops ops = { .ctx = &mv, .migrate_range = move_range };
	struct quire_cma_stats stats;
	unsigned int inside;
	struct page *page;
	struct cma *cma;

	cma_up(&pm);
	cma = quire_cma_find(pm.m, "camera");
	inside = fill_all(&mv, 3000);
	assert_true(inside > 1000);
	assert_null(cma_alloc(cma, 2048, 0, false));
	assert_said(&pm, "ret: -16\n");
	assert_said(&pm, "1 ranges had pages that could not be moved; the last: pfn 0x");
	quire_cma_stats(cma, &stats);
	assert_int_equal(stats.busy, 1);
	assert_int_equal(stats.failures, 1);
	assert_zones_valid(&pm);
	quire_register_migrate(pm.m, &ops);
	page = cma_alloc(cma, 2048, 0, false);
	assert_non_null(page);
	assert_int_equal(mv.moved, inside);
	assert_int_equal(free_cma(), 0);
	assert_zones_valid(&pm);
	assert_true(cma_release(cma, page, 2048));
	empty(&mv);
	drain_all_pages(NULL);
	assert_int_equal(free_cma(), 2048);
	page_machine_down(&pm);
}

static void only_movable_requests_come_from_an_area(void **state)
{
	static struct page_machine pm;
	static struct page *pages[16384];
	unsigned int nr = 0, i;

	cma_up(&pm);
	while ((pages[nr] = alloc_page(GFP_KERNEL | __GFP_NOWARN)) != NULL) {
		unsigned long pfn = page_to_pfn(pages[nr]);

		assert_false(pfn >= 10240 && pfn < 12288);
		nr++;
	}
	assert_int_equal(free_cma(), 2048);
	pages[nr] = alloc_page(GFP_HIGHUSER_MOVABLE | __GFP_NOWARN);
	assert_non_null(pages[nr]);
	assert_true(page_to_pfn(pages[nr]) >= 10240 && page_to_pfn(pages[nr]) < 12288);
	for (i = 0; i <= nr; i++)
		__free_page(pages[i]);
	page_machine_down(&pm);
}

static void area_over_two_zones_is_refused(void **state)
{
	static struct page_machine pm;
	struct quire_machine *m;

	page_machine_config(&pm, 64);
	pm.reserved[0] = (struct quire_reserved){ .name = "wide",
						  .start = 14ull << 20,
						  .size = 4ull << 20,
						  .kind = QUIRE_RESERVED_REUSABLE };
	pm.config.nr_reserved = 1;
	assert_int_equal(quire_machine_create(&pm.config, &pm.port, &m), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(isolated_pages_are_not_free),
		cmocka_unit_test(neighbours_merge_and_part),
		cmocka_unit_test(frees_gather_in_isolation),
		cmocka_unit_test(refusals_say_why),
		cmocka_unit_test(other_things_in_the_way),
		cmocka_unit_test(blocks_leave_the_highatomic_reserve),
		cmocka_unit_test(a_failure_opens_again),
		cmocka_unit_test(takes_an_odd_range),
		cmocka_unit_test(says_what_is_in_the_way),
		cmocka_unit_test(frees_tell_other_holders),
		cmocka_unit_test(finds_a_place_larger_than_any_order),
		cmocka_unit_test(moves_pages_away),
		cmocka_unit_test(asks_what_is_movable),
		cmocka_unit_test(area_comes_up),
		cmocka_unit_test(area_gives_and_takes),
		cmocka_unit_test(area_pushes_movable_pages_out),
		cmocka_unit_test(only_movable_requests_come_from_an_area),
		cmocka_unit_test(area_over_two_zones_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
