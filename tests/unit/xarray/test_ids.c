/* SPDX-License-Identifier: MIT */
/*
 * test_ids.c - allocating arrays, IDR, IDA and the radix tree's names.
 */
#include "page_machine.h"
#include "seeded.h"

#include <quire/idr.h>

static struct page_machine pm;

static int up(void **state)
{
	page_machine_config(&pm, 64);
	page_machine_start(&pm);
	return 0;
}

static int down(void **state)
{
	page_machine_down(&pm);
	return 0;
}

/* The lowest free id of an array that has some, against a table. */
static void test_alloc_model(void **state)
{
	static unsigned char taken[1500];
	DEFINE_XARRAY_ALLOC1(xa);
	u32 id, want, min;
	int step, err;

	seeded_begin("test_ids", 3);
	taken[0] = 1;
	for (step = 0; step < 20000; step++) {
		min = (u32)seeded_below(1500);
		if (seeded_one_in(2)) {
			id = (u32)seeded_below(1500);
			xa_erase(&xa, id ? id : 1);
			taken[id ? id : 1] = 0;
			continue;
		}
		for (want = min; want < 1500 && taken[want]; want++)
			;
		id = ~0u;
		err = xa_alloc(&xa, &id, seeded_one_in(4) ? NULL : xa_mk_value(min),
			       XA_LIMIT(min, 1499), GFP_KERNEL);
		seeded_assert(err == (want == 1500 ? -EBUSY : 0));
		seeded_assert(id == (err ? ~0u : want));
		if (!err)
			taken[want] = 1;
		seeded_assert(!quire_xa_validate(&xa));
	}
	xa_destroy(&xa);
	assert_true(xa_empty(&xa));
	assert_false(xa_marked(&xa, XA_FREE_MARK));
}

static void test_cyclic(void **state)
{
	DEFINE_XARRAY_ALLOC(xa);
	u32 id, next = 0;
	int i;

	for (i = 0; i < 6; i++) {
		assert_int_equal(
			xa_alloc_cyclic(&xa, &id, &pm, XA_LIMIT(10, 15), &next, GFP_KERNEL), 0);
		assert_int_equal(id, 10 + i);
	}
	assert_int_equal(xa_alloc_cyclic(&xa, &id, &pm, XA_LIMIT(10, 15), &next, GFP_KERNEL),
			 -EBUSY);
	xa_erase(&xa, 12);
	assert_int_equal(xa_alloc_cyclic(&xa, &id, &pm, XA_LIMIT(10, 15), &next, GFP_KERNEL), 1);
	assert_int_equal(id, 12);
	xa_destroy(&xa);
}

/* Any word is a pointer: NULL, and what looks like the tree's own words. */
static void test_idr_words(void **state)
{
	void *words[] = { NULL,		(void *)2, XA_RETRY_ENTRY,  XA_ZERO_ENTRY,
			  (void *)~0ul, &pm,	   (char *)&pm + 2, XA_ERROR(-5) };
	DEFINE_IDR(idr);
	unsigned int i;
	int id, seen = 0;
	void *p;

	for (i = 0; i < 200; i++) {
		assert_int_equal(idr_alloc(&idr, words[i % 8], 0, 0, GFP_KERNEL), i);
		assert_int_equal(quire_xa_validate(&idr.idr_rt), 0);
	}
	for (i = 0; i < 200; i++)
		assert_ptr_equal(idr_find(&idr, i), words[i % 8]);
	idr_for_each_entry(&idr, p, id) seen++;
	assert_int_equal(seen, 175); /* those that are not NULL */
	assert_ptr_equal(idr_replace(&idr, &idr, 8), NULL);
	assert_ptr_equal(idr_replace(&idr, &idr, 200), (void *)(long)-ENOENT);
	for (i = 0; i < 200; i++)
		assert_ptr_equal(idr_remove(&idr, i), i == 8 ? (void *)&idr : words[i % 8]);
	assert_true(idr_is_empty(&idr));
	assert_null(idr_remove(&idr, 3));
}

