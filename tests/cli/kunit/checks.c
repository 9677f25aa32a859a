// SPDX-License-Identifier: MIT
/* Each check of KUnit, passing and failing; what a failing one prints is compared word by word. */
#include <kunit/test.h>

#define FOUR 4

static int calls;

static int count_calls(void)
{
	return ++calls;
}

static void all_pass(struct kunit *test)
{
	const char *text = "text";
	unsigned char byte = 200;
	char same[] = "text";
	enum { RED, GREEN } colour = GREEN;

	KUNIT_SUCCEED(test);
	KUNIT_EXPECT_TRUE(test, text);
	KUNIT_EXPECT_FALSE(test, byte & 1);
	KUNIT_EXPECT_EQ(test, byte, 200ul);
	KUNIT_EXPECT_EQ(test, colour, GREEN);
	KUNIT_EXPECT_EQ(test, text, text);
	KUNIT_EXPECT_NE(test, byte, 199);
	KUNIT_EXPECT_LT(test, -1, 0);
	KUNIT_EXPECT_LE(test, byte, 200);
	KUNIT_EXPECT_GT(test, 1ull << 63, 5ull);
	KUNIT_EXPECT_GE(test, byte, 200);
	KUNIT_EXPECT_PTR_EQ(test, (void *)test, test);
	KUNIT_EXPECT_PTR_NE(test, text, same);
	KUNIT_EXPECT_NULL(test, NULL);
	KUNIT_EXPECT_NOT_NULL(test, same);
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, text);
	KUNIT_EXPECT_STREQ(test, text, same);
	KUNIT_EXPECT_STRNEQ(test, text, "other");
	KUNIT_EXPECT_MEMEQ(test, text, same, sizeof(same));
	KUNIT_EXPECT_MEMNEQ(test, text, "tex!", 4);
	KUNIT_EXPECT_EQ_MSG(test, 1, 1, "not %s", "printed");
	KUNIT_ASSERT_NOT_ERR_OR_NULL_MSG(test, text, "not %s", "printed");
	KUNIT_ASSERT_EQ(test, count_calls(), 1);
	KUNIT_ASSERT_TRUE(test, count_calls() == 2);
	KUNIT_ASSERT_STREQ(test, count_calls() == 3 ? "once" : "again", "once");
}

static void all_fail(struct kunit *test)
{
	const char *text = "text", *none = NULL;
	unsigned char bytes[20] = { 1, 2 }, others[20] = { 1, 2 };
	int three = 3;

	others[17] = 9;
	KUNIT_EXPECT_TRUE(test, three == FOUR);
	KUNIT_EXPECT_FALSE(test, text);
	KUNIT_EXPECT_EQ(test, three + 1, 5);
	KUNIT_EXPECT_NE(test, three, 3L);
	KUNIT_EXPECT_LT(test, FOUR, three);
	KUNIT_EXPECT_LE(test, 0, -1);
	KUNIT_EXPECT_GT(test, three, FOUR);
	KUNIT_EXPECT_GE(test, three, FOUR);
	KUNIT_EXPECT_PTR_EQ(test, (void *)16, none);
	KUNIT_EXPECT_NULL(test, (void *)16);
	KUNIT_EXPECT_NOT_NULL(test, none);
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, none);
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, ERR_PTR(-ENOMEM));
	KUNIT_EXPECT_STREQ(test, text, "other");
	KUNIT_EXPECT_STREQ(test, none, text);
	KUNIT_EXPECT_STRNEQ(test, text, "text");
	KUNIT_EXPECT_MEMEQ(test, bytes, others, 20);
	KUNIT_EXPECT_MEMNEQ(test, bytes, bytes, 2);
	KUNIT_EXPECT_MEMEQ(test, bytes, none, 2);
	KUNIT_EXPECT_EQ_MSG(test, three, FOUR, "in round %d", 7);
	KUNIT_FAIL(test, "because of %pe", ERR_PTR(-EIO));
	KUNIT_ASSERT_EQ(test, three, FOUR);
	KUNIT_FAIL(test, "not reached");
}

static void fail_and_abort(struct kunit *test)
{
	KUNIT_FAIL_AND_ABORT(test, "no more");
	KUNIT_FAIL(test, "not reached");
}

static struct kunit_case cases[] = {
	KUNIT_CASE(all_pass), KUNIT_CASE(all_fail), KUNIT_CASE_SLOW(fail_and_abort), {}
};
static struct kunit_suite suite = { .name = "checks", .test_cases = cases };
kunit_test_suite(suite);
