/* SPDX-License-Identifier: MIT */
/*
 * test_xarray_model.c - random operations on an array against a flat table of its indices.
 *
 * The table has a row per index of two windows, one at 0 and one far up: which run the index
 * belongs to, its word, its marks. After each operation the tree is validated; now and then
 * everything that can be read is compared.
 */
#include "page_machine.h"
#include "seeded.h"

#include <quire/xarray.h>

#define WINDOW	  8192u
#define NR_ROWS	  (2 * WINDOW)
#define FAR	  (1ul << 40)
#define TOP_ORDER 11u
#define STEPS	  30000

static struct page_machine pm;
static DEFINE_XARRAY(array);

/* Row @row stands for an index; the first row of its run is @base. */
struct row {
	void *entry;
	unsigned int base, order;
	unsigned int marks;
};
static struct row rows[NR_ROWS];

static unsigned long index_of(unsigned int row)
{
	return row < WINDOW ? row : FAR + row - WINDOW;
}

static unsigned int row_of(unsigned long index)
{
	return index < FAR ? (unsigned int)index : (unsigned int)(index - FAR) + WINDOW;
}

static void set_run(unsigned int base, unsigned int order, void *entry, unsigned int marks)
{
	unsigned int i;

	for (i = base; i < base + (1u << order); i++) {
		rows[i].entry = entry;
		rows[i].base = entry ? base : i;
		rows[i].order = entry ? order : 0;
		rows[i].marks = entry ? marks : 0;
	}
}

/* What a store of @entry at the run of @order around @row does. */
static void model_store(unsigned int row, unsigned int order, void *entry)
{
	unsigned int base = row & ~((1u << order) - 1), marks = 0, i;

	if (rows[base].entry && rows[base].order >= order && entry) {
		base = rows[base].base;
		set_run(base, rows[base].order, entry, rows[base].marks);
		return;
	}
	for (i = base; i < base + (1u << order); i++) {
		marks |= rows[i].marks;
		if (!entry && rows[i].entry)
			set_run(rows[i].base, rows[i].order, NULL, 0);
	}
	if (entry)
		set_run(base, order, entry, marks);
}

static void *random_entry(void)
{
	static char things[64][4] __attribute__((aligned(4)));

	if (seeded_one_in(2))
		return xa_mk_value(seeded_below(1000));
	if (seeded_one_in(8)) /* of any alignment */
		return things[seeded_below(64)] + seeded_below(4);
	return things[seeded_below(64)];
}

static void store_order(unsigned long index, unsigned int order, void *entry)
{
	XA_STATE_ORDER(xas, &array, index, order);

	do {
		xas_lock(&xas);
		xas_store(&xas, entry);
		xas_unlock(&xas);
	} while (xas_nomem(&xas, GFP_KERNEL));
	seeded_assert(!xas_error(&xas));
}

static unsigned int random_row(void)
{
	unsigned int row = (unsigned int)seeded_below(NR_ROWS);

	return seeded_one_in(2) ? row : row & ~63u; /* often at a node's first slot */
}

static void do_store_order(void)
{
	unsigned int order = (unsigned int)seeded_below(TOP_ORDER + 1), row = random_row();
	void *entry = seeded_one_in(4) ? NULL : random_entry();

	/* words that look like nodes live in leaves alone */
	if (order && entry && !xa_is_value(entry) && (unsigned long)entry & 3)
		entry = xa_mk_value(1);
	if (rows[row & ~((1u << order) - 1)].order && entry && !xa_is_value(entry) &&
	    (unsigned long)entry & 3)
		return;
	store_order(index_of(row), order, entry);
	model_store(row, order, entry);
}

static void do_normal(void)
{
	unsigned int row = random_row();
	unsigned long index = index_of(row);
	struct row was = rows[row];
	void *entry = random_entry();

	if (was.order && !xa_is_value(entry) && (unsigned long)entry & 3)
		entry = xa_mk_value(2);
	switch (seeded_below(5)) {
	case 0:
		seeded_assert(xa_store(&array, index, entry, GFP_KERNEL) == was.entry);
		model_store(row, 0, entry);
		break;
	case 1:
		seeded_assert(xa_erase(&array, index) == was.entry);
		model_store(row, 0, NULL);
		break;
	case 2:
		seeded_assert(xa_insert(&array, index, entry, GFP_KERNEL) ==
			      (was.entry ? -EBUSY : 0));
		if (!was.entry)
			model_store(row, 0, entry);
		break;
	case 3:
		seeded_assert(xa_cmpxchg(&array, index, was.entry, entry, GFP_KERNEL) == was.entry);
		model_store(row, 0, entry);
		break;
	case 4:
		seeded_assert(xa_cmpxchg(&array, index, &pm, entry, GFP_KERNEL) == was.entry);
		break;
	}
}

static void do_mark(void)
{
	unsigned int row = random_row(), mark = (unsigned int)seeded_below(3);
	unsigned int base = rows[row].base, i;

	if (!rows[row].entry)
		base = row;
	if (seeded_one_in(3)) {
		xa_clear_mark(&array, index_of(row), mark);
		for (i = base; i < base + (1u << rows[row].order); i++)
			rows[i].marks &= ~(1u << mark);
	} else {
		xa_set_mark(&array, index_of(row), mark);
		for (i = base; rows[row].entry && i < base + (1u << rows[base].order); i++)
			rows[i].marks |= 1u << mark;
	}
}

