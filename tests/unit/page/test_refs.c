/* SPDX-License-Identifier: MIT */
/*
 * test_refs.c - references, compound pages, frees in parts, exact sizes, and frees that are
 * wrong: told, and without effect on what is free.
 */
#include "machine.h"

#include "page/internal.h"

static void up(struct pm *pm)
{
	pm_config(pm, "0-1000@0");
	pm_up(pm);
}

/* Free pages with everything that is on per-CPU lists. */
static unsigned long all_free(struct pm *pm)
{
	drain_all_pages(NULL);
	return zone_page_state_snapshot(pm->zones[0], NR_FREE_PAGES);
}

static void assert_reported(struct pm *pm, const char *why)
{
	if (!strstr(pm->log, "BUG: Bad page state in process ") || !strstr(pm->log, why))
		fail_msg("no report of \"%s\":\n%s", why, pm->log);
	pm->logged = 0;
	pm->log[0] = 0;
}

/* --- references -------------------------------------------------------------------------- */

static void test_get_and_put(void **state)
{
	struct page *page;
	struct pm pm;

	up(&pm);
	page = alloc_page(GFP_KERNEL);
	get_page(page);
	get_page(page);
	assert_int_equal(page_count(page), 3);
	put_page(page);
	__free_page(page);
	assert_int_equal(page_count(page), 1);
	assert_int_equal(all_free(&pm), 0x1000 - 1);
	put_page(page);
	assert_int_equal(page_count(page), 0);
	assert_int_equal(all_free(&pm), 0x1000);
	pm_down(&pm);
}

/* A reference to any page of a compound page is one to the whole. */
static void test_compound_references(void **state)
{
	unsigned int order;
	struct page *page;
	struct pm pm;

	up(&pm);
	for (order = 1; order < 11; order++) {
		page = alloc_pages(GFP_KERNEL | __GFP_COMP, order);
		get_page(page + (1ul << order) - 1);
		assert_int_equal(page_count(page + 1), 2);
		assert_int_equal(page_ref_count(page), 2);
		/* Not the last: nothing is freed, not even the tails. */
		__free_pages(page, order);
		assert_true(PageHead(page) && PageTail(page + 1));
		assert_int_equal(all_free(&pm), 0x1000 - (1ul << order));
		put_page(page + 1);
		assert_false(PageCompound(page) || PageCompound(page + 1));
		assert_int_equal(all_free(&pm), 0x1000);
	}
	assert_string_equal(pm.log, "");
	pm_down(&pm);
}

/* Not compound, and somebody else holds the first page: the tails go at once. */
static void test_partial_free(void **state)
{
	unsigned int order;
	struct page *page;
	struct pm pm;

	up(&pm);
	for (order = 1; order < 11; order++) {
		page = alloc_pages(GFP_KERNEL, order);
		get_page(page);
		__free_pages(page, order);
		assert_int_equal(page_count(page), 1);
		assert_int_equal(all_free(&pm), 0x1000 - 1);
		put_page(page);
		assert_int_equal(all_free(&pm), 0x1000);
	}
	assert_string_equal(pm.log, "");
	pm_down(&pm);
}

/* The tails of a block of order 5: one block of each order below it, right after the head. */
static void test_partial_free_blocks(void **state)
{
	struct page *page;
	struct pm pm;

	up(&pm);
	page = alloc_pages(GFP_KERNEL, 5);
	get_page(page);
	__free_pages(page, 5);
	drain_local_pages(NULL);
	assert_free(&pm, 0,
		    "U 1.0 2.1 4.2 8.3 10.4 20.5 40.6 80.7 100.8 200.9 | M 400.10 800.10 c00.10");
	put_page(page);
	drain_local_pages(NULL);
	assert_free(&pm, 0, "U 0.10 | M 400.10 800.10 c00.10");
	pm_down(&pm);
}

/* No number of rounds may change the number of free pages, whoever drops the last reference. */
static void test_many_rounds(void **state)
{
	unsigned int round, order;
	struct page *page;
	struct pm pm;

	up(&pm);
	for (round = 0; round < 2000; round++) {
		order = round % 11;
		page = alloc_pages(GFP_KERNEL | (round & 16 ? __GFP_COMP : 0), order);
		assert_non_null(page);
		get_page(page);
		if (round & 32) {
			put_page(page); /* the other's reference first: then the block as a whole */
			__free_pages(page, order);
		} else {
			__free_pages(page, order);
			put_page(page);
		}
	}
	assert_int_equal(all_free(&pm), 0x1000);
	assert_string_equal(pm.log, "");
	pm_down(&pm);
}

