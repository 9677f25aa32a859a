/* SPDX-License-Identifier: MIT */
/*
 * test_owner.c - page owner: who, when, from where; its text; tags; the depot when it is full.
 */
#include "page_machine.h"

#include <quire/errno.h>
#include <quire/fault.h>
#include <quire/page_owner.h>

#include "page/depot.h"

static void up(struct page_machine *pm)
{
	page_machine_config(pm, 64);
	pm->config.vm.page_owner = true;
	page_machine_start(pm);
}

static void knows_who_allocated(void **state)
{
	static struct page_machine pm;
	struct quire_page_owner info;
	struct page *page;
	unsigned int i;

	up(&pm);
	quire_machine_advance_ns(pm.m, 1000);
	page = alloc_pages(GFP_KERNEL | __GFP_RECLAIMABLE, 2);
	for (i = 0; i < 4; i++) {
		assert_int_equal(quire_page_owner_of(page + i, &info), 0);
		assert_true(info.allocated);
		assert_false(info.tagged);
		assert_int_equal(info.order, 2);
		assert_int_equal(info.gfp, GFP_KERNEL | __GFP_RECLAIMABLE);
		assert_int_equal(info.migratetype, MIGRATE_RECLAIMABLE);
		assert_int_equal(info.pid, 7);
		assert_string_equal(info.comm, "sh");
		assert_int_equal(info.ts_ns, 1000);
		assert_true(info.nr_stack > 1);
		assert_int_equal(info.free_ts_ns, 0);
	}
	__free_pages(page, 2);
	page_machine_down(&pm);
}

static void knows_who_freed(void **state)
{
	static struct page_machine pm;
	struct quire_page_owner info;
	struct page *page;

	up(&pm);
	page = alloc_page(GFP_KERNEL);
	pm.task = (struct quire_task_id){ 8, "fifteen letters" };
	quire_machine_advance_ns(pm.m, 5);
	__free_page(page);
	assert_int_equal(quire_page_owner_of(page, &info), 0);
	assert_false(info.allocated);
	assert_int_equal(info.pid, 7);
	assert_int_equal(info.free_pid, 8);
	assert_string_equal(info.free_comm, "fifteen letters");
	assert_int_equal(info.free_ts_ns, 5);
	assert_true(info.nr_free_stack > 1);
	page_machine_down(&pm);
}

static void knows_nothing_of_others(void **state)
{
	static struct page_machine pm;
	struct quire_page_owner info;
	unsigned long pfn = 0;
	struct page *page;

	page_machine_config(&pm, 64);
	page_machine_start(&pm);
	page = alloc_page(GFP_KERNEL);
	assert_false(quire_page_owner_enabled(pm.m));
	assert_int_equal(quire_page_owner_of(page, &info), -ENODATA);
	assert_false(quire_page_owner_next(pm.m, &pfn, &info));
	assert_int_equal(quire_page_owner_enable(pm.m, true), 0);
	assert_true(quire_page_owner_enabled(pm.m));
	assert_int_equal(quire_page_owner_of(page, &info), -ENODATA);
	__free_page(page);
	page = alloc_page(GFP_KERNEL);
	assert_int_equal(quire_page_owner_of(page, &info), 0);
	assert_int_equal(quire_page_owner_enable(pm.m, false), 0);
	__free_page(page);
	assert_int_equal(quire_page_owner_of(page, &info), 0);
	assert_true(info.allocated);
	page_machine_down(&pm);
}

static void split_pages_are_single(void **state)
{
	static struct page_machine pm;
	struct quire_page_owner info;
	struct page *page;
	unsigned int i;

	up(&pm);
	page = alloc_pages(GFP_KERNEL, 2);
	split_page(page, 2);
	for (i = 0; i < 4; i++) {
		assert_int_equal(quire_page_owner_of(page + i, &info), 0);
		assert_int_equal(info.order, 0);
	}
	__free_page(page + 1);
	assert_int_equal(quire_page_owner_of(page + 1, &info), 0);
	assert_false(info.allocated);
	assert_int_equal(quire_page_owner_of(page + 2, &info), 0);
	assert_true(info.allocated);
	__free_page(page);
	__free_page(page + 2);
	__free_page(page + 3);
	page_machine_down(&pm);
}

