// SPDX-License-Identifier: MIT
/* Things that are handed to the kernel's functions when they are free. One mistake a case; those
 * that are_fine make none.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/semaphore.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

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
};

static void set_up(struct thing *t)
{
	spin_lock_init(&t->lock);
	rwlock_init(&t->rwlock);
	mutex_init(&t->mutex);
	init_rwsem(&t->rwsem);
	sema_init(&t->sem, 1);
	init_completion(&t->done);
	init_waitqueue_head(&t->queue);
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
				     KUNIT_CASE(inits_beyond),
				     {} };
static struct kunit_suite suite = { .name = "freed", .test_cases = cases };
kunit_test_suite(suite);
