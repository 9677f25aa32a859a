/* SPDX-License-Identifier: MIT */
/*
 * test_compat_stress.c - many tasks on all services at once, more of them than CPUs. To be run
 * under ThreadSanitizer as well: what locks protect is plain memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/timer.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#define TASKS 20
#define TURNS 300

static atomic_t finished;

static int end(void)
{
	(void)atomic_inc_return(&finished); /* ordered: what the task did is seen */
	return 0;
}

static void run(int (*fn)(void *), void *data)
{
	int i;

	atomic_set(&finished, 0);
	for (i = 0; i < TASKS; i++)
		assert_false(IS_ERR(kthread_run(fn, data, "stress/%d", i)));
	while (smp_load_acquire(&finished.counter) < TASKS)
		msleep(1);
}

/* --- locks: two words that must be equal ------------------------------------------------- */

static DEFINE_MUTEX(mutex);
static DEFINE_SPINLOCK(spin);
static DECLARE_RWSEM(rwsem);
static struct guarded {
	unsigned long a, b;
} by_mutex, by_spin, by_rwsem;
static atomic_t torn;

static void touch(struct guarded *g, bool doze)
{
	if (g->a != g->b)
		atomic_inc(&torn);
	g->a++;
	if (doze)
		usleep_range(50, 100);
	g->b++;
}

static int locks(void *data)
{
	int i;

	for (i = 0; i < TURNS; i++) {
		mutex_lock(&mutex);
		touch(&by_mutex, i % 64 == 0);
		mutex_unlock(&mutex);
		spin_lock(&spin);
		touch(&by_spin, false);
		spin_unlock(&spin);
		if (i % 4) {
			down_read(&rwsem);
			if (by_rwsem.a != by_rwsem.b)
				atomic_inc(&torn);
			up_read(&rwsem);
		} else {
			down_write(&rwsem);
			touch(&by_rwsem, i % 64 == 0);
			up_write(&rwsem);
		}
		if (i % 16 == 0)
			cond_resched();
	}
	return end();
}

static void locks_hold(void **state)
{
	run(locks, NULL);
	assert_int_equal(atomic_read(&torn), 0);
	assert_int_equal(by_mutex.a, TASKS * TURNS);
	assert_int_equal(by_spin.a, TASKS * TURNS);
	assert_int_equal(by_rwsem.a, TASKS * ((TURNS + 3) / 4));
}

/* --- completions: a ring of tasks passes a plain counter on ------------------------------ */

static struct completion ring[TASKS];
static unsigned long passed;
static atomic_t place;

static int passes_on(void *data)
{
	int me = atomic_fetch_inc(&place), i;

	for (i = 0; i < TURNS / 4; i++) {
		if (i % 3)
			wait_for_completion(&ring[me]);
		else
			assert_true(wait_for_completion_timeout(&ring[me], 60 * HZ) > 0);
		passed++;
		complete(&ring[(me + 1) % TASKS]);
	}
	return end();
}

static void completions_order(void **state)
{
	int i;

	for (i = 0; i < TASKS; i++)
		init_completion(&ring[i]);
	complete(&ring[0]);
	run(passes_on, NULL);
	assert_int_equal(passed, TASKS * (TURNS / 4));
}

/* --- kthreads and wait queues ------------------------------------------------------------ */

static DECLARE_WAIT_QUEUE_HEAD(queue);
static atomic_t tickets;

static int takes_tickets(void *data)
{
	int taken = 0;

	while (!kthread_should_stop()) {
		wait_event_interruptible_timeout(
			queue, atomic_read(&tickets) > 0 || kthread_should_stop(), 2);
		while (atomic_dec_if_positive(&tickets) >= 0)
			taken++;
	}
	return taken;
}

static void kthreads_come_and_go(void **state)
{
	struct task_struct *k[TASKS];
	int round, i, taken = 0;

	for (round = 0; round < 10; round++) {
		for (i = 0; i < TASKS; i++)
			k[i] = kthread_run(takes_tickets, NULL, "tickets/%d", i);
		for (i = 0; i < 100; i++) {
			atomic_inc(&tickets);
			wake_up(&queue);
		}
		while (atomic_read(&tickets) > 0)
			msleep(1);
		for (i = 0; i < TASKS; i++) {
			int ret = kthread_stop(k[i]);

			taken += ret > 0 ? ret : 0;
		}
	}
	assert_int_equal(taken, 1000);
}

/* --- work -------------------------------------------------------------------------------- */

static struct workqueue_struct *wq, *ordered;
static atomic_t worked;
static unsigned long in_order; /* of the ordered queue: one at a time */

struct job {
	struct work_struct work;
	struct delayed_work later;
};

static void works(struct work_struct *work)
{
	if (get_random_u32_below(8) == 0)
		usleep_range(50, 100);
	atomic_inc(&worked);
}

static void works_in_order(struct work_struct *work)
{
	in_order++;
	kfree(work);
}

