/* SPDX-License-Identifier: MIT */
/*
 * test_compat_kworker.c - workers of kthreads: order, queuing again, flushing, cancelling, timers.
 * Run on a free-running and on a deterministic machine.
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
#include <linux/kthread.h>
#include <linux/slab.h>

#include "lines.h"

/* struct job - appends its letter to `order`. */
struct job {
	struct kthread_work work;
	char letter;
};
static char order[64];
static atomic_t done;

static int setup(void **state)
{
	memset(order, 0, sizeof(order));
	atomic_set(&done, 0);
	clear_lines();
	return 0;
}

static void notes(struct kthread_work *work)
{
	const struct job *job = container_of(work, struct job, work);
	size_t len = strlen(order);

	assert_true(len + 1 < sizeof(order));
	order[len] = job->letter;
	atomic_inc(&done);
}

static void init_job(struct job *job, char letter)
{
	kthread_init_work(&job->work, notes);
	job->letter = letter;
}

static struct kthread_worker *new_worker(void)
{
	struct kthread_worker *worker = kthread_create_worker(0, "worker/%d", 7);

	assert_false(IS_ERR(worker));
	return worker;
}

static void work_is_done_in_order(void **state)
{
	struct kthread_worker *worker = new_worker();
	struct job jobs[5];
	int i;

	assert_string_equal(worker->task->comm, "worker/7");
	for (i = 0; i < 5; i++) {
		init_job(&jobs[i], (char)('a' + i));
		assert_true(kthread_queue_work(worker, &jobs[i].work));
	}
	kthread_flush_work(&jobs[4].work);
	assert_string_equal(order, "abcde");
	kthread_flush_work(&jobs[4].work); /* it is not queued */
	for (i = 4; i >= 0; i--)
		assert_true(kthread_queue_work(worker, &jobs[i].work));
	kthread_flush_worker(worker);
	assert_string_equal(order, "abcdeedcba");
	assert_true(kthread_queue_work(worker, &jobs[1].work));
	kthread_destroy_worker(worker); /* what is queued is done */
	assert_string_equal(order, "abcdeedcbab");
	assert_int_equal(caught_len, 0);
}

static DECLARE_COMPLETION(begun);
static DECLARE_COMPLETION(go_on);

static void waits(struct kthread_work *work)
{
	complete(&begun);
	wait_for_completion(&go_on);
	atomic_inc(&done);
}

static void work_is_queued_once(void **state)
{
	struct kthread_worker *worker = new_worker();
	DEFINE_KTHREAD_WORK(slow, waits);
	struct job job;

	init_job(&job, 'x');
	assert_true(kthread_queue_work(worker, &slow));
	assert_true(kthread_queue_work(worker, &job.work));
	assert_false(kthread_queue_work(worker, &job.work));
	wait_for_completion(&begun);
	assert_true(kthread_queue_work(worker, &slow)); /* again, while it runs */
	assert_false(kthread_queue_work(worker, &slow));
	complete(&go_on);
	wait_for_completion(&begun);
	complete(&go_on);
	kthread_flush_work(&slow);
	assert_string_equal(order, "x");
	assert_int_equal(atomic_read(&done), 3);
	kthread_destroy_worker(worker);
}

static struct kthread_worker *again_worker;

static void goes_on(struct kthread_work *work)
{
	if (atomic_inc_return(&done) < 10)
		assert_true(kthread_queue_work(again_worker, work));
	else
		complete(&begun);
}

static void frees(struct kthread_work *work)
{
	kfree(work);
	atomic_inc(&done);
}

static void functions_queue_and_free_their_work(void **state)
{
	struct kthread_work work, *own;
	int i;

	again_worker = new_worker();
	kthread_init_work(&work, goes_on);
	assert_true(kthread_queue_work(again_worker, &work));
	wait_for_completion(&begun);
	kthread_flush_work(&work);
	assert_int_equal(atomic_read(&done), 10);
	for (i = 0; i < 20; i++) {
		own = kmalloc(sizeof(*own), GFP_KERNEL);
		assert_non_null(own);
		kthread_init_work(own, frees);
		assert_true(kthread_queue_work(again_worker, own));
	}
	kthread_destroy_worker(again_worker);
	assert_int_equal(atomic_read(&done), 30);
}

