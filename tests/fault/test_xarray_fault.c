/* SPDX-License-Identifier: MIT */
/*
 * test_xarray_fault.c - no memory from the n-th node on, n = 1, 2, ...: each operation either
 * succeeds or leaves its array as it was, word by word, and no node is lost.
 */
#include "page_machine.h"

#include <quire/fault.h>
#include <quire/idr.h>
#include <quire/slab.h>

#define NODE_BYTES 576
#define MAX_WORDS  4096

static struct page_machine pm;

/* What an array looks like: every word of every node, in order. */
struct picture {
	unsigned long words[MAX_WORDS];
	unsigned int nr;
};

static void add_word(struct picture *p, unsigned long word)
{
	assert_true(p->nr < MAX_WORDS);
	p->words[p->nr++] = word;
}

static void draw_node(struct picture *p, const struct xa_node *node)
{
	unsigned int i;

	add_word(p, (unsigned long)node);
	add_word(p, (unsigned long)node->count << 16 | (unsigned long)node->nr_values << 8 |
			    node->shift);
	for (i = 0; i < 3; i++)
		add_word(p, node->marks[i][0]);
	for (i = 0; i < XA_CHUNK_SIZE; i++) {
		if (!node->slots[i])
			continue;
		add_word(p, i);
		add_word(p, (unsigned long)node->slots[i]);
		if (node->shift && xa_is_node(node->slots[i]))
			draw_node(p, xa_to_node(node->slots[i]));
	}
}

static void draw(struct picture *p, const struct xarray *xa)
{
	p->nr = 0;
	add_word(p, xa->xa_flags);
	add_word(p, (unsigned long)xa->xa_head);
	if (xa_is_node(xa->xa_head))
		draw_node(p, xa_to_node(xa->xa_head));
}

static unsigned long nodes_in_use(void)
{
	struct quire_slabinfo info;

	rcu_barrier();
	kmem_cache_shrink(quire_xa_node_cache());
	quire_slabinfo(quire_xa_node_cache(), &info);
	return info.active_objs;
}

/* The operations; each on an array with entries at 1, 70 and a run at 128. Return: 0 or errno. */

static int op_store(struct xarray *xa)
{
	return xa_err(xa_store(xa, 5ul << 50, xa_mk_value(1), GFP_NOWAIT));
}

static int op_store_sleeping(struct xarray *xa)
{
	return xa_err(xa_store(xa, 1ul << 61, xa_mk_value(1), GFP_KERNEL | __GFP_NOWARN));
}

static int op_run(struct xarray *xa)
{
	XA_STATE_ORDER(xas, xa, 1ul << 40, 8);

	do {
		xas_lock(&xas);
		xas_store(&xas, xa_mk_value(2));
		xas_unlock(&xas);
	} while (xas_nomem(&xas, GFP_KERNEL | __GFP_NOWARN));
	return xas_error(&xas);
}

static int op_range(struct xarray *xa)
{
	return xa_err(xa_store_range(xa, 60, 123456789, xa_mk_value(3), GFP_NOWAIT));
}

static int op_insert(struct xarray *xa)
{
	return xa_insert(xa, 1ul << 30, xa_mk_value(4), GFP_NOWAIT);
}

static int op_reserve(struct xarray *xa)
{
	return xa_reserve(xa, 1ul << 33, GFP_NOWAIT);
}

static int op_split(struct xarray *xa)
{
	XA_STATE_ORDER(xas, xa, 128, 2);

	xas_split_alloc(&xas, xa_mk_value(128), 7, GFP_KERNEL | __GFP_NOWARN);
	if (xas_error(&xas))
		return xas_error(&xas);
	xas_lock(&xas);
	xas_split(&xas, xa_mk_value(128), 7);
	xas_unlock(&xas);
	return 0;
}

static int (*const ops[])(struct xarray *xa) = {
	op_store, op_store_sleeping, op_run, op_range, op_insert, op_reserve, op_split,
};

