// SPDX-License-Identifier: MIT
/* Things that are handed to the kernel's functions when they are free or were never set up, or that
 * are freed while they are queued. One mistake a case; those that are_fine make none.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/semaphore.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <kunit/test.h>

struct thing {
	char before[40];
	spinlock_t lock;
	rwlock_t rwlock;
	struct mutex mutex;
	struct rw_semaphore rwsem;
	struct semaphore sem;
	struct completion done;
	wait_queue_head_t queue;
	struct timer_list timer;
	struct work_struct work;
	struct delayed_work later;
};

static unsigned int nr_runs;

static void runs(struct work_struct *work)
{
	nr_runs++;
}

static void ticks(struct timer_list *timer)
{
	nr_runs++;
}

static void set_up(struct thing *t)
{
	spin_lock_init(&t->lock);
	rwlock_init(&t->rwlock);
	mutex_init(&t->mutex);
	init_rwsem(&t->rwsem);
	sema_init(&t->sem, 1);
	init_completion(&t->done);
	init_waitqueue_head(&t->queue);
	timer_setup(&t->timer, ticks, 0);
	INIT_WORK(&t->work, runs);
	INIT_DELAYED_WORK(&t->later, runs);
}

static struct thing *new_thing(void)
{
	struct thing *t = kzalloc(sizeof(*t), GFP_KERNEL);

	set_up(t);
	return t;
}

static void use(struct thing *t)
{
	spin_lock(&t->lock);
	spin_unlock(&t->lock);
	read_lock(&t->rwlock);
	read_unlock(&t->rwlock);
	mutex_lock(&t->mutex);
	mutex_unlock(&t->mutex);
	down_read(&t->rwsem);
	up_read(&t->rwsem);
	down(&t->sem);
	up(&t->sem);
	complete(&t->done);
	wait_for_completion(&t->done);
	wake_up(&t->queue);
	mod_timer(&t->timer, jiffies + 1);
	schedule_work(&t->work);
	schedule_delayed_work(&t->later, 1);
	flush_work(&t->work);
	flush_delayed_work(&t->later);
	while (timer_pending(&t->timer))
		msleep(1);
	del_timer_sync(&t->timer);
	cancel_work_sync(&t->work);
	cancel_delayed_work_sync(&t->later);
}

static void are_fine(struct kunit *test)
{
	static struct thing still;
	struct thing here, *t = new_thing();

	set_up(&here);
	set_up(&still);
	use(&here);
	use(&still);
	use(t);
	kfree(t);
	KUNIT_EXPECT_EQ(test, nr_runs, 9u);
}

static int waits(void *data)
{
	struct thing *t = data;
	DEFINE_WAIT(wait);

	prepare_to_wait(&t->queue, &wait, TASK_UNINTERRUPTIBLE);
	schedule();
	finish_wait(&t->queue, &wait); /* who has woken it took it off */
	while (!kthread_should_stop())
		msleep(1);
	return 0;
}

static void are_fine_woken(struct kunit *test)
{
	struct thing *t = new_thing();
	struct task_struct *task = kthread_run(waits, t, "waiter");

	msleep(10);
	wake_up(&t->queue);
	kfree(t);
	kthread_stop(task);
}

/* --- freed, and then used ---------------------------------------------------------------- */

#define AFTER_FREE(name, use)                  \
	static void name(struct kunit *test)   \
	{                                      \
		struct thing *t = new_thing(); \
                                               \
		kfree(t);                      \
		use;                           \
	}

AFTER_FREE(after_spin_lock, spin_lock(&t->lock))
AFTER_FREE(after_spin_trylock, (void)spin_trylock(&t->lock))
AFTER_FREE(after_read_lock, read_lock(&t->rwlock))
AFTER_FREE(after_mutex_lock, mutex_lock(&t->mutex))
AFTER_FREE(after_down_write, down_write(&t->rwsem))
AFTER_FREE(after_down, down(&t->sem))
AFTER_FREE(after_complete, complete(&t->done))
AFTER_FREE(after_complete_all, complete_all(&t->done))
AFTER_FREE(after_wait_for_completion, wait_for_completion(&t->done))
AFTER_FREE(after___wake_up, wake_up(&t->queue))
AFTER_FREE(after_mod_timer, mod_timer(&t->timer, jiffies + 1))
AFTER_FREE(after_del_timer, del_timer(&t->timer))
AFTER_FREE(after_queue_work_on, schedule_work(&t->work))
AFTER_FREE(after_flush_work, flush_work(&t->work))
AFTER_FREE(after_cancel_work_sync, cancel_work_sync(&t->work))
AFTER_FREE(after_queue_delayed_work_on, schedule_delayed_work(&t->later, 1))
AFTER_FREE(after_cancel_delayed_work_sync, cancel_delayed_work_sync(&t->later))

static void after_spin_unlock(struct kunit *test)
{
	struct thing *t = new_thing();

	spin_lock(&t->lock);
	kfree(t);
	spin_unlock(&t->lock);
}

static void after_mutex_unlock(struct kunit *test)
{
	struct thing *t = new_thing();

	mutex_lock(&t->mutex);
	kfree(t);
	mutex_unlock(&t->mutex);
}