/* --- cancelling -------------------------------------------------------------------------- */

static struct kthread_work *cancelled;

static int cancels(void *data)
{
	return kthread_cancel_work_sync(cancelled);
}

static void work_is_cancelled(void **state)
{
	struct kthread_worker *worker = new_worker();
	struct task_struct *k;
	struct kthread_work slow;
	struct job job;

	kthread_init_work(&slow, waits);
	init_job(&job, 'x');
	assert_false(kthread_cancel_work_sync(&job.work)); /* never queued */
	assert_true(kthread_queue_work(worker, &slow));
	assert_true(kthread_queue_work(worker, &job.work));
	wait_for_completion(&begun);
	assert_true(kthread_cancel_work_sync(&job.work));
	assert_false(kthread_cancel_work_sync(&job.work));
	/* What runs is waited for, and cannot be queued meanwhile. */
	cancelled = &slow;
	assert_true(kthread_queue_work(worker, &slow));
	k = kthread_run(cancels, NULL, "cancels");
	assert_false(IS_ERR(k));
	get_task_struct(k);
	while (!READ_ONCE(slow.canceling))
		msleep(1);
	assert_false(kthread_queue_work(worker, &slow));
	assert_int_equal(atomic_read(&done), 0);
	complete(&go_on);
	assert_int_equal(kthread_stop(k), 1);
	put_task_struct(k);
	assert_int_equal(atomic_read(&done), 1);
	assert_true(kthread_queue_work(worker, &job.work));
	kthread_flush_worker(worker);
	assert_string_equal(order, "x");
	kthread_destroy_worker(worker);
}

/* --- timers ------------------------------------------------------------------------------ */

static void counts(struct kthread_work *work)
{
	atomic_inc(&done);
}

static void delayed_work(void **state)
{
	struct kthread_worker *worker = new_worker();
	DEFINE_KTHREAD_DELAYED_WORK(fixed, counts);
	struct kthread_delayed_work dwork;
	unsigned long from;

	kthread_init_delayed_work(&dwork, counts);
	from = jiffies;
	assert_true(kthread_queue_delayed_work(worker, &dwork, 3));
	assert_false(kthread_queue_delayed_work(worker, &dwork, 0));
	assert_false(kthread_queue_work(worker, &dwork.work));
	kthread_flush_work(&dwork.work); /* does not wait for the timer */
	while (!atomic_read(&done))
		msleep(1);
	assert_true(time_after_eq(jiffies, from + 3));
	kthread_flush_work(&dwork.work);
	assert_true(kthread_queue_delayed_work(worker, &dwork, 0)); /* at once */
	kthread_flush_work(&dwork.work);
	assert_int_equal(atomic_read(&done), 2);

	assert_true(kthread_queue_delayed_work(worker, &dwork, 1000 * HZ));
	assert_true(kthread_mod_delayed_work(worker, &dwork, 1));
	while (atomic_read(&done) < 3)
		msleep(1);
	kthread_flush_work(&dwork.work);
	assert_false(kthread_mod_delayed_work(worker, &dwork, 1000 * HZ));
	assert_true(kthread_cancel_delayed_work_sync(&dwork));
	assert_false(kthread_cancel_delayed_work_sync(&dwork));
	assert_false(kthread_mod_delayed_work(worker, &fixed, 1));
	while (atomic_read(&done) < 4)
		msleep(1);
	kthread_destroy_worker(worker);
	assert_int_equal(atomic_read(&done), 4);
	assert_int_equal(caught_len, 0);
}

/* --- a thread of one's own ----------------------------------------------------------------- */

static void a_worker_without_a_thread(void **state)
{
	DEFINE_KTHREAD_WORKER_ONSTACK(worker);
	struct kthread_worker other;
	struct task_struct *k;
	struct job job;

	init_job(&job, 'x');
	assert_true(kthread_queue_work(&worker, &job.work));
	k = kthread_run(kthread_worker_fn, &worker, "own");
	assert_false(IS_ERR(k));
	get_task_struct(k);
	kthread_flush_worker(&worker);
	assert_string_equal(order, "x");
	/* Work of one worker is not for another. */
	assert_int_equal(caught_len, 0);
	kthread_init_worker(&other);
	assert_true(kthread_queue_work(&other, &job.work));
	assert_true(lines_have("WARNING"));
	assert_int_equal(kthread_stop(k), 0);
	put_task_struct(k);
	assert_null(worker.task);
}

