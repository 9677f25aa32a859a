/* SPDX-License-Identifier: MIT */
/*
 * test_compat_grace.c - work that waits for a grace period, and timers that are made earlier. Run
 * on a free-running and on a deterministic machine.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

#include "lines.h"

static atomic_t done;

static int setup(void **state)
{
	atomic_set(&done, 0);
	return 0;
}

/* --- work -------------------------------------------------------------------------------- */

static void counts(struct work_struct *work)
{
	atomic_inc(&done);
}

static void work_waits_for_a_grace_period(void **state)
{
	struct workqueue_struct *wq = alloc_workqueue("grace", 0, 0);
	struct rcu_work rwork;

	INIT_RCU_WORK(&rwork, counts);
	assert_false(flush_rcu_work(&rwork));
	assert_true(queue_rcu_work(wq, &rwork));
	assert_false(queue_rcu_work(wq, &rwork));
	assert_true(work_pending(&rwork.work));
	assert_true(flush_rcu_work(&rwork));
	assert_int_equal(atomic_read(&done), 1);
	assert_false(work_pending(&rwork.work));
	assert_false(flush_rcu_work(&rwork));
	assert_true(queue_rcu_work(wq, &rwork));
	while (atomic_read(&done) < 2) /* also when nobody flushes */
		msleep(1);
	destroy_workqueue(wq);
}

/* A reader holds the period up: the item is not run before it is out. */
static DECLARE_COMPLETION(inside);
static bool leave;

static int reads(void *data)
{
	rcu_read_lock();
	complete(&inside);
	while (!READ_ONCE(leave))
		cpu_relax();
	if (atomic_read(&done)) {
		rcu_read_unlock();
		return -1;
	}
	rcu_read_unlock();
	return 0;
}

static void readers_hold_work_up(void **state)
{
	const struct quire_machine_config *config =
		quire_machine_config_of(quire_default_machine());
	struct workqueue_struct *wq;
	struct rcu_work rwork;
	struct task_struct *k;

	if (config->deterministic || config->nr_cpus < 2)
		return; /* a reader keeps its CPU */
	wq = alloc_workqueue("grace", 0, 0);
	INIT_RCU_WORK(&rwork, counts);
	k = kthread_run(reads, NULL, "reads");
	assert_false(IS_ERR(k));
	get_task_struct(k);
	wait_for_completion(&inside);
	assert_true(queue_rcu_work(wq, &rwork));
	msleep(20);
	assert_int_equal(atomic_read(&done), 0);
	WRITE_ONCE(leave, true);
	assert_true(flush_rcu_work(&rwork));
	assert_int_equal(atomic_read(&done), 1);
	assert_int_equal(kthread_stop(k), 0);
	put_task_struct(k);
	destroy_workqueue(wq);
}

struct owner {
	struct rcu_work rwork;
	int value;
};

static void frees(struct work_struct *work)
{
	struct owner *owner = container_of(to_rcu_work(work), struct owner, rwork);

	might_sleep(); /* what a callback of call_rcu() could not */
	assert_int_equal(owner->value, 42);
	kfree(owner);
	atomic_inc(&done);
}

static void work_frees_its_owner(void **state)
{
	int i;

	for (i = 0; i < 50; i++) {
		struct owner *owner = kzalloc(sizeof(*owner), GFP_KERNEL);

		assert_non_null(owner);
		owner->value = 42;
		INIT_RCU_WORK(&owner->rwork, frees);
		assert_true(queue_rcu_work(system_wq, &owner->rwork));
	}
	rcu_barrier();
	flush_workqueue(system_wq);
	assert_int_equal(atomic_read(&done), 50);
}

/* --- timers ------------------------------------------------------------------------------ */

static unsigned long called_at;

static void notes(struct timer_list *timer)
{
	WRITE_ONCE(called_at, jiffies);
	atomic_inc(&done);
}

static void a_timer_is_only_made_earlier(void **state)
{
	struct timer_list timer;
	unsigned long now = jiffies;

	timer_setup(&timer, notes, 0);
	assert_int_equal(timer_reduce(&timer, now + 1000 * HZ), 0); /* not pending: it is now */
	assert_true(timer_pending(&timer));
	assert_int_equal(timer_reduce(&timer, now + 2000 * HZ), 1);
	assert_true(timer.expires == now + 1000 * HZ);
	assert_int_equal(timer_reduce(&timer, now + 1000 * HZ), 1);
	assert_true(timer.expires == now + 1000 * HZ);
	assert_int_equal(timer_reduce(&timer, now + 2), 1);
	assert_true(timer.expires == now + 2);
	while (!atomic_read(&done))
		msleep(1);
	assert_true(time_after_eq(READ_ONCE(called_at), now + 2));
	assert_int_equal(del_timer_sync(&timer), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(work_waits_for_a_grace_period, setup),
		cmocka_unit_test_setup(readers_hold_work_up, setup),
		cmocka_unit_test_setup(work_frees_its_owner, setup),
		cmocka_unit_test_setup(a_timer_is_only_made_earlier, setup),
	};

	return cmocka_run_group_tests(tests, catch_lines, NULL);
}