static void inits_beyond(struct kunit *test)
{
	struct completion *c = kmalloc(sizeof(c), GFP_KERNEL); /* of the pointer */

	init_completion(c);
	kfree(c);
}

/* --- never set up ------------------------------------------------------------------------ */

static void unset_work(struct kunit *test)
{
	struct thing *t = kzalloc(sizeof(*t), GFP_KERNEL);

	KUNIT_EXPECT_FALSE(test, schedule_work(&t->work));
	msleep(10);
	kfree(t);
}

static void unset_work_of_kmalloc(struct kunit *test)
{
	struct thing *t = kmalloc(sizeof(*t), GFP_KERNEL);

	KUNIT_EXPECT_FALSE(test, schedule_work(&t->work));
	msleep(10);
	kfree(t);
}

static void unset_delayed_work(struct kunit *test)
{
	struct thing *t = kzalloc(sizeof(*t), GFP_KERNEL);

	KUNIT_EXPECT_FALSE(test, schedule_delayed_work(&t->later, 1));
	msleep(10);
	kfree(t);
}

static void unset_timer(struct kunit *test)
{
	struct thing *t = kzalloc(sizeof(*t), GFP_KERNEL);

	mod_timer(&t->timer, jiffies + 1);
	msleep(10);
	kfree(t);
}

/* --- lost while queued; one CPU, so that nothing runs before the case sleeps ------------- */

static void queued_work(struct kunit *test)
{
	struct thing *t = new_thing();

	schedule_work(&t->work);
	kfree(t);
	msleep(10);
}

static void queued_work_at_the_end(struct kunit *test)
{
	struct thing *t = new_thing();

	schedule_work(&t->work);
	kfree(t);
}

static void queued_work_set_up_again(struct kunit *test)
{
	struct thing *t = new_thing();

	schedule_work(&t->work);
	INIT_WORK(&t->work, runs);
	msleep(10);
	kfree(t);
}

static void queued_delayed_work(struct kunit *test)
{
	struct thing *t = new_thing();

	schedule_delayed_work(&t->later, 1);
	kfree(t);
	msleep(50);
}

static void queued_timer(struct kunit *test)
{
	struct thing *t = new_thing();

	mod_timer(&t->timer, jiffies + 1000);
	kfree(t);
}

static void queued_timer_set_up_again(struct kunit *test)
{
	struct thing *t = new_thing();

	mod_timer(&t->timer, jiffies + 1);
	timer_setup(&t->timer, ticks, 0);
	msleep(20);
	kfree(t);
}

/* The others run, or not, as if it had not been. */
static void queued_work_among_others(struct kunit *test)
{
	struct workqueue_struct *wq = alloc_ordered_workqueue("mine", 0);
	struct thing *t[6];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		t[i] = new_thing();
		queue_work(wq, &t[i]->work);
	}
	kfree(t[2]);
	KUNIT_EXPECT_TRUE(test, cancel_work(&t[1]->work));
	kfree(t[5]);
	queue_work(wq, &t[1]->work);
	flush_workqueue(wq);
	KUNIT_EXPECT_EQ(test, nr_runs, 4u);
	destroy_workqueue(wq);
	for (i = 0; i < ARRAY_SIZE(t); i++)
		if (i != 2 && i != 5)
			kfree(t[i]);
}

static struct kunit_case cases[] = { KUNIT_CASE(are_fine),
				     KUNIT_CASE(are_fine_woken),
				     KUNIT_CASE(after_spin_lock),
				     KUNIT_CASE(after_spin_trylock),
				     KUNIT_CASE(after_spin_unlock),
				     KUNIT_CASE(after_read_lock),
				     KUNIT_CASE(after_mutex_lock),
				     KUNIT_CASE(after_mutex_unlock),
				     KUNIT_CASE(after_down_write),
				     KUNIT_CASE(after_down),
				     KUNIT_CASE(after_complete),
				     KUNIT_CASE(after_complete_all),
				     KUNIT_CASE(after_wait_for_completion),
				     KUNIT_CASE(after___wake_up),
				     KUNIT_CASE(after_mod_timer),
				     KUNIT_CASE(after_del_timer),
				     KUNIT_CASE(after_queue_work_on),
				     KUNIT_CASE(after_flush_work),
				     KUNIT_CASE(after_cancel_work_sync),
				     KUNIT_CASE(after_queue_delayed_work_on),
				     KUNIT_CASE(after_cancel_delayed_work_sync),
				     KUNIT_CASE(inits_beyond),
				     KUNIT_CASE(unset_work),
				     KUNIT_CASE(unset_work_of_kmalloc),
				     KUNIT_CASE(unset_delayed_work),
				     KUNIT_CASE(unset_timer),
				     KUNIT_CASE(queued_work),
				     KUNIT_CASE(queued_work_at_the_end),
				     KUNIT_CASE(queued_work_set_up_again),
				     KUNIT_CASE(queued_delayed_work),
				     KUNIT_CASE(queued_timer),
				     KUNIT_CASE(queued_timer_set_up_again),
				     KUNIT_CASE(queued_work_among_others),
				     {} };
static struct kunit_suite suite = { .name = "freed", .test_cases = cases };
kunit_test_suite(suite);