static atomic_t seen_cpu;

static void sees_cpu(struct kthread_work *work)
{
	atomic_set(&seen_cpu, smp_processor_id());
	msleep(1);
	if (atomic_read(&seen_cpu) != smp_processor_id())
		atomic_set(&seen_cpu, -1);
}

static void workers_on_cpus(void **state)
{
	const unsigned int nr = quire_machine_config_of(quire_default_machine())->nr_cpus;
	unsigned int cpu;

	for (cpu = 0; cpu < min(nr, 4u); cpu++) {
		struct kthread_worker *worker =
			kthread_create_worker_on_cpu((int)cpu, 0, "on/%u", cpu);
		struct kthread_work work;

		assert_false(IS_ERR(worker));
		kthread_init_work(&work, sees_cpu);
		assert_true(kthread_queue_work(worker, &work));
		kthread_flush_work(&work);
		assert_int_equal(atomic_read(&seen_cpu), (int)cpu);
		kthread_destroy_worker(worker);
	}
	assert_ptr_equal(kthread_create_worker_on_cpu((int)nr, 0, "none"), ERR_PTR(-EINVAL));
}

/* --- many at once ------------------------------------------------------------------------ */

#define QUEUERS 4
static struct kthread_worker *busy_worker;
static struct kthread_delayed_work busy_dwork;
static struct kthread_work busy_work;
static atomic_t at_work;

static void alone(struct kthread_work *work)
{
	if (atomic_inc_return(&at_work) != 1)
		atomic_set(&done, -1000000);
	atomic_inc(&done);
	atomic_dec(&at_work);
}

static int queues_and_cancels(void *data)
{
	int i;

	for (i = 0; i < 200; i++) {
		switch ((i + (int)(long)data) % 5) {
		case 0:
			kthread_queue_work(busy_worker, &busy_work);
			break;
		case 1:
			kthread_mod_delayed_work(busy_worker, &busy_dwork, i % 2);
			break;
		case 2:
			kthread_flush_work(&busy_work);
			break;
		case 3:
			kthread_cancel_delayed_work_sync(&busy_dwork);
			break;
		default:
			kthread_cancel_work_sync(&busy_work);
		}
		cond_resched();
	}
	return 0;
}

static void everybody_at_once(void **state)
{
	struct task_struct *k[QUEUERS];
	long i;

	busy_worker = new_worker();
	kthread_init_work(&busy_work, alone);
	kthread_init_delayed_work(&busy_dwork, alone);
	for (i = 0; i < QUEUERS; i++) {
		k[i] = kthread_run(queues_and_cancels, (void *)i, "queues/%ld", i);
		assert_false(IS_ERR(k[i]));
		get_task_struct(k[i]);
	}
	for (i = 0; i < QUEUERS; i++) {
		int ret = kthread_stop(k[i]);

		assert_true(!ret || ret == -EINTR);
		put_task_struct(k[i]);
	}
	kthread_cancel_delayed_work_sync(&busy_dwork);
	kthread_destroy_worker(busy_worker);
	assert_true(atomic_read(&done) >= 0);
	assert_int_equal(caught_len, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(work_is_done_in_order, setup),
		cmocka_unit_test_setup(work_is_queued_once, setup),
		cmocka_unit_test_setup(functions_queue_and_free_their_work, setup),
		cmocka_unit_test_setup(work_is_cancelled, setup),
		cmocka_unit_test_setup(delayed_work, setup),
		cmocka_unit_test_setup(a_worker_without_a_thread, setup),
		cmocka_unit_test_setup(workers_on_cpus, setup),
		cmocka_unit_test_setup(everybody_at_once, setup),
	};

	cmocka_set_test_filter(argc > 1 ? argv[1] : NULL);
	return cmocka_run_group_tests(tests, catch_lines, NULL);
}