static void test_release_pages(void **state)
{
	struct page *pages[5];
	struct pm pm;

	up(&pm);
	pages[0] = alloc_page(GFP_KERNEL);
	pages[1] = alloc_pages(GFP_KERNEL | __GFP_COMP, 4);
	pages[2] = alloc_page(GFP_KERNEL);
	pages[3] = alloc_pages(GFP_KERNEL | __GFP_COMP, 2) + 3; /* a tail will do */
	pages[4] = alloc_page(GFP_HIGHUSER_MOVABLE);
	get_page(pages[2]);
	release_pages(pages, 5);
	assert_int_equal(page_count(pages[2]), 1);
	assert_int_equal(all_free(&pm), 0x1000 - 1);
	release_pages(pages, 0);
	put_page(pages[2]);
	assert_string_equal(pm.log, "");
	pm_down(&pm);
}

/*
 * The first of the array is what the CPU's list gives next, on whichever path; what is not plain
 * goes its own way.
 */
static void release_order(bool hooked)
{
	struct page *pages[40];
	unsigned int i;
	struct pm pm;

	pm_config(&pm, "0-8000@0");
	pm_up(&pm);
	if (!hooked)
		set_hooks(pm.m->page, 0, HOOK_CHECK); /* debug builds have it always */
	for (i = 0; i < 40; i++)
		pages[i] = alloc_page(i % 10 == 9 ? GFP_HIGHUSER_MOVABLE : GFP_KERNEL);
	drain_local_pages(NULL);
	get_page(pages[5]);
	release_pages(pages, 40);
	assert_int_equal(page_count(pages[5]), 1);
	assert_int_equal(quire_zone_pcp(pm.zones[0], 0)->count, 39);
	assert_int_equal(quire_vm_events(pm.m, PGFREE), 39);
	assert_ptr_equal(alloc_page(GFP_KERNEL), pages[0]);
	assert_ptr_equal(alloc_page(GFP_KERNEL), pages[1]);
	assert_ptr_equal(alloc_page(GFP_HIGHUSER_MOVABLE), pages[9]);
	put_page(pages[5]);
	assert_ptr_equal(alloc_page(GFP_KERNEL), pages[5]);
	assert_ptr_equal(alloc_page(GFP_KERNEL), pages[2]);
	assert_string_equal(pm.log, "");
	pm_down(&pm);
}

static void test_release_order(void **state)
{
	release_order(true);
	release_order(false);
}

static void test_free_unref_page_list(void **state)
{
	struct list_head list;
	struct page *page[3];
	struct pm pm;
	int i;

	up(&pm);
	INIT_LIST_HEAD(&list);
	free_unref_page_list(&list);
	for (i = 0; i < 3; i++) {
		page[i] = alloc_page(GFP_KERNEL);
		page[i]->_refcount.counter = 0;
		list_add_tail(&page[i]->lru, &list);
	}
	/* One is bad: it stays away from the lists, and the others are freed. */
	page[1]->mapping = (struct address_space *)(void *)8;
	free_unref_page_list(&list);
	assert_true(list_empty(&list));
	assert_reported(&pm, "non-NULL mapping");
	assert_int_equal(all_free(&pm), 0x1000 - 1);
	pm_down(&pm);
}

/* --- events, isolated blocks ------------------------------------------------------------- */

struct seen {
	unsigned int frees, batched, last_order;
};

static void on_free(void *ctx, struct page *page, unsigned int order)
{
	struct seen *s = ctx;

	s->frees++;
	s->last_order = order;
}

static void on_free_batched(void *ctx, struct page *page)
{
	struct seen *s = ctx;

	s->batched++;
	assert_true(s->batched <= s->frees);
}

