// SPDX-License-Identifier: MIT
/* Objects that outlive their case, bytes written where they must not be. */
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/timer.h>

#include <kunit/test.h>

static void *kept[2];

static void keeps_two(struct kunit *test)
{
	kept[0] = kmalloc(64, GFP_KERNEL);
	kept[1] = kzalloc(200, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, kept[0]);
	KUNIT_EXPECT_NOT_NULL(test, kept[1]);
}

static void keeps_none(struct kunit *test)
{
	void *p = kmalloc(64, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, kunit_kmalloc(test, 64, GFP_KERNEL));
	kfree(p);
}

struct late {
	struct rcu_head rcu;
	long value[4];
};

static void frees_later(struct kunit *test)
{
	struct late *a = kmalloc(sizeof(*a), GFP_KERNEL), *b = kmalloc(sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, a);
	KUNIT_ASSERT_NOT_NULL(test, b);
	kfree_rcu(a, rcu);
	kfree_rcu_mightsleep(b);
}

static void overruns(struct kunit *test)
{
	volatile char *p = kmalloc(64, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, (void *)p);
	p[64] = 1;
	kfree((void *)p);
}

static void writes_after_free(struct kunit *test)
{
	volatile char *p = kmalloc(64, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, (void *)p);
	kfree((void *)p);
	p[20] = 1;
}

static void frees_twice(struct kunit *test)
{
	void *p = kmalloc(64, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	kfree(p);
	kfree(p);
}

static void rings(struct timer_list *timer)
{
}

static void frees_a_queued_timer(struct kunit *test)
{
	struct timer_list *first = kmalloc(sizeof(*first), GFP_KERNEL);
	struct timer_list *second = kmalloc(sizeof(*second), GFP_KERNEL);

	timer_setup(first, rings, 0);
	timer_setup(second, rings, 0);
	mod_timer(first, jiffies + 1000000);
	mod_timer(second, jiffies + 2000000);
	kfree(first);
	KUNIT_EXPECT_EQ(test, del_timer_sync(second), 1);
	kfree(second);
}

static struct kunit_case cases[] = { KUNIT_CASE(keeps_two),
				     KUNIT_CASE(keeps_none),
				     KUNIT_CASE(overruns),
				     KUNIT_CASE(writes_after_free),
				     KUNIT_CASE(frees_twice),
				     KUNIT_CASE(frees_later),
				     KUNIT_CASE(frees_a_queued_timer),
				     {} };
static struct kunit_suite suite = { .name = "leaks", .test_cases = cases };
kunit_test_suite(suite);
