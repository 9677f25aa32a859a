// SPDX-License-Identifier: MIT
/* For --fail-nth: code that bears failing allocations, and code that does not. */
#include <linux/slab.h>

#include <kunit/test.h>

static void bears_it(struct kunit *test)
{
	void *a = kmalloc(64, GFP_KERNEL), *b = a ? kmalloc(64, GFP_KERNEL) : NULL;

	KUNIT_EXPECT_NOT_NULL(test, b);
	kfree(a);
	kfree(b);
}

static void crashes_at_the_second(struct kunit *test)
{
	void *a = kmalloc(64, GFP_KERNEL);
	volatile char *b = kmalloc(64, GFP_KERNEL);

	*b = 1;
	kfree((void *)b);
	kfree(a);
}

static void leaks_at_the_third(struct kunit *test)
{
	void *a = kmalloc(64, GFP_KERNEL), *b = kmalloc(64, GFP_KERNEL),
	     *c = kmalloc(64, GFP_KERNEL);

	if (c || !a || !b)
		kfree(a);
	kfree(b);
	kfree(c);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(bears_it), KUNIT_CASE(crashes_at_the_second), KUNIT_CASE(leaks_at_the_third), {}
};
static struct kunit_suite suite = { .name = "nth", .test_cases = cases };
kunit_test_suite(suite);
