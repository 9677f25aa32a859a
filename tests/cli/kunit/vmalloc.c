// SPDX-License-Identifier: MIT
/* Areas of vmalloc() that outlive their case, freed twice, run over. */
#include <linux/vmalloc.h>
#include <linux/xarray.h>

#include <kunit/test.h>

static void *kept[3];

static void keeps_areas(struct kunit *test)
{
	int i;

	for (i = 0; i < 3; i++) {
		kept[i] = vzalloc(5000);
		KUNIT_EXPECT_NOT_NULL(test, kept[i]);
	}
}

static void keeps_none(struct kunit *test)
{
	void *p = kvmalloc(100 * PAGE_SIZE, GFP_KERNEL), *q = vmalloc(1);

	KUNIT_EXPECT_NOT_NULL(test, p);
	kvfree(p);
	vfree_atomic(q);
}

static void keeps_no_nodes(struct kunit *test)
{
	static DEFINE_XARRAY(xa);

	KUNIT_EXPECT_NULL(test, xa_store(&xa, 1000, xa_mk_value(1), GFP_KERNEL));
	xa_destroy(&xa);
}

static void frees_twice(struct kunit *test)
{
	void *p = vmalloc(PAGE_SIZE);

	vfree(p);
	vfree(p);
}

static void unmaps_nothing(struct kunit *test)
{
	vunmap((void *)VMALLOC_START);
}

static void runs_over(struct kunit *test)
{
	volatile char *p = vmalloc(3 * PAGE_SIZE);

	KUNIT_ASSERT_NOT_NULL(test, (void *)p);
	p[3 * PAGE_SIZE] = 1;
}

static noinline void let_go(char *p)
{
	vfree(p);
	OPTIMIZER_HIDE_VAR(p); /* no tail call: who frees is told */
}

static void uses_freed(struct kunit *test)
{
	volatile char *p = vmalloc(3 * PAGE_SIZE);

	KUNIT_ASSERT_NOT_NULL(test, (void *)p);
	let_go((char *)p);
	p[PAGE_SIZE + 5] = 1;
}

static struct kunit_case cases[] = { KUNIT_CASE(keeps_areas),	 KUNIT_CASE(keeps_none),
				     KUNIT_CASE(keeps_no_nodes), KUNIT_CASE(frees_twice),
				     KUNIT_CASE(unmaps_nothing), KUNIT_CASE(runs_over),
				     KUNIT_CASE(uses_freed),	 {} };
static struct kunit_suite suite = { .name = "areas", .test_cases = cases };
kunit_test_suite(suite);