/* The first row at or behind @row whose run matches, NR_ROWS: none. */
static unsigned int model_find(unsigned int row, unsigned int filter)
{
	for (; row < NR_ROWS; row++)
		if (rows[row].entry && (filter == 8 || rows[row].marks & 1u << filter))
			break;
	return row;
}

static void do_find(void)
{
	unsigned int row = random_row(),
		     filter = seeded_one_in(2) ? 8 : (unsigned int)seeded_below(3);
	unsigned int found = model_find(row, filter), next;
	unsigned long index = index_of(row);
	void *entry = xa_find(&array, &index, ULONG_MAX, filter);

	if (found == NR_ROWS) {
		seeded_assert(!entry);
		return;
	}
	seeded_assert(entry == rows[found].entry);
	seeded_assert(index == index_of(found));

	next = model_find(rows[found].base + (1u << rows[found].order), filter);
	entry = xa_find_after(&array, &index, ULONG_MAX, filter);
	seeded_assert(entry == (next == NR_ROWS ? NULL : rows[next].entry));
	seeded_assert(!entry || index == index_of(next));
}

static void do_range(void)
{
	unsigned int first = (unsigned int)seeded_below(WINDOW),
		     len = 1 + (unsigned int)seeded_below(600);
	unsigned int far = seeded_one_in(2) ? WINDOW : 0, last = first + len - 1, order;
	void *entry = seeded_one_in(3) ? NULL : xa_mk_value(seeded_below(50));

	if (last >= WINDOW)
		last = WINDOW - 1;
	seeded_assert(!xa_store_range(&array, index_of(far + first), index_of(far + last), entry,
				      GFP_KERNEL));
	while (first <= last) {
		for (order = 0; order < TOP_ORDER + 2; order++)
			if (first & ((2u << order) - 1) || first + (2u << order) - 1 > last)
				break;
		model_store(far + first, order, entry);
		first += 1u << order;
	}
}

static void do_split(void)
{
	unsigned int row = random_row(), base = rows[row].base, order = rows[row].order, to, i;
	void *entry = rows[row].entry;

	if (!entry || !order)
		return;
	to = (unsigned int)seeded_below(order);
	if (to - to % XA_CHUNK_SHIFT + 2 * XA_CHUNK_SHIFT <= order)
		return;
	{
		XA_STATE_ORDER(xas, &array, index_of(base), to);

		xas_split_alloc(&xas, entry, order, GFP_KERNEL);
		seeded_assert(!xas_error(&xas));
		xas_lock(&xas);
		xas_split(&xas, entry, order);
		xas_unlock(&xas);
		xas_destroy(&xas);
	}
	for (i = base; i < base + (1u << order); i++) {
		rows[i].base = i & ~((1u << to) - 1);
		rows[i].order = to;
	}
}

static void compare_all(void)
{
	unsigned int row, mark, seen = 0, expected = 0;
	unsigned long index;
	void *entry;

	for (row = 0; row < NR_ROWS; row++) {
		seeded_assert(xa_load(&array, index_of(row)) == rows[row].entry);
		seeded_assert(xa_get_order(&array, index_of(row)) == (int)rows[row].order);
		for (mark = 0; mark < 3; mark++)
			seeded_assert(xa_get_mark(&array, index_of(row), mark) ==
				      !!(rows[row].marks & 1u << mark));
		expected += rows[row].entry && rows[row].base == row;
	}
	xa_for_each(&array, index, entry)
	{
		row = row_of(index);
		seeded_assert(rows[row].base == row && rows[row].entry == entry);
		seen++;
	}
	seeded_assert(seen == expected);
	seeded_assert(xa_empty(&array) == !expected);
}

static void check_walk(void)
{
	unsigned int row = random_row() % WINDOW, i;
	XA_STATE(xas, &array, row);

	rcu_read_lock();
	for (i = 0; i < 200 && row + i < WINDOW; i++) {
		void *entry = i ? xas_next(&xas) : xas_load(&xas);

		seeded_assert(xas.xa_index == row + i);
		if (xa_is_sibling(entry)) {
			seeded_assert(rows[row + i].base != row + i);
			continue;
		}
		if (!rows[row + i].order)
			seeded_assert(entry == rows[row + i].entry);
	}
	rcu_read_unlock();
}

static void test_model(void **state)
{
	unsigned int step, i;

	seeded_begin("test_xarray_model", 1);
	page_machine_config(&pm, 64);
	page_machine_start(&pm);
	for (i = 0; i < NR_ROWS; i++)
		rows[i].base = i;
	for (step = 0; step < STEPS; step++) {
		switch (seeded_below(8)) {
		case 0:
		case 1:
			do_store_order();
			break;
		case 2:
		case 3:
			do_normal();
			break;
		case 4:
			do_mark();
			break;
		case 5:
			do_find();
			break;
		case 6:
			seeded_one_in(4) ? do_range() : check_walk();
			break;
		case 7:
			do_split();
			break;
		}
		if (quire_xa_validate(&array)) {
			print_error("%s", pm.log);
			seeded_assert(!"valid");
		}
		if (step % 1000 == 0)
			compare_all();
		if (seeded_one_in(3000)) {
			xa_destroy(&array);
			for (i = 0; i < NR_ROWS; i++)
				set_run(i, 0, NULL, 0);
			seeded_assert(xa_empty(&array));
		}
	}
	compare_all();
	xa_destroy(&array);
	rcu_barrier();
	page_machine_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_model) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
