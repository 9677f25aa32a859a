/* SPDX-License-Identifier: MIT */
/*
 * test_compat_task.c - tasks: sleeping and waking, handing CPUs over, completions, wait queues,
 * mutexes, semaphores. Run on a free-running and on a deterministic machine.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/semaphore.h>
#include <linux/wait.h>

#define LONG_TICKS 100000l /* a wait that only a wake-up ends: 400 s */

static bool deterministic(void)
{
	return quire_machine_config_of(quire_default_machine())->deterministic;
}

static void main_is_a_task(void **state)
{
	assert_non_null(current);
	assert_int_equal(smp_processor_id(), 0);
	assert_true(current->pid > 0);
	assert_true(in_task());
	assert_false(in_atomic());
	assert_true(task_is_running(current));
	assert_ptr_equal(quire_current_machine(), quire_default_machine());
}

/* --- sharing CPUs ------------------------------------------------------------------------ */

/* Many more tasks than CPUs; each must come to run while the others spin politely. */
#define MANY 40
static atomic_t arrived;

static int waits_for_all(void *data)
{
	atomic_inc(&arrived);
	while (atomic_read(&arrived) < MANY)
		cpu_relax();
	while (!kthread_should_stop())
		msleep(1);
	return 1;
}

static void tasks_share_cpus(void **state)
{
	struct task_struct *k[MANY];
	int i, sum = 0;

	atomic_set(&arrived, 0);
	for (i = 0; i < MANY; i++)
		k[i] = kthread_run(waits_for_all, NULL, "many/%d", i);
	while (atomic_read(&arrived) < MANY)
		msleep(1);
	for (i = 0; i < MANY; i++)
		sum += kthread_stop(k[i]);
	assert_int_equal(sum, MANY);
}

/* --- sleeping ---------------------------------------------------------------------------- */

static void timeouts(void **state)
{
	u64 begin = ktime_get_ns(), took;
	long left;

	left = schedule_timeout_uninterruptible(3);
	took = ktime_get_ns() - begin;
	assert_int_equal(left, 0);
	assert_true(took >= 3 * 4000000ull);
	assert_true(task_is_running(current));
	begin = ktime_get_ns();
	usleep_range(500, 600);
	assert_true(ktime_get_ns() - begin >= 500000);
	begin = ktime_get_ns();
	udelay(100);
	took = ktime_get_ns() - begin;
	assert_true(took >= 100000);
	if (deterministic())
		assert_true(took <= 101000);
	assert_int_equal(schedule_timeout(0), 0); /* running: no sleep */
}

static int wakes_main(void *data)
{
	msleep(5);
	wake_up_process(data);
	return 0;
}

static void woken_early(void **state)
{
	struct task_struct *k;
	long left;

	set_current_state(TASK_INTERRUPTIBLE);
	k = kthread_run(wakes_main, current, "wakes");
	assert_false(IS_ERR(k));
	left = schedule_timeout(LONG_TICKS);
	assert_true(left > 0 && left <= LONG_TICKS);
	if (deterministic())
		assert_true(left < LONG_TICKS && left > LONG_TICKS - 5);
}

/* --- completions, wait queues ------------------------------------------------------------ */

static DECLARE_COMPLETION(completion);
static DECLARE_WAIT_QUEUE_HEAD(queue);
static atomic_t condition, looks, through;

static int completes(void *data)
{
	msleep(3);
	if (data)
		complete_all(&completion);
	else
		complete(&completion);
	return 0;
}

static void completions(void **state)
{
	unsigned long left;

	init_completion(&completion);
	assert_false(try_wait_for_completion(&completion));
	assert_int_equal(wait_for_completion_timeout(&completion, 2), 0);
	kthread_run(completes, NULL, "completes");
	left = wait_for_completion_timeout(&completion, LONG_TICKS);
	assert_true(left > 0 && left <= LONG_TICKS);
	if (deterministic())
		assert_true(left > LONG_TICKS - 5);
	assert_false(completion_done(&completion));
	complete(&completion);
	complete(&completion);
	assert_int_equal(wait_for_completion_timeout(&completion, 0), 1);
	assert_true(try_wait_for_completion(&completion));
	assert_false(try_wait_for_completion(&completion));
	kthread_run(completes, &completion, "completes");
	wait_for_completion(&completion);
	wait_for_completion(&completion); /* for good */
	assert_int_equal(wait_for_completion_interruptible(&completion), 0);
	assert_true(completion_done(&completion));
	reinit_completion(&completion);
	assert_false(completion_done(&completion));
}

