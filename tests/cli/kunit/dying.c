// SPDX-License-Identifier: MIT
/* Cases that do not end by returning; those after them must run. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <kunit/test.h>

static int shared;

static void crashes(struct kunit *test)
{
	shared++;
	*(volatile int *)8 = 1;
}

static void bugs(struct kunit *test)
{
	BUG();
}

static void exits(struct kunit *test)
{
	exit(3);
}

static void exits_with_0(struct kunit *test)
{
	_exit(0);
}

static void hangs(struct kunit *test)
{
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	for (;;)
		usleep(1000);
}

static void prints_like_ktap(struct kunit *test)
{
	printf("ok 1 not_a_case\nnot ok 7\n");
	fprintf(stderr, "unfinished");
}

static void floods(struct kunit *test)
{
	int i;

	for (i = 0; i < 40000; i++)
		printf("%063d\n", i);
}

static void is_alone(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, shared, 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(crashes),	  KUNIT_CASE(bugs),	KUNIT_CASE(exits),
	KUNIT_CASE(exits_with_0), KUNIT_CASE(hangs),	KUNIT_CASE(prints_like_ktap),
	KUNIT_CASE(floods),	  KUNIT_CASE(is_alone), {}
};
static struct kunit_suite suite = { .name = "dying", .test_cases = cases };

static int crash_in_init(struct kunit_suite *s)
{
	return *(volatile int *)8;
}

static struct kunit_case alone[] = { KUNIT_CASE(is_alone), {} };
static struct kunit_suite early = { .name = "early",
				    .suite_init = crash_in_init,
				    .test_cases = alone };
static struct kunit_suite last = { .name = "last", .test_cases = alone };
kunit_test_suites(&suite, &early, &last);
