/* SPDX-License-Identifier: MIT */
/*
 * test_compat_no_threads.c - work queues and RCU on a host that has no threads for a while.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/rcupdate.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			  void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			  void *arg);

static int refused; /* so many threads more are not to be had */
static atomic_t runs;

/* In place of the library's; this program makes kthreads only. */
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			  void *arg)
{
	if (__atomic_load_n(&refused, __ATOMIC_SEQ_CST) > 0) {
		__atomic_fetch_sub(&refused, 1, __ATOMIC_SEQ_CST);
		return EAGAIN;
	}
	return __real_pthread_create(thread, attr, fn, arg);
}

static void refuse(int n)
{
	__atomic_store_n(&refused, n, __ATOMIC_SEQ_CST);
}

static void called(struct rcu_head *head)
{
	atomic_inc(&runs);
}

/* The thread that serves callbacks is made by the first one after there are threads again. */
static void rcu_server(void **state)
{
	static struct rcu_head first, second;
	u64 end;

	refuse(1);
	call_rcu(&first, called);
	assert_int_equal(refused, 0);
	rcu_barrier();
	assert_int_equal(atomic_read(&runs), 1);
	call_rcu(&second, called);
	end = (u64)ktime_get() + 5000000000u;
	while (atomic_read(&runs) < 2 && (u64)ktime_get() < end)
		cpu_relax();
	assert_int_equal(atomic_read(&runs), 2);
}

static void rings(struct timer_list *timer)
{
	atomic_inc(&runs);
}

static void counts(struct work_struct *work)
{
	atomic_inc(&runs);
}

static void with_timers(void)
{
	struct timer_list timer;

	atomic_set(&runs, 0);
	timer_setup(&timer, rings, 0);
	mod_timer(&timer, jiffies);
	while (!atomic_read(&runs))
		msleep(1);
	del_timer_sync(&timer);
	atomic_set(&runs, 0);
}

/* The first worker comes late; what is queued waits for it, and so does who waits for that. */
static void first_worker(void **state)
{
	struct workqueue_struct *wq = alloc_workqueue("late", 0, 0);
	struct work_struct work;

	with_timers();
	INIT_WORK(&work, counts);
	refuse(3);
	assert_true(queue_work(wq, &work));
	assert_int_equal(refused, 2);
	assert_true(flush_work(&work));
	assert_int_equal(atomic_read(&runs), 1);
	assert_int_equal(refused, 0);
	destroy_workqueue(wq);
}

static void no_worker_for_destroy(void **state)
{
	struct workqueue_struct *wq = alloc_ordered_workqueue("late", 0);
	struct work_struct works[3];
	unsigned int i;

	with_timers();
	refuse(4);
	for (i = 0; i < ARRAY_SIZE(works); i++) {
		INIT_WORK(&works[i], counts);
		assert_true(queue_work(wq, &works[i]));
	}
	destroy_workqueue(wq);
	assert_int_equal(atomic_read(&runs), 3);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(rcu_server),
		cmocka_unit_test(first_worker),
		cmocka_unit_test(no_worker_for_destroy),
	};

	return cmocka_run_group_tests_name("compat_no_threads", tests, NULL, NULL);
}
