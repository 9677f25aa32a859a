// SPDX-License-Identifier: MIT
/* A module with an exit, and a suite (not with NO_SUITE). */
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include <kunit/test.h>

struct entry {
	struct list_head list;
};

static char *leave = "nothing";
static bool careless, crashes;

module_param(leave, charp, 0);
MODULE_PARM_DESC(leave, "what the exit leaves, in words");
module_param(careless, bool, 0);
MODULE_PARM_DESC(careless, "an error path of the init leaks");
module_param(crashes, bool, 0);
MODULE_PARM_DESC(crashes, "the init does not look");

static LIST_HEAD(entries);
static DEFINE_MUTEX(lock);
static struct kmem_cache *cache;
static char *volatile table, *area, *large;
static struct task_struct *thread;

static int stays(void *unused)
{
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static int __init load(void)
{
	table = kmalloc(100, GFP_KERNEL);
	if (crashes)
		table[0] = 1;
	if (!table)
		return -ENOMEM;
	cache = kmem_cache_create("entries", sizeof(struct entry), 0, 0, NULL);
	if (!cache)
		goto no_cache;
	thread = kthread_run(stays, NULL, "stayer");
	area = vmalloc(10000);
	large = kmalloc(20000, GFP_KERNEL);
	if (area && large)
		return 0;
	kthread_stop(thread);
	vfree(area);
	kfree(large);
	kmem_cache_destroy(cache);
no_cache:
	if (!careless)
		kfree(table);
	return -ENOMEM;
}
module_init(load);

static bool leaves(const char *what)
{
	return strstr(leave, what);
}

static void __exit unload(void)
{
	struct entry *entry, *next;

	list_for_each_entry_safe (entry, next, &entries, list) {
		list_del(&entry->list);
		if (!leaves("entries"))
			kmem_cache_free(cache, entry);
	}
	if (!leaves("cache"))
		kmem_cache_destroy(cache);
	if (!leaves("table"))
		kfree(table);
	if (!leaves("area"))
		vfree(area);
	if (!leaves("large"))
		kfree(large);
	if (!leaves("thread"))
		kthread_stop(thread);
	if (leaves("lock"))
		mutex_lock(&lock);
	if (leaves("poison"))
		table[3] = 1;
}
module_exit(unload);

#ifndef NO_SUITE
static int add(void)
{
	struct entry *entry = kmem_cache_alloc(cache, GFP_KERNEL);

	if (!entry)
		return -ENOMEM;
	list_add(&entry->list, &entries);
	return 0;
}

static void adds(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, add(), 0);
	KUNIT_EXPECT_EQ(test, add(), 0);
}

static void does_nothing(struct kunit *test)
{
}

static void leaks(struct kunit *test)
{
	KUNIT_EXPECT_NOT_NULL(test, kmalloc(40, GFP_KERNEL));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(adds), KUNIT_CASE(does_nothing), KUNIT_CASE(leaks), {}
};
static struct kunit_suite suite = { .name = "module", .test_cases = cases };
kunit_test_suite(suite);
#endif
