/* SPDX-License-Identifier: MIT */
/*
 * sort.c - heap sort; the contract stands in linux/sort.h.
 *
 * The array is a heap: no element is smaller than its children, those of i at 2i + 1 and 2i + 2.
 * First the heap is made from its last parent on; then the largest element, the first, goes to the
 * end, and the heap is one shorter.
 *
 * Source: J. W. J. Williams, "Algorithm 232: Heapsort" (CACM 7, 1964).
 */
#include <linux/sort.h>

struct order {
	unsigned char *base;
	size_t size;
	cmp_r_func_t compare;
	swap_r_func_t exchange; /* NULL: bytes */
	const void *priv;
};

static int compare(const struct order *o, size_t a, size_t b)
{
	return o->compare(o->base + a * o->size, o->base + b * o->size, o->priv);
}

static void exchange(const struct order *o, size_t a, size_t b)
{
	unsigned char *p = o->base + a * o->size, *q = o->base + b * o->size;
	size_t i;

	if (o->exchange) {
		o->exchange(p, q, (int)o->size, o->priv);
		return;
	}
	for (i = 0; i < o->size; i++)
		swap(p[i], q[i]);
}

/* The element at @at goes down until no child is larger. */
static void sink(const struct order *o, size_t at, size_t nr)
{
	size_t child;

	while ((child = 2 * at + 1) < nr) {
		if (child + 1 < nr && compare(o, child, child + 1) < 0)
			child++;
		if (compare(o, at, child) >= 0)
			return;
		exchange(o, at, child);
		at = child;
	}
}

void sort_r(void *base, size_t num, size_t size, cmp_r_func_t cmp_func, swap_r_func_t swap_func,
	    const void *priv)
{
	const struct order o = { base, size, cmp_func, swap_func, priv };
	size_t i;

	for (i = num / 2; i-- > 0;)
		sink(&o, i, num);
	for (i = num; i-- > 1;) {
		exchange(&o, 0, i);
		sink(&o, 0, i);
	}
}

struct plain {
	cmp_func_t compare;
	swap_func_t exchange;
};

static int plain_compare(const void *a, const void *b, const void *priv)
{
	return ((const struct plain *)priv)->compare(a, b);
}

static void plain_exchange(void *a, void *b, int size, const void *priv)
{
	((const struct plain *)priv)->exchange(a, b, size);
}

void sort(void *base, size_t num, size_t size, cmp_func_t cmp_func, swap_func_t swap_func)
{
	const struct plain plain = { cmp_func, swap_func };

	sort_r(base, num, size, plain_compare, swap_func ? plain_exchange : NULL, &plain);
}
