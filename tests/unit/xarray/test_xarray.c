/* SPDX-License-Identifier: MIT */
/*
 * test_xarray.c - the normal and the advanced interface, case by case; nodes in literal form.
 */
#include "page_machine.h"

#include <quire/radix-tree.h>
#include <quire/slab.h>
#include <quire/xarray.h>

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

static void *store_order(struct xarray *xa, unsigned long index, unsigned int order, void *entry)
{
	XA_STATE_ORDER(xas, xa, index, order);
	void *old;

	do {
		xas_lock(&xas);
		old = xas_store(&xas, entry);
		xas_unlock(&xas);
	} while (xas_nomem(&xas, GFP_KERNEL));
	assert_int_equal(xas_error(&xas), 0);
	assert_int_equal(quire_xa_validate(xa), 0);
	return old;
}

static void test_words(void **state)
{
	assert_ptr_equal(xa_mk_value(5), (void *)11);
	assert_int_equal(xa_to_value(xa_mk_value(LONG_MAX)), LONG_MAX);
	assert_ptr_equal(XA_RETRY_ENTRY, (void *)1026);
	assert_ptr_equal(XA_ZERO_ENTRY, (void *)1030);
	assert_ptr_equal(xa_mk_sibling(62), (void *)250);
	assert_true(xa_is_sibling(xa_mk_sibling(62)));
	assert_false(xa_is_sibling(xa_mk_internal(63)));
	assert_int_equal(xa_err(XA_ERROR(-ENOMEM)), -ENOMEM);
	assert_int_equal(xa_err(xa_mk_internal((unsigned long)-MAX_ERRNO)), -MAX_ERRNO);
	assert_false(xa_is_err(xa_mk_internal((unsigned long)-MAX_ERRNO - 1)));
	assert_false(xa_is_err(XA_ZERO_ENTRY));
	assert_int_equal(sizeof(struct xa_node), 576);
	assert_int_equal(offsetof(struct xa_node, slots), 40);
	assert_int_equal(sizeof(struct xarray), 16);
}

/* One entry at 0 needs no node; a second one makes a leaf; erasing it takes the leaf away. */
static void test_head_and_leaf(void **state)
{
	DEFINE_XARRAY(xa);
	struct xa_node *node;

	assert_null(xa_store(&xa, 0, &pm, GFP_KERNEL));
	assert_ptr_equal(xa.xa_head, &pm);
	assert_null(xa_store(&xa, 63, xa_mk_value(7), GFP_KERNEL));
	node = xa_to_node(xa.xa_head);
	assert_int_equal(node->count, 2);
	assert_int_equal(node->nr_values, 1);
	assert_int_equal(node->shift, 0);
	assert_ptr_equal(node->array, &xa);
	assert_null(xa_store(&xa, 1ul << 40, &pm, GFP_KERNEL));
	assert_int_equal(xa_to_node(xa.xa_head)->shift, 36);
	assert_int_equal(quire_xa_validate(&xa), 0);
	assert_ptr_equal(xa_erase(&xa, 1ul << 40), &pm);
	assert_ptr_equal(xa_to_node(xa.xa_head), node);
	assert_ptr_equal(xa_erase(&xa, 63), xa_mk_value(7));
	assert_ptr_equal(xa.xa_head, &pm);
	assert_ptr_equal(xa_erase(&xa, 0), &pm);
	assert_true(xa_empty(&xa));
}

static void test_ends(void **state)
{
	DEFINE_XARRAY(xa);
	unsigned long index = 1;

	assert_null(xa_store(&xa, ULONG_MAX, &pm, GFP_KERNEL));
	assert_null(xa_load(&xa, ULONG_MAX - 1));
	assert_ptr_equal(xa_find(&xa, &index, ULONG_MAX, XA_PRESENT), &pm);
	assert_int_equal(index, ULONG_MAX);
	assert_null(xa_find_after(&xa, &index, ULONG_MAX, XA_PRESENT));
	xa_destroy(&xa);
	assert_true(xa_empty(&xa));
	assert_null(xa_store_range(&xa, 0, ULONG_MAX, xa_mk_value(3), GFP_KERNEL));
	assert_ptr_equal(xa_load(&xa, 0), xa_mk_value(3));
	assert_ptr_equal(xa_load(&xa, ULONG_MAX), xa_mk_value(3));
	assert_int_equal(xa_get_order(&xa, 12345), 63);
	assert_null(xa_store_range(&xa, 0, ULONG_MAX, NULL, GFP_KERNEL));
	assert_true(xa_empty(&xa));
}

