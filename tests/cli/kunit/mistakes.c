// SPDX-License-Identifier: MIT
/* Mistakes with locks, sections, lists and threads: each is one or two lines of a driver. */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <kunit/test.h>

static DEFINE_SPINLOCK(lock);
static DEFINE_MUTEX(mutex);

static void rcu_left(struct kunit *test)
{
	rcu_read_lock();
}

static bool runs;

static int leaves_section(void *data)
{
	rcu_read_lock();
	WRITE_ONCE(runs, true);
	return 0;
}

static void rcu_left_by_thread(struct kunit *test)
{
	struct task_struct *task = kthread_create(leaves_section, NULL, "reader");

	get_task_struct(task);
	wake_up_process(task);
	while (!READ_ONCE(runs))
		msleep(1);
	kthread_stop(task);
	put_task_struct(task);
}

static void rcu_unlocks(struct kunit *test)
{
	rcu_read_unlock();
}

static void rcu_waits(struct kunit *test)
{
	rcu_read_lock();
	synchronize_rcu();
	rcu_read_unlock();
}

static void rcu_mutex(struct kunit *test)
{
	rcu_read_lock();
	mutex_lock(&mutex);
	mutex_unlock(&mutex);
	rcu_read_unlock();
}

static void rcu_sleeps(struct kunit *test)
{
	rcu_read_lock();
	msleep(1);
	rcu_read_unlock();
}

static void spin_twice(struct kunit *test)
{
	spin_lock(&lock);
	spin_lock(&lock);
}

static void spin_left(struct kunit *test)
{
	spin_lock(&lock);
}

static void mutex_left(struct kunit *test)
{
	mutex_lock(&mutex);
}

static void preempt_left(struct kunit *test)
{
	preempt_disable();
}

static void spin_unlocks(struct kunit *test)
{
	spin_unlock(&lock);
}

static void spin_garbage(struct kunit *test)
{
	spinlock_t *garbage = kmalloc(sizeof(*garbage), GFP_KERNEL);

	spin_lock(garbage);
	spin_unlock(garbage);
	kfree(garbage);
}

/* Right: static, zeroed, initialised; given back in another order. */
static void spin_well(struct kunit *test)
{
	spinlock_t *zeroed = kzalloc(sizeof(*zeroed), GFP_KERNEL), fresh;
	unsigned long flags;

	spin_lock_init(&fresh);
	spin_lock(&lock);
	spin_lock_irqsave(zeroed, flags);
	KUNIT_EXPECT_TRUE(test, spin_trylock(&fresh));
	KUNIT_EXPECT_FALSE(test, spin_trylock(&lock));
	spin_unlock(&lock);
	spin_unlock_irqrestore(zeroed, flags);
	spin_unlock(&fresh);
	mutex_lock(&mutex);
	KUNIT_EXPECT_FALSE(test, mutex_trylock(&mutex));
	mutex_unlock(&mutex);
	KUNIT_EXPECT_EQ(test, preempt_count(), 0);
	kfree(zeroed);
}

/* Right, too: more than a task's list has room for, the first taken given back first. */
static void spin_many(struct kunit *test)
{
	static spinlock_t locks[60];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(locks); i++)
		spin_lock(&locks[i]);
	for (i = 0; i < ARRAY_SIZE(locks); i++)
		spin_unlock(&locks[i]);
	KUNIT_EXPECT_EQ(test, preempt_count(), 0);
	spin_lock(&locks[50]);
	spin_unlock(&locks[50]);
}

static int gives_back(void *data)
{
	spin_unlock(&lock);
	KUNIT_EXPECT_EQ((struct kunit *)data, preempt_count(), 0);
	return 0;
}

static void owner_is_another(struct kunit *test)
{
	struct task_struct *k = kthread_create(gives_back, test, "other");

	get_task_struct(k);
	spin_lock(&lock);
	wake_up_process(k);
	while (spin_is_locked(&lock))
		cpu_relax();
	preempt_enable();
	kthread_stop(k);
	put_task_struct(k);
}

