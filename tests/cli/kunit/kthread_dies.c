// SPDX-License-Identifier: MIT
/* Kthreads and work that die while their case comes to its end without waiting for them. */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/workqueue.h>

#include <kunit/test.h>

static int begun;

static void stray_read(void)
{
	const volatile long *nowhere = (const volatile long *)8;

	WRITE_ONCE(begun, 1);
	(void)*nowhere;
}

static int thread(void *arg)
{
	stray_read();
	return 0;
}

static void work(struct work_struct *w)
{
	stray_read();
}
static DECLARE_WORK(item, work);

static int far_thread(void *arg)
{
	volatile char at[8];
	volatile int index = 9;

	WRITE_ONCE(begun, 1);
	at[index] = 1;
	return at[index - 9];
}

static int big_thread(void *arg)
{
	volatile int i = 40;

	WRITE_ONCE(begun, 1);
	i = 1 << i; /* UBSan: shift exponent */
	return i;
}

/* Begun, and some time for the first instructions of the report; not for all of it. */
static void until_begun(void)
{
	while (!READ_ONCE(begun))
		msleep(1);
	msleep(20);
}

static void on_kthread(struct kunit *test)
{
	KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(thread, NULL, "dies")));
	until_begun();
}

static void in_work(struct kunit *test)
{
	schedule_work(&item);
	until_begun();
}

static void overrun(struct kunit *test)
{
	KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(far_thread, NULL, "far")));
	until_begun();
}

static void overflow(struct kunit *test)
{
	KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(big_thread, NULL, "big")));
	until_begun();
}

static struct kunit_case cases[] = {
	KUNIT_CASE(on_kthread), KUNIT_CASE(in_work), KUNIT_CASE(overrun), KUNIT_CASE(overflow), {}
};
static struct kunit_suite suite = { .name = "kthread_dies", .test_cases = cases };
kunit_test_suite(suite);
