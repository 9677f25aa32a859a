// SPDX-License-Identifier: MIT
/* Checks on threads other than the case's. */
#include <linux/completion.h>
#include <linux/kthread.h>

#include <kunit/test.h>

static DECLARE_COMPLETION(started);

static int expects(void *test)
{
	complete(&started);
	KUNIT_EXPECT_EQ((struct kunit *)test, 1, 2);
	return 5;
}

static void expect_on_a_thread(struct kunit *test)
{
	struct task_struct *task = kthread_create(expects, test, "expects");

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	get_task_struct(task);
	wake_up_process(task);
	wait_for_completion(&started);
	KUNIT_EXPECT_EQ(test, kthread_stop(task), 5);
	put_task_struct(task);
	kunit_info(test, "goes on");
}

static int asserts(void *test)
{
	complete(&started);
	KUNIT_ASSERT_EQ((struct kunit *)test, 1, 2);
	kunit_info((struct kunit *)test, "not reached");
	return 0;
}

static void assert_on_a_thread(struct kunit *test)
{
	struct task_struct *task = kthread_create(asserts, test, "asserts");

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	get_task_struct(task);
	wake_up_process(task);
	wait_for_completion(&started);
	kthread_stop(task);
	put_task_struct(task);
	kunit_info(test, "goes on");
}

static struct kunit_case cases[] = { KUNIT_CASE(expect_on_a_thread),
				     KUNIT_CASE(assert_on_a_thread),
				     {} };
static struct kunit_suite suite = { .name = "threads", .test_cases = cases };
kunit_test_suite(suite);