static LIST_HEAD(list);

static void list_added_twice(struct kunit *test)
{
	struct list_head node;

	list_add(&node, &list);
	list_add(&node, &list);
	KUNIT_EXPECT_TRUE(test, list_is_singular(&list));
	list_del(&node);
}

static void list_deleted_twice(struct kunit *test)
{
	struct list_head node;

	list_add_tail(&node, &list);
	list_del(&node);
	list_del(&node);
	KUNIT_EXPECT_TRUE(test, list_empty(&list));
}

static void list_moved_freed(struct kunit *test)
{
	struct list_head node;

	list_add_rcu(&node, &list);
	list_del_rcu(&node);
	list_del_init(&node);
	KUNIT_EXPECT_TRUE(test, list_empty(&list) && list_empty(&node));
}

static void flood(struct kunit *test)
{
	struct list_head node;
	int i;

	list_add(&node, &list);
	for (i = 0; i < 100; i++)
		list_add(&node, &list);
	list_del(&node);
	pr_info("said after the flood\n");
	for (i = 0; i < 20; i++) {
		void *p = kmalloc(16, GFP_KERNEL);

		kfree(p);
		kfree(p);
	}
	pr_info("said after frees\n");
}

/* A driver's own titles have no report behind them. */
static void flood_of_lines(struct kunit *test)
{
	int i;

	for (i = 0; i < 5; i++)
		pr_warn("BUG: fifo empty\n");
	pr_warn("WARNING: something else\n");
	pr_info("the only line that says why\n");
	for (i = 0; i < 6; i++)
		pr_warn("WARNING: queue full\n");
	for (i = 0; i < 5; i++) {
		pr_warn("BUG: fifo full\n");
		dump_stack();
	}
	pr_warn("WARNING: queue full\n");
	pr_info("said at the end\n");
}

static int stays(void *data)
{
	while (!kthread_should_stop())
		msleep(5);
	return 0;
}

static void thread_left(struct kunit *test)
{
	kthread_run(stays, NULL, "stayer");
}

static int ends(void *data)
{
	msleep(20);
	return 0;
}

static void thread_ends(struct kunit *test)
{
	kthread_run(ends, NULL, "goer");
}

static DECLARE_WAIT_QUEUE_HEAD(queue);

static int waits(void *data)
{
	mutex_lock(&mutex);
	mutex_unlock(&mutex);
	return 0;
}

static noinline void waits_for_ever(void)
{
	wait_event(queue, READ_ONCE(queue.head.next) == NULL);
	barrier();
}

static void hangs(struct kunit *test)
{
	spin_unlock(&lock); /* told before it hangs */
	mutex_lock(&mutex);
	kthread_run(waits, NULL, "waiter");
	waits_for_ever();
}

static struct kunit_case cases[] = { KUNIT_CASE(rcu_left),
				     KUNIT_CASE(rcu_left_by_thread),
				     KUNIT_CASE(rcu_unlocks),
				     KUNIT_CASE(rcu_waits),
				     KUNIT_CASE(rcu_mutex),
				     KUNIT_CASE(rcu_sleeps),
				     KUNIT_CASE(spin_twice),
				     KUNIT_CASE(spin_left),
				     KUNIT_CASE(mutex_left),
				     KUNIT_CASE(preempt_left),
				     KUNIT_CASE(spin_unlocks),
				     KUNIT_CASE(spin_garbage),
				     KUNIT_CASE(spin_well),
				     KUNIT_CASE(spin_many),
				     KUNIT_CASE(owner_is_another),
				     KUNIT_CASE(list_added_twice),
				     KUNIT_CASE(list_deleted_twice),
				     KUNIT_CASE(list_moved_freed),
				     KUNIT_CASE(flood),
				     KUNIT_CASE(flood_of_lines),
				     KUNIT_CASE(thread_left),
				     KUNIT_CASE(thread_ends),
				     KUNIT_CASE(hangs),
				     {} };
static struct kunit_suite suite = { .name = "mistakes", .test_cases = cases };
kunit_test_suite(suite);