static void prints_linux_text(void **state)
{
	static struct page_machine pm;
	static const char first[] =
		"Page allocated via order 1, mask 0xdc0(GFP_KERNEL|__GFP_ZERO), "
		"pid 7, tgid 7 (sh), ts 42 ns, free_ts 0 ns\nPFN ";
	static struct collected text;
	struct page *page;
	char line[200];

	up(&pm);
	quire_machine_advance_ns(pm.m, 42);
	page = alloc_pages(GFP_KERNEL | __GFP_ZERO, 1);
	quire_page_owner_print(pm.m, collect_put, &text);
	assert_memory_equal(text.text, first, strlen(first));
	snprintf(line, sizeof(line),
		 "\nPFN %lu type Unmovable Block %lu type Unmovable Flags 0x%lx(",
		 page_to_pfn(page), page_to_pfn(page) >> 9, page->flags);
	if (!strstr(text.text, line))
		fail_msg("no \"%s\" in\n%s", line, text.text);
	assert_non_null(strstr(text.text, "node=0|zone=1)\n "));
	assert_non_null(strstr(text.text, "prints_linux_text+0x"));
	assert_string_equal(text.text + text.n - 2, "\n\n");
	__free_pages(page, 1);
	text.n = 0;
	quire_page_owner_print(pm.m, collect_put, &text);
	assert_int_equal(text.n, 0);
	page_machine_down(&pm);
}

static void reports_say_who(void **state)
{
	static struct page_machine pm;
	struct page *page, *other;

	page_machine_config(&pm, 64);
	page_machine_start(&pm);
	other = alloc_page(GFP_KERNEL);
	assert_int_equal(quire_page_owner_enable(pm.m, true), 0);
	page = alloc_page(GFP_KERNEL);
	quire_machine_advance_ns(pm.m, 9);
	__free_page(page);
	__free_page(page);
	assert_said(&pm, "page_owner tracks the page as freed\n"
			 "page last allocated via order 0, migratetype Unmovable, "
			 "gfp_mask 0xcc0(GFP_KERNEL), pid 7, tgid 7 (sh), ts 0, free_ts 9\n ");
	assert_said(&pm, "page last free stack trace:\n ");
	assert_said(&pm, "Modules linked in:\nCPU: 0 PID: 7");
	forget(&pm);
	other->mapping = (struct address_space *)8;
	quire_page_owner_enable(pm.m, false);
	__free_page(other);
	assert_said(&pm, "page_owner info is not present (never set?)\n");
	forget(&pm);
	page = alloc_page(GFP_KERNEL);
	quire_page_owner_tag(page, 0, GFP_KERNEL, 1, "init", 5);
	page->mapping = (struct address_space *)8;
	__free_page(page);
	assert_said(&pm, "tracks the page as allocated\n");
	assert_said(&pm, "page_owner allocation stack trace missing\n");
	page_machine_down(&pm);
}

static void tags_need_no_stacks(void **state)
{
	static struct page_machine pm;
	struct quire_page_owner info;
	struct page *page;

	page_machine_config(&pm, 64);
	page_machine_start(&pm);
	page = alloc_pages(GFP_HIGHUSER_MOVABLE, 3);
	assert_int_equal(quire_page_owner_tag(page, 3, GFP_HIGHUSER_MOVABLE, 99,
					      "a name that is too long", 77),
			 0);
	assert_int_equal(quire_page_owner_of(page + 7, &info), 0);
	assert_true(info.tagged && info.allocated);
	assert_int_equal(info.pid, 99);
	assert_string_equal(info.comm, "a name that is ");
	assert_int_equal(info.ts_ns, 77);
	assert_int_equal(info.nr_stack, 0);
	assert_false(quire_page_owner_enabled(pm.m));
	quire_page_owner_untag(page, 3, 80);
	assert_int_equal(quire_page_owner_of(page, &info), 0);
	assert_false(info.allocated);
	assert_int_equal(info.free_ts_ns, 80);
	__free_pages(page, 3);
	page_machine_down(&pm);
}

