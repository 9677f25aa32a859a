// SPDX-License-Identifier: MIT
/*
 * A driver that a case stops and starts again: what it has then is what it had. Where the case
 * leaves one thing more, that alone is told.
 */
#include <linux/delay.h>
#include <linux/idr.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include <kunit/test.h>

static struct kmem_cache *cache, *numbered, *more;
static void *object, *small, *lost;
static struct task_struct *thread;

static int loop(void *data)
{
	while (!kthread_should_stop())
		msleep(5);
	return 0;
}

static int my_start(void)
{
	static int starts;
	char name[20];

	snprintf(name, sizeof(name), "mine-%d", starts++);
	cache = kmem_cache_create("mine", 100, 0, 0, NULL);
	numbered = kmem_cache_create(name, 300, 0, 0, NULL);
	object = kmem_cache_alloc(cache, GFP_KERNEL);
	small = kmem_cache_alloc(numbered, GFP_KERNEL);
	thread = kthread_run(loop, NULL, "mine");
	return object && small ? 0 : -ENOMEM;
}

static void my_stop(void)
{
	kthread_stop(thread);
	kmem_cache_free(numbered, small);
	kmem_cache_free(cache, object);
	kmem_cache_destroy(numbered);
	kmem_cache_destroy(cache);
}

/* Of the suite: what a module's exit gives back is not counted. */
static int begin(struct kunit_suite *suite)
{
	return my_start();
}

static void end(struct kunit_suite *suite)
{
	if (lost)
		kmem_cache_free(cache, lost);
	my_stop();
}

static void restarts(struct kunit *test)
{
	my_stop();
	KUNIT_EXPECT_EQ(test, my_start(), 0);
}

/* Something lies where the first ones lay, so that the new ones have other addresses. */
static void restarts_twice(struct kunit *test)
{
	my_stop();
	more = kmem_cache_create("between", 100, 0, 0, NULL);
	KUNIT_EXPECT_EQ(test, my_start(), 0);
	kmem_cache_destroy(more);
	restarts(test);
}

static void leaves_thread(struct kunit *test)
{
	restarts(test);
	kthread_run(loop, NULL, "second");
}

static void leaves_cache(struct kunit *test)
{
	restarts(test);
	more = kmem_cache_create("mine", 100, 0, 0, NULL);
}

static void leaves_other_cache(struct kunit *test)
{
	more = kmem_cache_create("other", 100, 0, 0, NULL);
	kmem_cache_free(cache, object);
	kmem_cache_destroy(cache);
	cache = more;
	object = kmem_cache_alloc(cache, GFP_KERNEL);
}

static void leaves_object(struct kunit *test)
{
	restarts(test);
	lost = kmem_cache_alloc(cache, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, lost);
}

static DEFINE_IDR(idr);
static DEFINE_SPINLOCK(lock);

/* What is set aside for the CPU is no leak, on whichever it is. */
static void *take_id(void)
{
	int id;

	idr_preload(GFP_KERNEL);
	spin_lock(&lock);
	id = idr_alloc(&idr, &idr, 1, 0, GFP_NOWAIT);
	spin_unlock(&lock);
	idr_preload_end();
	return id > 0 ? idr_remove(&idr, (unsigned long)id) : NULL;
}

static int takes_id(void *data)
{
	*(bool *)data = take_id() == &idr;
	while (!kthread_should_stop())
		msleep(1);
	return 0;
}

static void preloads(struct kunit *test)
{
	unsigned int cpu;

	KUNIT_EXPECT_PTR_EQ(test, take_id(), (void *)&idr);
	for_each_online_cpu(cpu)
	{
		bool taken = false;
		struct task_struct *task = kthread_create(takes_id, &taken, "taker");

		kthread_bind(task, cpu);
		wake_up_process(task);
		while (!READ_ONCE(taken))
			msleep(1);
		kthread_stop(task);
	}
	idr_destroy(&idr);
}

static struct kunit_case cases[] = { KUNIT_CASE(restarts),	     KUNIT_CASE(restarts_twice),
				     KUNIT_CASE(leaves_thread),	     KUNIT_CASE(leaves_cache),
				     KUNIT_CASE(leaves_other_cache), KUNIT_CASE(leaves_object),
				     KUNIT_CASE(preloads),	     {} };
static struct kunit_suite suite = {
	.name = "restarts", .suite_init = begin, .suite_exit = end, .test_cases = cases
};
kunit_test_suite(suite);