static void test_idr_range(void **state)
{
	DEFINE_IDR(idr);
	u32 id = 0xfffffff0u;
	int i;

	assert_int_equal(idr_alloc(&idr, &pm, -1, 0, GFP_KERNEL), -EINVAL);
	assert_int_equal(idr_alloc(&idr, &pm, 5, 6, GFP_KERNEL), 5);
	assert_int_equal(idr_alloc(&idr, &pm, 5, 6, GFP_KERNEL), -ENOSPC);
	assert_int_equal(idr_alloc_u32(&idr, &pm, &id, ~0u, GFP_KERNEL), 0);
	assert_int_equal(id, 0xfffffff0u);
	idr_destroy(&idr);
	idr_init_base(&idr, 100);
	assert_int_equal(idr_alloc(&idr, &pm, 0, 0, GFP_KERNEL), 100);
	assert_int_equal(idr_alloc(&idr, &pm, 0, 50, GFP_KERNEL), -ENOSPC);
	for (i = 0; i < 3; i++)
		assert_int_equal(idr_alloc_cyclic(&idr, &pm, 200, 203, GFP_KERNEL), 200 + i);
	idr_remove(&idr, 201);
	assert_int_equal(idr_alloc_cyclic(&idr, &pm, 200, 203, GFP_KERNEL), 201);
	idr_destroy(&idr);
	assert_true(idr_is_empty(&idr));
	forget(&pm);
}

static void test_ida_model(void **state)
{
	static unsigned char taken[4000];
	DEFINE_IDA(ida);
	unsigned int min, want, step;
	int id;

	seeded_begin("test_ids", 4);
	for (step = 0; step < 30000; step++) {
		min = (unsigned int)seeded_below(4000);
		if (taken[min] && seeded_one_in(2)) {
			ida_free(&ida, min);
			taken[min] = 0;
			continue;
		}
		for (want = min; want < 4000 && taken[want]; want++)
			;
		id = ida_alloc_range(&ida, min, 3999, GFP_KERNEL);
		seeded_assert(id == (want == 4000 ? -ENOSPC : (int)want));
		if (id >= 0)
			taken[want] = 1;
	}
	assert_not_said(&pm, "not allocated");
	for (min = 0; min < 4000; min++)
		if (taken[min])
			ida_free(&ida, min);
	assert_true(ida_is_empty(&ida));
	ida_free(&ida, 5);
	assert_said(&pm, "ida_free called for id=5 which is not allocated.");
	assert_int_equal(ida_alloc_min(&ida, 0x80000000u, GFP_KERNEL), -ENOSPC);
	forget(&pm);
}

static void test_radix(void **state)
{
	RADIX_TREE(tree, GFP_NOWAIT);
	struct radix_tree_iter iter;
	unsigned long i, seen = 0;
	void **slot, *got[8];

	assert_int_equal(radix_tree_preload(GFP_KERNEL), 0);
	for (i = 0; i < 300; i += 3)
		assert_int_equal(radix_tree_insert(&tree, i, xa_mk_value(i)), 0);
	radix_tree_preload_end();
	assert_int_equal(radix_tree_insert(&tree, 3, &pm), -EEXIST);
	assert_ptr_equal(radix_tree_lookup(&tree, 297), xa_mk_value(297));
	assert_null(radix_tree_lookup(&tree, 298));
	for (i = 0; i < 300; i += 30)
		assert_ptr_equal(radix_tree_tag_set(&tree, i, 1), xa_mk_value(i));
	radix_tree_for_each_slot(slot, &tree, &iter, 10)
	{
		assert_ptr_equal(*slot, xa_mk_value(iter.index));
		seen++;
	}
	assert_int_equal(seen, 96);
	seen = 0;
	radix_tree_for_each_tagged(slot, &tree, &iter, 1, 1)
	{
		assert_int_equal(iter.index % 30, 0);
		if (iter.index == 150) {
			radix_tree_iter_delete(&tree, &iter, slot);
			slot = radix_tree_iter_resume(slot, &iter);
		}
		seen++;
	}
	assert_int_equal(seen, 9);
	assert_null(radix_tree_lookup(&tree, 150));
	assert_int_equal(radix_tree_gang_lookup(&tree, got, 280, 8), 6);
	assert_int_equal(radix_tree_gang_lookup_tag(&tree, got, 200, 8, 1), 3);
	radix_tree_replace_slot(&tree, radix_tree_lookup_slot(&tree, 9), xa_mk_value(1));
	assert_ptr_equal(radix_tree_delete_item(&tree, 9, &pm), NULL);
	assert_ptr_equal(radix_tree_delete_item(&tree, 9, xa_mk_value(1)), xa_mk_value(1));
	assert_int_equal(quire_xa_validate(&tree), 0);
	for (i = 0; i < 300; i += 3)
		radix_tree_delete(&tree, i);
	assert_true(radix_tree_empty(&tree));
	assert_int_equal(quire_xa_cpu_dead(0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alloc_model), cmocka_unit_test(test_cyclic),
		cmocka_unit_test(test_idr_words),   cmocka_unit_test(test_idr_range),
		cmocka_unit_test(test_ida_model),   cmocka_unit_test(test_radix),
	};

	return cmocka_run_group_tests(tests, up, down);
}
