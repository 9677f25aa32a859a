// SPDX-License-Identifier: MIT
/* Arrays that give their lock back to get a node: with GFP_KERNEL that is no sleep in atomic
 * context. */
#include <kunit/test.h>
#include <linux/xarray.h>

static DEFINE_XARRAY_ALLOC(array);

static void allocates(struct kunit *test)
{
	u32 id, next = 5;

	if (!xa_alloc(&array, &id, &array, XA_LIMIT(1, 1000), GFP_KERNEL))
		xa_erase(&array, id);
	if (!xa_alloc_irq(&array, &id, &array, XA_LIMIT(1, 1000), GFP_KERNEL))
		xa_erase(&array, id);
	if (xa_alloc_cyclic(&array, &id, &array, XA_LIMIT(1, 1000), &next, GFP_KERNEL) >= 0)
		xa_erase(&array, id);
	xa_destroy(&array);
}

static void stores(struct kunit *test)
{
	xa_store(&array, 70, &array, GFP_KERNEL);
	xa_store_irq(&array, 7000, &array, GFP_KERNEL);
	xa_cmpxchg(&array, 700000, NULL, &array, GFP_KERNEL);
	xa_destroy(&array);
}

static void inserts(struct kunit *test)
{
	if (xa_insert(&array, 70, &array, GFP_KERNEL) ||
	    xa_insert_bh(&array, 7000, &array, GFP_KERNEL) ||
	    xa_reserve(&array, 700000, GFP_KERNEL))
		kunit_info(test, "no memory");
	xa_destroy(&array);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(allocates), KUNIT_CASE(stores), KUNIT_CASE(inserts), {}
};
static struct kunit_suite suite = { .name = "arrays", .test_cases = cases };
kunit_test_suite(suite);
