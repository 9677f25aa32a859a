// SPDX-License-Identifier: MIT
/* init and exit, skipping, failing without a check, parameters, who is the current test. */
#include <kunit/test-bug.h>
#include <kunit/test.h>

static int init(struct kunit *test)
{
	test->priv = "from init";
	kunit_info(test, "init");
	return strcmp(test->name, "init_fails") ? 0 : -EBUSY;
}

static void leave(struct kunit *test)
{
	kunit_info(test, "exit");
}

static void passes(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, (char *)test->priv, "from init");
	KUNIT_EXPECT_PTR_EQ(test, kunit_get_current_test(), test);
	kunit_log(KERN_INFO, test, KUNIT_SUBTEST_INDENT "# a line of its own");
}

static void init_fails(struct kunit *test)
{
	KUNIT_FAIL(test, "not reached");
}

static void skips(struct kunit *test)
{
	kunit_skip(test, "needs %d CPUs", 99);
	KUNIT_FAIL(test, "not reached");
}

static void is_marked_skipped(struct kunit *test)
{
	kunit_mark_skipped(test, "and goes on");
	kunit_warn(test, "still here");
}

static void fails_then_skips(struct kunit *test)
{
	kunit_set_failure(test);
	kunit_skip(test, "too late");
}

static void fails_from_afar(struct kunit *test)
{
	kunit_fail_current_test("code under test says %s", "no");
	kunit_err(test, "goes on");
}

static const struct number {
	int value;
	const char *name;
} numbers[] = { { 1, "one" }, { 2, NULL }, { 3, "three" } };

static void describe(const struct number *n, char *desc)
{
	if (n->name)
		strscpy(desc, n->name, KUNIT_PARAM_DESC_SIZE);
}
KUNIT_ARRAY_PARAM(number, numbers, describe);

static void takes_numbers(struct kunit *test)
{
	const struct number *n = test->param_value;

	KUNIT_EXPECT_EQ(test, test->param_index + 1, n->value);
	if (n->value == 3)
		kunit_skip(test, "three");
	KUNIT_EXPECT_NE(test, n->value, 2);
}

static const void *no_params(const void *prev, char *desc)
{
	return NULL;
}

static struct kunit_case cases[] = { KUNIT_CASE(passes),
				     KUNIT_CASE(init_fails),
				     KUNIT_CASE(skips),
				     KUNIT_CASE(is_marked_skipped),
				     KUNIT_CASE(fails_then_skips),
				     KUNIT_CASE(fails_from_afar),
				     KUNIT_CASE_PARAM(takes_numbers, number_gen_params),
				     KUNIT_CASE_PARAM(takes_numbers, no_params),
				     {} };
static struct kunit_suite suite = {
	.name = "control", .init = init, .exit = leave, .test_cases = cases
};

static int suite_init(struct kunit_suite *s)
{
	kunit_info(s, "suite_init");
	return 0;
}

static void suite_exit(struct kunit_suite *s)
{
	kunit_info(s, "suite_exit");
}

static int suite_fails(struct kunit_suite *s)
{
	return -ENODEV;
}

static struct kunit_case skipped[] = { KUNIT_CASE(skips), {} };
static struct kunit_suite around = {
	.name = "around", .suite_init = suite_init, .suite_exit = suite_exit, .test_cases = skipped
};
static struct kunit_suite broken = { .name = "broken",
				     .suite_init = suite_fails,
				     .test_cases = cases };
kunit_test_suites(&suite, &around);
kunit_test_suite(broken);