/* One event where a free begins; pages of a list have another one when they reach theirs. */
static void test_free_events(void **state)
{
	struct seen seen = { 0 };
	struct quire_page_trace trace = { .ctx = &seen,
					  .free = on_free,
					  .free_batched = on_free_batched };
	struct page *page, *pages[2];
	struct pm pm;

	up(&pm);
	page = alloc_pages(GFP_KERNEL | __GFP_COMP, 5);
	pages[0] = alloc_page(GFP_KERNEL);
	pages[1] = alloc_page(GFP_KERNEL);
	quire_page_trace_set(pm.m, &trace);
	get_page(page);
	__free_pages(page, 5); /* not the last reference: no free, no event */
	assert_int_equal(seen.frees, 0);
	put_page(page);
	assert_int_equal(seen.frees, 1);
	assert_int_equal(seen.last_order, 5);
	release_pages(pages, 2);
	assert_int_equal(seen.frees, 3);
	assert_int_equal(seen.batched, 2);
	assert_int_equal(seen.last_order, 0);
	quire_page_trace_set(pm.m, NULL);
	pm_down(&pm);
}

/* A page of an isolated block goes to the isolated lists at once, and does not count as free. */
static void test_free_into_isolated_block(void **state)
{
	struct list_head list;
	struct page *page[3];
	unsigned long free;
	struct zone *zone;
	struct pm pm;

	up(&pm);
	zone = pm.zones[0];
	page[0] = alloc_page(GFP_KERNEL);
	page[1] = alloc_page(GFP_KERNEL);
	page[2] = alloc_pages(GFP_KERNEL, 4);
	drain_local_pages(NULL);
	/* What is free in the block would be moved by isolation; here it is used up instead. */
	while (zone->free_orders[MIGRATE_UNMOVABLE])
		assert_non_null(alloc_page(GFP_KERNEL));
	drain_local_pages(NULL);
	free = zone_page_state_snapshot(zone, NR_FREE_PAGES);
	set_pageblock_migratetype(page[0], MIGRATE_ISOLATE);
	zone->nr_isolate_pageblock = 1;
	__free_page(page[0]);
	INIT_LIST_HEAD(&list);
	page[1]->_refcount.counter = 0;
	list_add(&page[1]->lru, &list);
	free_unref_page_list(&list);
	__free_pages(page[2], 4);
	assert_int_equal(quire_zone_pcp(zone, 0)->count, 0);
	assert_int_equal(zone_page_state_snapshot(zone, NR_FREE_PAGES), free);
	assert_int_equal(quire_zone_free_blocks(zone, 1, MIGRATE_ISOLATE, 10), 1);
	assert_int_equal(quire_zone_free_blocks(zone, 4, MIGRATE_ISOLATE, 10), 1);
	assert_int_equal(quire_zone_validate(zone), 0);
	pm_down(&pm);
}

/* --- exact sizes ------------------------------------------------------------------------- */

static void test_split_page(void **state)
{
	struct page *page;
	unsigned int i;
	struct pm pm;

	up(&pm);
	page = alloc_pages(GFP_KERNEL, 4);
	split_page(page, 4);
	for (i = 0; i < 16; i++)
		assert_int_equal(page_count(page + i), 1);
	for (i = 16; i-- > 0;)
		__free_page(page + i);
	assert_int_equal(all_free(&pm), 0x1000);
	assert_free(&pm, 0, "U 0.10 | M 400.10 800.10 c00.10");
	pm_down(&pm);
}

static void test_alloc_pages_exact(void **state)
{
	unsigned long before;
	char *at, *more;
	struct pm pm;

	pm_config(&pm, "0-1000@0");
	pm.config.contents = true;
	pm_up(&pm);
	before = all_free(&pm);
	at = alloc_pages_exact(5 * 4096 - 7, GFP_KERNEL | __GFP_COMP | __GFP_HIGHMEM);
	assert_ptr_equal(at, page_address(pfn_to_page(0)));
	memset(at, 1, 5 * 4096);
	/* The rest went to the free lists, merged. */
	assert_free(&pm, 0,
		    "U 5.0 6.1 8.3 10.4 20.5 40.6 80.7 100.8 200.9 | M 400.10 800.10 c00.10");
	assert_int_equal(all_free(&pm), before - 5);
	more = alloc_pages_exact_nid(0, 4096, GFP_KERNEL);
	assert_int_equal(all_free(&pm), before - 6);
	free_pages_exact(more, 4096);
	free_pages_exact(at, 5 * 4096 - 7);
	assert_int_equal(all_free(&pm), before);
	/* A whole block has no rest. */
	at = alloc_pages_exact(8 * 4096, GFP_KERNEL);
	assert_int_equal(all_free(&pm), before - 8);
	free_pages_exact(at, 8 * 4096);
	assert_int_equal(all_free(&pm), before);
	assert_null(alloc_pages_exact(0, GFP_KERNEL));
	assert_null(alloc_pages_exact(5ul << 20, GFP_KERNEL | __GFP_NOWARN));
	assert_null(alloc_pages_exact(~0ul, GFP_KERNEL | __GFP_NOWARN));
	assert_string_equal(pm.log, "");
	assert_int_equal(all_free(&pm), before);
	pm_down(&pm);

	up(&pm); /* book-keeping: no addresses */
	assert_null(alloc_pages_exact(4096, GFP_KERNEL));
	assert_non_null(strstr(pm.log, "contents: false"));
	pm_down(&pm);
}