static void test_refused(void **state)
{
	DEFINE_XARRAY(xa);
	u32 id = 77;

	assert_int_equal(xa_err(xa_store(&xa, 1, XA_RETRY_ENTRY, GFP_KERNEL)), -EINVAL);
	assert_said(&pm, "is an internal word, it cannot be stored");
	assert_int_equal(xa_insert(&xa, 1, xa_mk_sibling(1), GFP_KERNEL), -EINVAL);
	assert_int_equal(xa_err(xa_cmpxchg(&xa, 1, NULL, XA_RETRY_ENTRY, GFP_KERNEL)), -EINVAL);
	assert_int_equal(xa_err(xa_store_range(&xa, 2, 1, &pm, GFP_KERNEL)), -EINVAL);
	assert_int_equal(xa_alloc(&xa, &id, &pm, xa_limit_32b, GFP_KERNEL), -EINVAL);
	assert_int_equal(id, 77);
	assert_true(xa_empty(&xa));
	forget(&pm);
}

/* A run of 2^9 is one entry in eight slots; a split makes runs of 2^2, marks kept. */
static void test_runs(void **state)
{
	DEFINE_XARRAY(xa);
	unsigned long i;

	store_order(&xa, 512, 9, &pm);
	assert_int_equal(xa_to_node(xa.xa_head)->count, 8);
	assert_int_equal(xa_get_order(&xa, 1000), 9);
	xa_set_mark(&xa, 600, XA_MARK_1);
	{
		XA_STATE_ORDER(xas, &xa, 512, 2);

		xas_split_alloc(&xas, &pm, 9, GFP_KERNEL);
		assert_int_equal(xas_error(&xas), 0);
		xas_lock(&xas);
		xas_split(&xas, &pm, 9);
		xas_unlock(&xas);
	}
	assert_int_equal(quire_xa_validate(&xa), 0);
	for (i = 512; i < 1024; i++) {
		assert_ptr_equal(xa_load(&xa, i), &pm);
		assert_int_equal(xa_get_order(&xa, i), 2);
		assert_true(xa_get_mark(&xa, i, XA_MARK_1));
	}
	xa_destroy(&xa);
	{
		XA_STATE_ORDER(xas, &xa, 0, 0); /* two levels at once: not offered */

		xas_split_alloc(&xas, &pm, 12, GFP_KERNEL);
		assert_int_equal(xas_error(&xas), -ENOMEM);
		assert_said(&pm, "more than one level");
		forget(&pm);
	}
}

/* A run that takes the place of several entries has all their marks. */
static void test_marks_gather(void **state)
{
	DEFINE_XARRAY(xa);

	assert_null(xa_store(&xa, 9, &pm, GFP_KERNEL));
	assert_null(xa_store(&xa, 10, &pm, GFP_KERNEL));
	xa_set_mark(&xa, 9, XA_MARK_0);
	xa_set_mark(&xa, 10, XA_MARK_2);
	xa_set_mark(&xa, 11, XA_MARK_1); /* NULL has none */
	store_order(&xa, 8, 3, xa_mk_value(1));
	assert_true(xa_get_mark(&xa, 15, XA_MARK_0));
	assert_false(xa_get_mark(&xa, 15, XA_MARK_1));
	assert_true(xa_get_mark(&xa, 8, XA_MARK_2));
	assert_true(xa_marked(&xa, XA_MARK_2));
	assert_ptr_equal(xa_erase(&xa, 12), xa_mk_value(1));
	assert_true(xa_empty(&xa));
	assert_false(xa_marked(&xa, XA_MARK_2));
}

static void test_conflicts(void **state)
{
	DEFINE_XARRAY(xa);
	XA_STATE_ORDER(xas, &xa, 64, 6);
	unsigned int nr = 0;
	void *entry;

	xa_store(&xa, 63, &pm, GFP_KERNEL);
	xa_store(&xa, 70, xa_mk_value(70), GFP_KERNEL);
	store_order(&xa, 96, 4, xa_mk_value(96));
	xa_store(&xa, 128, &pm, GFP_KERNEL);
	xas_lock(&xas);
	xas_for_each_conflict(&xas, entry)
	{
		assert_ptr_equal(entry, xa_mk_value(nr ? 96 : 70));
		assert_int_equal(xas_get_order(&xas), nr ? 4 : 0);
		nr++;
	}
	assert_int_equal(nr, 2);
	xas_store(&xas, xa_mk_value(1));
	xas_unlock(&xas);
	assert_int_equal(xa_get_order(&xa, 70), 6);
	assert_int_equal(quire_xa_validate(&xa), 0);
	xa_destroy(&xa);
}

static unsigned int updates;

static void count_update(struct xa_node *node)
{
	updates++;
}

static void test_update_and_delete_node(void **state)
{
	DEFINE_XARRAY(xa);
	XA_STATE(xas, &xa, 64);

	xa_store(&xa, 0, &pm, GFP_KERNEL);
	xas_set_update(&xas, count_update);
	do {
		xas_lock(&xas);
		xas_store(&xas, xa_mk_value(1));
		xas_unlock(&xas);
	} while (xas_nomem(&xas, GFP_KERNEL));
	assert_true(updates >= 3); /* two nodes above the entry, the new leaf */
	xa_lock(&xa);
	xa_delete_node(xas.xa_node, count_update);
	xa_unlock(&xa);
	assert_null(xa_load(&xa, 64));
	assert_ptr_equal(xa.xa_head, &pm);
	xa_destroy(&xa);
}

