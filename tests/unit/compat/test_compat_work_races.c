/* SPDX-License-Identifier: MIT */
/*
 * test_compat_work_races.c - delayed work cancelled and put off while it is on its way from the
 * worker to the timer, or from the timer to the queue.
 *
 * Both ways are short. A kthread keeps the lock that is taken on the way busy, and the lists that
 * are walked under it are long, so that most rounds meet the item there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

#define ROUNDS 200
#define CROWD  400
#define FAR    (1000000ul * HZ)

static struct timer_list crowd[CROWD];
static struct workqueue_struct *queues[CROWD];
static struct delayed_work dwork; /* static: what a failure leaves behind does no harm */
static atomic_t runs;

static void never(struct timer_list *timer)
{
}

static int keeps_timers_busy(void *arg)
{
	struct timer_list timer;

	timer_setup(&timer, never, 0);
	while (!kthread_should_stop()) {
		mod_timer(&timer, jiffies + FAR / 2);
		udelay(2); /* others want the lock, too; on a deterministic machine time passes */
	}
	del_timer_sync(&timer);
	return 0;
}

static int keeps_queues_busy(void *arg)
{
	struct work_struct work;

	INIT_WORK(&work, NULL);
	while (!kthread_should_stop()) {
		work_busy(&work);
		udelay(2);
	}
	return 0;
}

static int setup(void **state)
{
	int i;

	atomic_set(&runs, 0);
	for (i = 0; i < CROWD; i++) {
		timer_setup(&crowd[i], never, 0);
		mod_timer(&crowd[i], jiffies + FAR);
		queues[i] = alloc_workqueue("crowd", 0, 0);
		assert_non_null(queues[i]);
	}
	return 0;
}

static int teardown(void **state)
{
	int i;

	for (i = 0; i < CROWD; i++) {
		del_timer_sync(&crowd[i]);
		destroy_workqueue(queues[i]);
	}
	return 0;
}

static void rearms(struct work_struct *work)
{
	atomic_inc(&runs);
	schedule_delayed_work(to_delayed_work(work), 1);
}

/* The item is on its way to the timer: it must not be there when the call is back. */
static void cancelled_while_it_rearms(void **state)
{
	struct task_struct *busy = kthread_run(keeps_timers_busy, NULL, "busy");
	int i, before;

	assert_false(IS_ERR(busy));
	INIT_DELAYED_WORK(&dwork, rearms);
	for (i = 0; i < ROUNDS; i++) {
		before = atomic_read(&runs);
		assert_true(schedule_delayed_work(&dwork, 0));
		while (atomic_read(&runs) == before)
			cpu_relax();
		cancel_delayed_work_sync(&dwork);
		assert_false(timer_pending(&dwork.timer));
		assert_false(delayed_work_pending(&dwork));
		assert_int_equal(work_busy(&dwork.work), 0);
	}
	kthread_stop(busy);
}

static void counts(struct work_struct *work)
{
	atomic_inc(&runs);
}

/* The item is on its way to the queue: the new delay holds whether it is met there or not. */
static void put_off_while_it_is_queued(void **state)
{
	struct task_struct *busy = kthread_run(keeps_queues_busy, NULL, "busy");
	unsigned long tick;
	int i;

	assert_false(IS_ERR(busy));
	INIT_DELAYED_WORK(&dwork, counts);
	for (i = 0; i < ROUNDS / 4; i++) { /* a tick each */
		tick = jiffies + 1;
		mod_delayed_work(system_wq, &dwork, 1);
		while (time_before(jiffies, tick) || timer_pending(&dwork.timer))
			cpu_relax();
		mod_delayed_work(system_wq, &dwork, FAR);
		assert_true(timer_pending(&dwork.timer));
		assert_true(cancel_delayed_work(&dwork));
	}
	kthread_stop(busy);
	cancel_delayed_work_sync(&dwork);
}

static void is_waited_for(struct work_struct *work)
{
	msleep(2);
	atomic_inc(&runs);
	schedule_delayed_work(to_delayed_work(work), 0);
}

static int cancels(void *arg)
{
	cancel_delayed_work_sync(arg);
	return 0;
}

/* Several cancel one item: none is back before it is at rest, and afterwards it may be queued. */
static void cancelled_by_several(void **state)
{
	struct task_struct *tasks[3];
	unsigned int i;
	int round;

	INIT_DELAYED_WORK(&dwork, is_waited_for);
	for (round = 0; round < 20; round++) {
		assert_true(schedule_delayed_work(&dwork, round & 1));
		for (i = 0; i < ARRAY_SIZE(tasks); i++) {
			tasks[i] = kthread_run(cancels, &dwork, "cancels");
			assert_false(IS_ERR(tasks[i]));
			get_task_struct(tasks[i]);
		}
		cancel_delayed_work_sync(&dwork);
		for (i = 0; i < ARRAY_SIZE(tasks); i++) {
			kthread_stop(tasks[i]);
			put_task_struct(tasks[i]);
		}
		assert_int_equal(work_busy(&dwork.work), 0);
		assert_false(timer_pending(&dwork.timer));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(cancelled_while_it_rearms, setup, teardown),
		cmocka_unit_test_setup_teardown(put_off_while_it_is_queued, setup, teardown),
		cmocka_unit_test_setup_teardown(cancelled_by_several, setup, teardown),
	};

	return cmocka_run_group_tests_name("compat_work_races", tests, NULL, NULL);
}