/* --- reserved memory --------------------------------------------------------------------- */

static void test_free_reserved_area(void **state)
{
	static const struct quire_reserved image = { .name = "image",
						     .start = 0x100ull << 12,
						     .size = 16ull << 12 };
	unsigned long managed, i;
	unsigned char *at;
	struct pm pm;

	pm_config(&pm, "0-1000@0");
	pm.config.contents = true;
	pm.config.reserved = &image;
	pm.config.nr_reserved = 1;
	pm_up(&pm);
	at = page_address(pfn_to_page(0x100));
	managed = zone_managed_pages(pm.zones[0]);
	assert_true(pfn_to_page(0x10f)->flags & 1ul << PG_reserved);
	/* Whole pages alone: 1 .. 14. */
	assert_int_equal(free_reserved_area(at + 1, at + 15 * 4096 + 4095, 0xcc, "unused image"),
			 14);
	assert_string_equal(pm.log, "Freeing unused image memory: 56K\n");
	assert_int_equal(zone_managed_pages(pm.zones[0]), managed + 14);
	for (i = 4096; i < 15ul * 4096; i++)
		assert_int_equal(at[i], 0xcc);
	assert_true(pfn_to_page(0x100)->flags & 1ul << PG_reserved);
	assert_false(pfn_to_page(0x101)->flags & 1ul << PG_reserved);
	assert_int_equal(all_free(&pm), managed + 14);
	/* Not again: it is not reserved any more. */
	free_reserved_page(pfn_to_page(0x101));
	assert_reported(&pm, "not reserved");
	assert_int_equal(zone_managed_pages(pm.zones[0]), managed + 14);
	free_reserved_page(pfn_to_page(0x100));
	assert_int_equal(free_reserved_area(at, at, -1, "nothing"), 0);
	assert_string_equal(pm.log, "");
	assert_int_equal(all_free(&pm), managed + 15);
	pm_down(&pm);
}

/* --- frees that are wrong ---------------------------------------------------------------- */

static void test_double_free(void **state)
{
	unsigned int order;
	struct page *page;
	struct pm pm;

	up(&pm);
	for (order = 0; order < 11; order++) {
		page = alloc_pages(GFP_KERNEL, order);
		__free_pages(page, order);
		__free_pages(page, order); /* on a per-CPU list, or in the free lists */
		assert_non_null(strstr(pm.log, "BUG: Bad page state"));
		pm.logged = 0;
		put_page(page);
		assert_non_null(strstr(pm.log, "BUG: Bad page state"));
		pm.logged = 0;
		assert_int_equal(all_free(&pm), 0x1000);
		__free_pages(page, order); /* merged into a larger block, its head or not */
		assert_non_null(strstr(pm.log, "BUG: Bad page state"));
		pm.logged = 0;
		assert_int_equal(all_free(&pm), 0x1000);
	}
	get_page(pfn_to_page(0));
	assert_reported(&pm, "get_page of a page without references");
	assert_int_equal(page_ref_count(pfn_to_page(0)), 0);
	pm_down(&pm);
}

/* A compound page is freed by its head, as large as it was allocated. */
static void test_bad_compound_frees(void **state)
{
	struct page *page;
	struct pm pm;

	up(&pm);
	page = alloc_pages(GFP_KERNEL | __GFP_COMP, 3);
	__free_pages(page + 1, 0);
	assert_non_null(strstr(pm.log, "BUG: Bad page state"));
	pm.logged = 0;
	__free_pages(page + 1, 3);
	assert_non_null(strstr(pm.log, "BUG: Bad page state"));
	pm.logged = 0;
	assert_int_equal(page_count(page), 1);
	assert_int_equal(all_free(&pm), 0x1000 - 8);
	__free_pages(page, 2);
	assert_reported(&pm, "compound page freed with another order");
	assert_int_equal(all_free(&pm), 0x1000 - 8); /* out of circulation */
	pm_down(&pm);
}