static void test_extract(void **state)
{
	DEFINE_XARRAY(xa);
	void *got[4];
	unsigned long i;

	for (i = 0; i < 200; i += 20) {
		xa_store(&xa, i, xa_mk_value(i), GFP_KERNEL);
		if (i % 40 == 0)
			xa_set_mark(&xa, i, XA_MARK_0);
	}
	assert_int_equal(xa_extract(&xa, got, 10, 1000, 4, XA_PRESENT), 4);
	assert_ptr_equal(got[3], xa_mk_value(80));
	assert_int_equal(xa_extract(&xa, got, 100, 170, 4, XA_MARK_0), 2);
	assert_ptr_equal(got[1], xa_mk_value(160));
	assert_int_equal(xa_extract(&xa, got, 0, 1000, 0, XA_PRESENT), 0);
	xa_destroy(&xa);
}

/* All nodes go back to the cache. */
static void test_no_node_is_left(void **state)
{
	struct quire_slabinfo info;
	DEFINE_XARRAY(xa);
	unsigned long i;

	for (i = 0; i < 5000; i++)
		assert_null(xa_store(&xa, i * 977, xa_mk_value(i), GFP_KERNEL));
	for (i = 0; i < 5000; i++)
		assert_ptr_equal(xa_erase(&xa, i * 977), xa_mk_value(i));
	assert_true(xa_empty(&xa));
	rcu_barrier();
	kmem_cache_shrink(quire_xa_node_cache());
	quire_slabinfo(quire_xa_node_cache(), &info);
	assert_int_equal(info.num_objs, 0);
}

static void test_validator_finds(void **state)
{
	DEFINE_XARRAY(xa);
	struct xa_node *node;

	xa_store(&xa, 1, &pm, GFP_KERNEL);
	xa_store(&xa, 100, &pm, GFP_KERNEL);
	node = xa_to_node(xa.xa_head);
	node->count++;
	assert_int_equal(quire_xa_validate(&xa), -EUCLEAN);
	assert_said(&pm, "X2: count is wrong");
	node->count--;
	node->marks[XA_MARK_1][0] = 2;
	assert_int_equal(quire_xa_validate(&xa), -EUCLEAN);
	assert_said(&pm, "X4");
	node->marks[XA_MARK_1][0] = 0;
	node->slots[5] = xa_mk_sibling(4);
	assert_int_equal(quire_xa_validate(&xa), -EUCLEAN);
	assert_said(&pm, "X3: sibling of no entry");
	node->slots[5] = NULL;
	xa_to_node(node->slots[1])->offset = 9;
	assert_int_equal(quire_xa_validate(&xa), -EUCLEAN);
	assert_said(&pm, "X1: the node below hangs elsewhere");
	xa_to_node(node->slots[1])->offset = 1;
	forget(&pm);
	xa_dump(&xa);
	assert_said(&pm, "100: ");
	assert_int_equal(quire_xa_validate(&xa), 0);
	xa_destroy(&xa);
}

/*
 * A reader has seen the mark of a slot, and reads the slot when a run covers it already: what is
 * there is no entry of its own.
 */
static void test_mark_of_a_covered_slot(void **state)
{
	struct xarray xa = XARRAY_INIT(xa, 0);
	XA_STATE(xas, &xa, 0);
	struct xa_node *node;
	void *was;

	store_order(&xa, 16, 0, xa_mk_value(16));
	store_order(&xa, 17, 0, xa_mk_value(17));
	store_order(&xa, 20, 0, xa_mk_value(20));
	xa_set_mark(&xa, 16, XA_MARK_0);
	xa_set_mark(&xa, 17, XA_MARK_0);
	xa_set_mark(&xa, 20, XA_MARK_0);
	rcu_read_lock();
	assert_ptr_equal(xas_find_marked(&xas, ULONG_MAX, XA_MARK_0), xa_mk_value(16));
	node = xas.xa_node;
	was = node->slots[17];
	node->slots[17] = xa_mk_sibling(16);
	assert_ptr_equal(xas_next_marked(&xas, ULONG_MAX, XA_MARK_0), xa_mk_value(20));
	assert_int_equal(xas.xa_index, 20);
	rcu_read_unlock();
	node->slots[17] = was;
	xa_destroy(&xa);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mark_of_a_covered_slot),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_head_and_leaf),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_marks_gather),
		cmocka_unit_test(test_conflicts),
		cmocka_unit_test(test_update_and_delete_node),
		cmocka_unit_test(test_extract),
		cmocka_unit_test(test_no_node_is_left),
		cmocka_unit_test(test_validator_finds),
	};

	return cmocka_run_group_tests(tests, up, down);
}