static void fail_from(unsigned int nth)
{
	struct quire_fault_attr attr = QUIRE_FAULT_ATTR_INIT;

	attr.probability = 100;
	attr.times = -1;
	attr.space = (s64)(nth - 1) * NODE_BYTES;
	assert_int_equal(quire_fault_attr_set(pm.m, QUIRE_FAULT_SLAB_ALLOC, &attr), 0);
}

static void fail_no_more(void)
{
	assert_int_equal(quire_fault_attr_set(pm.m, QUIRE_FAULT_SLAB_ALLOC, NULL), 0);
}

static void fill(struct xarray *xa)
{
	XA_STATE_ORDER(xas, xa, 128, 7);

	xa_store(xa, 1, xa_mk_value(1), GFP_KERNEL);
	xa_store(xa, 70, &pm, GFP_KERNEL);
	xa_set_mark(xa, 70, XA_MARK_1);
	do {
		xas_lock(&xas);
		xas_store(&xas, xa_mk_value(128));
		xas_unlock(&xas);
	} while (xas_nomem(&xas, GFP_KERNEL));
}

static unsigned int sweep(int (*op)(struct xarray *xa))
{
	static struct picture before, after;
	unsigned int nth, failures = 0;
	int err = -ENOMEM;

	for (nth = 1; err && nth < 100; nth++) {
		unsigned long nodes = nodes_in_use();
		DEFINE_XARRAY(xa);

		fill(&xa);
		draw(&before, &xa);
		fail_from(nth);
		err = op(&xa);
		fail_no_more();
		assert_int_equal(quire_xa_validate(&xa), 0);
		if (err) {
			assert_int_equal(err, -ENOMEM);
			draw(&after, &xa);
			assert_int_equal(before.nr, after.nr);
			assert_memory_equal(before.words, after.words, before.nr * sizeof(long));
			failures++;
		}
		xa_destroy(&xa);
		assert_int_equal(nodes_in_use(), nodes);
	}
	if (err)
		fail_msg("still -ENOMEM after %u nodes", nth);
	return failures;
}

static void test_each_operation(void **state)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ops); i++)
		assert_true(sweep(ops[i]) > 0);
}

/* Ids: what could not be given is not taken. */
static void test_ids(void **state)
{
	DEFINE_XARRAY_ALLOC(xa);
	unsigned int nth;
	DEFINE_IDR(idr);
	DEFINE_IDA(ida);
	u32 id;

	for (nth = 1; nth < 8; nth++) {
		fail_from(nth);
		id = 9;
		if (xa_alloc(&xa, &id, &pm, XA_LIMIT(1000000, 2000000), GFP_NOWAIT)) {
			assert_int_equal(id, 9);
			assert_true(xa_empty(&xa));
		}
		id = 4000000;
		if (idr_alloc_u32(&idr, &pm, &id, 5000000, GFP_NOWAIT)) {
			assert_int_equal(id, 4000000);
			assert_true(idr_is_empty(&idr));
		}
		if (ida_alloc_min(&ida, 77777777, GFP_NOWAIT) < 0)
			assert_true(ida_is_empty(&ida));
		fail_no_more();
		assert_int_equal(quire_xa_validate(&xa), 0);
		assert_int_equal(quire_xa_validate(&idr.idr_rt), 0);
		assert_int_equal(quire_xa_validate(&ida.xa), 0);
		xa_destroy(&xa);
		idr_destroy(&idr);
		ida_destroy(&ida);
	}
	fail_from(1);
	assert_int_equal(ida_alloc_min(&ida, 77777777, GFP_KERNEL | __GFP_NOWARN), -ENOMEM);
	fail_no_more();
	assert_int_equal(radix_tree_preload(GFP_KERNEL), 0);
	fail_from(1);
	assert_int_equal(idr_alloc(&idr, &pm, 1 << 30, 0, GFP_NOWAIT), 1 << 30); /* set aside */
	fail_no_more();
	idr_destroy(&idr);
	quire_xa_cpu_dead(0);
	assert_int_equal(nodes_in_use(), 0);
}

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_operation),
		cmocka_unit_test(test_ids),
	};

	return cmocka_run_group_tests(tests, up, down);
}