/* Freed in a state that no free page may be in: told, and never given to anybody again. */
static void bad_state(unsigned int order, const char *why, void (*spoil)(struct page *page))
{
	struct page *page, *other;
	struct pm pm;

	up(&pm);
	page = alloc_pages(GFP_KERNEL, order);
	spoil(page);
	__free_pages(page, order);
	assert_reported(&pm, why);
	assert_int_equal(all_free(&pm), 0x1000 - (1ul << order));
	while ((other = alloc_pages(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOWARN, order)))
		assert_ptr_not_equal(other, page);
	pm_down(&pm);
}

static void map_it(struct page *page)
{
	page->_mapcount.counter = 0;
}

static void give_mapping(struct page *page)
{
	page->mapping = (struct address_space *)(void *)8;
}

static void put_on_lru(struct page *page)
{
	page->flags |= 1ul << PG_lru;
}

static void reserve(struct page *page)
{
	page->flags |= 1ul << PG_reserved;
}

static void charge(struct page *page)
{
	page->memcg_data = 1;
}

static void test_bad_states(void **state)
{
	static const unsigned int orders[] = { 0, 2, 5 };
	unsigned int i;

	for (i = 0; i < 3; i++) {
		bad_state(orders[i], "nonzero mapcount", map_it);
		bad_state(orders[i], "non-NULL mapping", give_mapping);
		bad_state(orders[i], "PAGE_FLAGS_CHECK_AT_FREE flag(s) set", put_on_lru);
		bad_state(orders[i], "PAGE_FLAGS_CHECK_AT_FREE flag(s) set", reserve);
		bad_state(orders[i], "page still charged to cgroup", charge);
	}
}

/* Flags that a page may well be freed with are gone when it is allocated again. */
static void test_flags_are_cleared(void **state)
{
	struct page *page;
	struct pm pm;

	up(&pm);
	page = alloc_page(GFP_KERNEL);
	page->flags |= 1ul << PG_dirty | 1ul << PG_uptodate | 1ul << PG_referenced;
	page->priv = 77;
	__free_page(page);
	assert_ptr_equal(alloc_page(GFP_KERNEL), page);
	assert_int_equal(page->flags & ((1ul << __NR_PAGEFLAGS) - 1), 0);
	assert_int_equal(page->priv, 0);
	assert_string_equal(pm.log, "");
	__free_page(page);
	pm_down(&pm);
}

/* Reserved frames and holes were never anybody's to free. */
static void test_free_of_what_was_never_allocated(void **state)
{
	struct pm pm;

	pm_config(&pm, "1-9f@0 100-1000@0");
	pm_up(&pm);
	__free_page(pfn_to_page(0xa0));
	assert_reported(&pm, "PAGE_FLAGS_CHECK_AT_FREE");
	put_page(pfn_to_page(0xa1));
	assert_reported(&pm, "PAGE_FLAGS_CHECK_AT_FREE");
	__free_page(pfn_to_page(0x101)); /* inside a free block */
	assert_non_null(strstr(pm.log, "BUG: Bad page state"));
	assert_int_equal(all_free(&pm), 0x9e + 0xf00);
	pm_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_get_and_put),
		cmocka_unit_test(test_compound_references),
		cmocka_unit_test(test_partial_free),
		cmocka_unit_test(test_partial_free_blocks),
		cmocka_unit_test(test_many_rounds),
		cmocka_unit_test(test_release_pages),
		cmocka_unit_test(test_release_order),
		cmocka_unit_test(test_free_unref_page_list),
		cmocka_unit_test(test_free_events),
		cmocka_unit_test(test_free_into_isolated_block),
		cmocka_unit_test(test_split_page),
		cmocka_unit_test(test_alloc_pages_exact),
		cmocka_unit_test(test_free_reserved_area),
		cmocka_unit_test(test_double_free),
		cmocka_unit_test(test_bad_compound_frees),
		cmocka_unit_test(test_bad_states),
		cmocka_unit_test(test_flags_are_cleared),
		cmocka_unit_test(test_free_of_what_was_never_allocated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