static void sums_up_a_block(void **state)
{
	static struct page_machine pm;
	struct quire_block_owner owners[2];
	struct page *page;

	page_machine_config(&pm, 64);
	page_machine_start(&pm);
	page = alloc_pages(GFP_KERNEL, 4);
	assert_int_equal(quire_page_owner_block(pm.m, page_to_pfn(page), 16, owners, 2), 0);
	quire_page_owner_tag(page, 0, GFP_KERNEL, 1, "init", 0);
	quire_page_owner_tag(page + 4, 2, GFP_HIGHUSER_MOVABLE, 2, "cc", 0);
	quire_page_owner_tag(page + 8, 1, GFP_KERNEL, 1, "init", 0);
	quire_page_owner_tag(page + 10, 0, GFP_KERNEL, 3, "left out", 0);
	assert_int_equal(quire_page_owner_block(pm.m, page_to_pfn(page), 16, owners, 2), 2);
	assert_int_equal(owners[0].pid, 2);
	assert_int_equal(owners[0].pages, 4);
	assert_int_equal(owners[0].migratetype, MIGRATE_MOVABLE);
	assert_int_equal(owners[0].first_pfn, page_to_pfn(page) + 4);
	assert_string_equal(owners[1].comm, "init");
	assert_int_equal(owners[1].pages, 3);
	__free_pages(page, 4);
	page_machine_down(&pm);
}

static void depot_keeps_each_once(void **state)
{
	static struct depot depot;
	static u64 arena[1024];
	const u64 a[] = { 1, 2, 3 }, b[] = { 1, 2, 4 };
	const u64 *words;
	unsigned int nr;
	u32 first;

	depot_init(&depot, arena, sizeof(arena));
	first = depot_save(&depot, DEPOT_STACK, a, 3);
	assert_int_not_equal(first, 0);
	assert_int_equal(depot_save(&depot, DEPOT_STACK, a, 3), first);
	assert_int_not_equal(depot_save(&depot, DEPOT_STACK, b, 3), first);
	assert_int_not_equal(depot_save(&depot, DEPOT_TASK, a, 3), first);
	assert_int_not_equal(depot_save(&depot, DEPOT_STACK, a, 2), first);
	words = depot_fetch(&depot, first, &nr);
	assert_int_equal(nr, 3);
	assert_memory_equal(words, a, sizeof(a));
	assert_null(depot_fetch(&depot, 0, &nr));
	assert_int_equal(nr, 0);
}

static void full_depot_says_so_once(void **state)
{
	static struct page_machine pm;
	static struct depot depot;
	static u64 arena[16];
	u64 word = 5;
	u32 first;

	page_machine_config(&pm, 64);
	page_machine_start(&pm);
	depot_init(&depot, arena, sizeof(arena));
	first = depot_save(&depot, DEPOT_STACK, &word, 1);
	while (depot_save(&depot, DEPOT_STACK, &word, 1))
		word++;
	word++;
	assert_int_equal(depot_save(&depot, DEPOT_STACK, &word, 1), 0);
	word = 5;
	assert_int_equal(depot_save(&depot, DEPOT_STACK, &word, 1), first);
	assert_true(depot.lost >= 2);
	assert_int_equal(said(&pm, "the store of call stacks is full"), 1);
	page_machine_down(&pm);
}

static void tables_that_fail_leave_nothing(void **state)
{
	static struct page_machine pm;
	unsigned int nth;

	page_machine_config(&pm, 64);
	page_machine_start(&pm);
	for (nth = 1; nth <= 3; nth++) {
		quire_fault_arm(pm.m, QUIRE_FAULT_PORT_RESERVE, nth);
		assert_int_equal(quire_page_owner_enable(pm.m, true), -ENOMEM);
		assert_true(quire_fault_disarm(pm.m));
		assert_false(quire_page_owner_enabled(pm.m));
	}
	assert_int_equal(quire_page_owner_enable(pm.m, true), 0);
	page_machine_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_who_allocated),
		cmocka_unit_test(knows_who_freed),
		cmocka_unit_test(knows_nothing_of_others),
		cmocka_unit_test(split_pages_are_single),
		cmocka_unit_test(prints_linux_text),
		cmocka_unit_test(reports_say_who),
		cmocka_unit_test(tags_need_no_stacks),
		cmocka_unit_test(sums_up_a_block),
		cmocka_unit_test(depot_keeps_each_once),
		cmocka_unit_test(full_depot_says_so_once),
		cmocka_unit_test(tables_that_fail_leave_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