/* The condition, counting who looks at it. */
static bool look(void)
{
	atomic_inc(&looks);
	return atomic_read(&condition);
}

static void await_looks(int n)
{
	while (atomic_read(&looks) < n)
		msleep(1);
}

static int waits_at_queue(void *data)
{
	wait_event(queue, look());
	atomic_inc(&through);
	return 0;
}

static int waits_exclusively(void *data)
{
	wait_event_interruptible_exclusive(queue, look());
	atomic_inc(&through);
	return 0;
}

/* A waiter looks once before it stands in the queue, then once, then once after each wake-up. */
static void wait_queues(void **state)
{
	struct task_struct *exclusive[3];
	int i, asleep = 0;

	atomic_set(&condition, 0);
	atomic_set(&looks, 0);
	atomic_set(&through, 0);
	for (i = 0; i < 3; i++)
		kthread_run(waits_at_queue, NULL, "shared");
	for (i = 0; i < 3; i++) {
		exclusive[i] = kthread_create(waits_exclusively, NULL, "exclusive");
		get_task_struct(exclusive[i]);
		wake_up_process(exclusive[i]);
	}
	await_looks(6 * 2);
	assert_true(waitqueue_active(&queue));
	wake_up_all(&queue);
	await_looks(6 * 3);
	assert_int_equal(atomic_read(&through), 0);
	atomic_set(&condition, 1);
	wake_up(&queue);
	for (i = 0; i < 3; i++) /* who is woken is so at once, whenever it runs */
		asleep += READ_ONCE(exclusive[i]->__state) == TASK_INTERRUPTIBLE;
	assert_int_equal(asleep, 2);
	while (atomic_read(&through) < 4) /* all shared ones, one exclusive */
		msleep(1);
	assert_int_equal(atomic_read(&looks), 6 * 3 + 4);
	wake_up_all(&queue);
	while (atomic_read(&through) != 6)
		msleep(1);
	for (i = 0; i < 3; i++) {
		kthread_stop(exclusive[i]);
		put_task_struct(exclusive[i]);
	}
	assert_false(waitqueue_active(&queue));
	assert_int_equal(wait_event_timeout(queue, false, 2), 0);
	assert_int_equal(wait_event_timeout(queue, true, 2), 2);
	assert_int_equal(wait_event_timeout(queue, true, 0), 1);
}

/* --- locks ------------------------------------------------------------------------------- */

static DEFINE_MUTEX(mutex);
static DECLARE_RWSEM(rwsem);
static struct semaphore sem;
static int inside, most_inside;
static atomic_t readers, turns_done;

static int takes_mutex(void *data)
{
	int i;

	for (i = 0; i < 20; i++) {
		mutex_lock(&mutex);
		if (++inside > most_inside)
			most_inside = inside;
		if (i % 4 == 0)
			msleep(1);
		inside--;
		mutex_unlock(&mutex);
	}
	atomic_inc(&turns_done);
	return 0;
}

static void await_turns(int n)
{
	while (atomic_read(&turns_done) < n)
		msleep(1);
	atomic_set(&turns_done, 0);
}

static void mutexes(void **state)
{
	int i;

	assert_true(mutex_trylock(&mutex));
	assert_false(mutex_trylock(&mutex));
	assert_true(mutex_is_locked(&mutex));
	assert_true(lockdep_is_held(&mutex));
	mutex_unlock(&mutex);
	assert_false(mutex_is_locked(&mutex));
	for (i = 0; i < 6; i++)
		kthread_run(takes_mutex, NULL, "mutex/%d", i);
	await_turns(6);
	assert_int_equal(most_inside, 1);
	assert_false(mutex_is_locked(&mutex));
}

