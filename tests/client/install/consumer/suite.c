/* SPDX-License-Identifier: MIT */
/* suite.c - a KUnit suite as a kernel developer writes it, on the installed headers and library. */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/slab.h>

static void takes_and_gives_back(struct kunit *test)
{
	char *p = kmalloc(100, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, ksize(p), 128);
	kfree(p);
}

static struct kunit_case cases[] = { KUNIT_CASE(takes_and_gives_back), {} };

static struct kunit_suite suite = {
	.name = "installed",
	.test_cases = cases,
};
kunit_test_suites(&suite);

MODULE_LICENSE("Dual MIT/GPL");