static void works_later(struct work_struct *work)
{
	atomic_inc(&worked);
}

static int queues_work(void *data)
{
	struct job *job = kzalloc(sizeof(*job), GFP_KERNEL);
	int i;

	INIT_WORK(&job->work, works);
	INIT_DELAYED_WORK(&job->later, works_later);
	for (i = 0; i < TURNS / 4; i++) {
		struct work_struct *once = kmalloc(sizeof(*once), GFP_KERNEL);

		INIT_WORK(once, works_in_order);
		queue_work(ordered, once);
		queue_work(wq, &job->work);
		queue_delayed_work(wq, &job->later, i % 3);
		switch (get_random_u32_below(6)) {
		case 0:
			flush_work(&job->work);
			break;
		case 1:
			cancel_work_sync(&job->work);
			break;
		case 2:
			cancel_delayed_work_sync(&job->later);
			break;
		case 3:
			mod_delayed_work(wq, &job->later, 1);
			break;
		case 4:
			flush_workqueue(ordered);
			break;
		}
	}
	cancel_delayed_work_sync(&job->later);
	cancel_work_sync(&job->work);
	kfree(job);
	return end();
}

static void work_is_done(void **state)
{
	wq = alloc_workqueue("stress", 0, 0);
	ordered = alloc_ordered_workqueue("ordered", 0);
	run(queues_work, NULL);
	destroy_workqueue(wq);
	destroy_workqueue(ordered);
	assert_int_equal(in_order, TASKS * (TURNS / 4));
	assert_true(atomic_read(&worked) > 0);
}

/* --- RCU --------------------------------------------------------------------------------- */

struct thing {
	struct rcu_head rcu;
	unsigned long alive;
};
static struct thing *shared;
static atomic_t dead_seen, made, freed;

static void free_thing(struct rcu_head *head)
{
	struct thing *thing = container_of(head, struct thing, rcu);

	thing->alive = 0;
	kfree(thing);
	atomic_inc(&freed);
}

static int reads_and_replaces(void *data)
{
	int i;

	for (i = 0; i < TURNS; i++) {
		struct thing *new, *old;

		rcu_read_lock();
		old = rcu_dereference(shared);
		if (old && !old->alive)
			atomic_inc(&dead_seen);
		rcu_read_unlock();
		if (i % 8)
			continue;
		new = kmalloc(sizeof(*new), GFP_KERNEL);
		new->alive = 1;
		atomic_inc(&made);
		old = __atomic_exchange_n(&shared, new, __ATOMIC_ACQ_REL);
		if (!old)
			continue;
		if (i % 64 == 0) {
			synchronize_rcu();
			free_thing(&old->rcu);
		} else {
			call_rcu(&old->rcu, free_thing);
		}
		if (i % 128 == 8)
			rcu_barrier();
	}
	return end();
}

static void rcu_keeps_readers_safe(void **state)
{
	run(reads_and_replaces, NULL);
	rcu_barrier();
	assert_int_equal(atomic_read(&dead_seen), 0);
	assert_int_equal(atomic_read(&made), atomic_read(&freed) + 1);
	kfree(shared);
}

/* --- per-CPU areas, timers --------------------------------------------------------------- */

static DEFINE_PER_CPU(unsigned long, hits);
static atomic_t rung;

static void rings(struct timer_list *timer)
{
	this_cpu_inc(hits);
	atomic_inc(&rung);
}

static int counts(void *data)
{
	struct timer_list timer;
	int i;

	timer_setup_on_stack(&timer, rings, 0);
	for (i = 0; i < TURNS / 4; i++) {
		u32 *area = alloc_percpu(u32);

		migrate_disable();
		*this_cpu_ptr(area) += 1;
		assert_int_equal(*this_cpu_ptr(area), 1);
		migrate_enable();
		free_percpu(area);
		preempt_disable();
		this_cpu_inc(hits);
		preempt_enable();
		mod_timer(&timer, jiffies + i % 2);
		if (i % 8 == 0)
			usleep_range(50, 100);
		if (i % 16 == 0)
			del_timer_sync(&timer);
	}
	del_timer_sync(&timer);
	return end();
}

static void counters_add_up(void **state)
{
	unsigned long sum = 0;
	unsigned int cpu;

	run(counts, NULL);
	for_each_possible_cpu(cpu) sum += per_cpu(hits, cpu);
	assert_int_equal(sum, TASKS * (TURNS / 4) + atomic_read(&rung));
	assert_int_equal(quire_percpu_bytes(), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(locks_hold),
		cmocka_unit_test(completions_order),
		cmocka_unit_test(kthreads_come_and_go),
		cmocka_unit_test(work_is_done),
		cmocka_unit_test(rcu_keeps_readers_safe),
		cmocka_unit_test(counters_add_up),
	};

	return cmocka_run_group_tests_name("compat_stress", tests, NULL, NULL);
}