static int reads(void *data)
{
	int i;

	for (i = 0; i < 10; i++) {
		down_read(&rwsem);
		atomic_inc(&readers);
		msleep(2);
		atomic_dec(&readers);
		up_read(&rwsem);
	}
	atomic_inc(&turns_done);
	return 0;
}

static int writes(void *data)
{
	int *wrong = data, i;

	for (i = 0; i < 10; i++) {
		down_write(&rwsem);
		if (atomic_read(&readers))
			++*wrong;
		msleep(1);
		if (atomic_read(&readers))
			++*wrong;
		if (i % 2)
			downgrade_write(&rwsem);
		if (i % 2)
			up_read(&rwsem);
		else
			up_write(&rwsem);
	}
	atomic_inc(&turns_done);
	return 0;
}

static void rwsems(void **state)
{
	int wrong = 0, i;

	assert_true(down_read_trylock(&rwsem));
	assert_true(down_read_trylock(&rwsem));
	assert_false(down_write_trylock(&rwsem));
	up_read(&rwsem);
	up_read(&rwsem);
	assert_true(down_write_trylock(&rwsem));
	assert_false(down_read_trylock(&rwsem));
	assert_true(rwsem_is_locked(&rwsem));
	up_write(&rwsem);
	down_read(&rwsem);
	kthread_run(reads, NULL, "reads along");
	await_turns(1);
	up_read(&rwsem);
	for (i = 0; i < 4; i++)
		kthread_run(reads, NULL, "reads/%d", i);
	kthread_run(writes, &wrong, "writes");
	await_turns(5);
	assert_int_equal(wrong, 0);
	assert_false(rwsem_is_locked(&rwsem));
}

static int ups(void *data)
{
	msleep(2);
	up(&sem);
	return 0;
}

static void semaphores(void **state)
{
	sema_init(&sem, 2);
	down(&sem);
	assert_int_equal(down_trylock(&sem), 0);
	assert_int_equal(down_trylock(&sem), 1);
	kthread_run(ups, NULL, "ups");
	down(&sem);
	up(&sem);
	assert_int_equal(down_interruptible(&sem), 0);
}

static void spin_locks(void **state)
{
	DEFINE_SPINLOCK(lock);
	DEFINE_RWLOCK(rw);
	unsigned long flags;

	spin_lock(&lock);
	assert_true(in_atomic());
	assert_true(spin_is_locked(&lock));
	assert_false(spin_trylock(&lock));
	assert_int_equal(preempt_count(), 1);
	spin_unlock(&lock);
	spin_lock_irqsave(&lock, flags);
	assert_true(irqs_disabled());
	spin_unlock_irqrestore(&lock, flags);
	assert_false(irqs_disabled());
	spin_lock_bh(&lock);
	assert_true(in_interrupt());
	assert_true(in_softirq());
	assert_true(in_task());
	spin_unlock_bh(&lock);
	assert_true(spin_trylock_bh(&lock));
	spin_unlock_bh(&lock);
	assert_int_equal(preempt_count(), 0);
	read_lock(&rw);
	read_lock(&rw);
	read_unlock(&rw);
	read_unlock(&rw);
	write_lock(&rw);
	write_unlock(&rw);
	assert_int_equal(preempt_count(), 0);
}

static void migration(void **state)
{
	int cpu = smp_processor_id();

	migrate_disable();
	msleep(2);
	assert_int_equal(smp_processor_id(), cpu);
	migrate_enable();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(main_is_a_task), cmocka_unit_test(tasks_share_cpus),
		cmocka_unit_test(timeouts),	  cmocka_unit_test(woken_early),
		cmocka_unit_test(completions),	  cmocka_unit_test(wait_queues),
		cmocka_unit_test(mutexes),	  cmocka_unit_test(rwsems),
		cmocka_unit_test(semaphores),	  cmocka_unit_test(spin_locks),
		cmocka_unit_test(migration),
	};

	return cmocka_run_group_tests_name("compat_task", tests, NULL, NULL);
}
