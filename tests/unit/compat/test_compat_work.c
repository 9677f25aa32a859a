/* SPDX-License-Identifier: MIT */
/*
 * test_compat_work.c - work queues, delayed work and timers, on a free-running and on a
 * deterministic machine.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

static atomic_t done, inside, most_inside;

static void note_inside(void)
{
	int now = atomic_inc_return(&inside), most = atomic_read(&most_inside);

	while (now > most && !atomic_try_cmpxchg(&most_inside, &most, now))
		;
}

static void counts(struct work_struct *work)
{
	atomic_inc(&done);
}

/* So many are to be inside at once: each waits for the others, but not for ever. */
static int expected;

static void sleeps(struct work_struct *work)
{
	int ms;

	note_inside();
	msleep(3);
	for (ms = 0; ms < 10000 && atomic_read(&most_inside) < expected; ms++)
		msleep(1);
	atomic_dec(&inside);
	atomic_inc(&done);
}

static int setup(void **state)
{
	atomic_set(&done, 0);
	atomic_set(&inside, 0);
	atomic_set(&most_inside, 0);
	expected = 0;
	return 0;
}

static void items_are_done_once(void **state)
{
	struct workqueue_struct *wq = alloc_workqueue("once", 0, 0);
	struct work_struct work;

	INIT_WORK(&work, counts);
	assert_false(work_pending(&work));
	assert_false(flush_work(&work));
	assert_true(queue_work(wq, &work));
	flush_work(&work);
	assert_int_equal(atomic_read(&done), 1);
	assert_int_equal(work_busy(&work), 0);
	assert_true(queue_work(wq, &work));
	flush_workqueue(wq);
	assert_int_equal(atomic_read(&done), 2);
	assert_false(cancel_work_sync(&work));
	destroy_workqueue(wq);
	assert_null(current_work());
}

#define ITEMS 60
static struct work_struct items[ITEMS];

static void queue_items(struct workqueue_struct *wq, work_func_t func)
{
	int i;

	for (i = 0; i < ITEMS; i++) {
		INIT_WORK(&items[i], func);
		assert_true(queue_work(wq, &items[i]));
	}
}

static void destroy_drains(void **state)
{
	struct workqueue_struct *wq = alloc_workqueue("drain", 0, 0);

	expected = 2; /* sleepers let others in */
	queue_items(wq, sleeps);
	destroy_workqueue(wq);
	assert_int_equal(atomic_read(&done), ITEMS);
	assert_true(atomic_read(&most_inside) > 1);
}

static int order[ITEMS], nr_order;

static void notes_order(struct work_struct *work)
{
	note_inside();
	order[nr_order++] = (int)(work - items);
	if (nr_order % 7 == 0)
		msleep(1);
	atomic_dec(&inside);
}

static void ordered_queues_keep_order(void **state)
{
	struct workqueue_struct *wq = alloc_ordered_workqueue("ordered-%d", 0, 1);
	int i;

	nr_order = 0;
	queue_items(wq, notes_order);
	drain_workqueue(wq);
	assert_int_equal(nr_order, ITEMS);
	for (i = 0; i < ITEMS; i++)
		assert_int_equal(order[i], i);
	assert_int_equal(atomic_read(&most_inside), 1);
	destroy_workqueue(wq);
}

static void max_active_is_kept(void **state)
{
	struct workqueue_struct *wq = alloc_workqueue("three", WQ_UNBOUND, 3);

	expected = 3;
	queue_items(wq, sleeps);
	destroy_workqueue(wq);
	assert_int_equal(atomic_read(&done), ITEMS);
	assert_int_equal(atomic_read(&most_inside), 3);
}

/* The flags hold on: of an unbound queue the limit is not so many for each CPU. */
static void max_active_is_lowered(void **state)
{
	struct workqueue_struct *wq = alloc_workqueue("two", WQ_UNBOUND, 5);

	workqueue_set_max_active(wq, 2);
	expected = 2;
	queue_items(wq, sleeps);
	destroy_workqueue(wq);
	assert_int_equal(atomic_read(&done), ITEMS);
	assert_int_equal(atomic_read(&most_inside), 2);
}

/* An item that waits for another of its queue, which must therefore get a worker. */
static DECLARE_COMPLETION(second_ran);
static bool met;

static void waits_for_second(struct work_struct *work)
{
	met = wait_for_completion_timeout(&second_ran, 10 * HZ) > 0;
}

static void is_second(struct work_struct *work)
{
	complete(&second_ran);
}

static void sleepers_do_not_block_the_queue(void **state)
{
	struct workqueue_struct *wq = alloc_workqueue("pair", WQ_UNBOUND, 2);
	struct work_struct first, second;

	reinit_completion(&second_ran);
	INIT_WORK(&first, waits_for_second);
	INIT_WORK(&second, is_second);
	queue_work(wq, &first);
	queue_work(wq, &second);
	flush_work(&first);
	assert_true(met);
	destroy_workqueue(wq);
}

/* The first is under way and waits; the second may be, too, from the raise on. */
static void raised_limits_wake(void **state)
{
	struct workqueue_struct *wq = alloc_workqueue("raised", WQ_UNBOUND, 1);
	struct work_struct first, second;

	reinit_completion(&second_ran);
	met = false;
	INIT_WORK(&first, waits_for_second);
	INIT_WORK(&second, is_second);
	queue_work(wq, &first);
	queue_work(wq, &second);
	msleep(20);
	assert_true(work_pending(&second));
	workqueue_set_max_active(wq, 2);
	flush_work(&first);
	assert_true(met);
	destroy_workqueue(wq);
}

static void again(struct work_struct *work)
{
	assert_ptr_equal(current_work(), work);
	note_inside();
	if (atomic_inc_return(&done) < 5)
		assert_true(schedule_work(work));
	msleep(2);
	atomic_dec(&inside);
}

static void items_queue_themselves(void **state)
{
	struct work_struct work;

	INIT_WORK(&work, again);
	schedule_work(&work);
	while (atomic_read(&done) < 5)
		msleep(1);
	flush_work(&work);
	assert_int_equal(atomic_read(&done), 5);
	assert_int_equal(atomic_read(&most_inside), 1); /* never twice at once */
}

static void frees_itself(struct work_struct *work)
{
	kfree(work);
	atomic_inc(&done);
}

static void items_free_themselves(void **state)
{
	struct workqueue_struct *wq = create_workqueue("frees");
	int i;

	for (i = 0; i < 20; i++) {
		struct work_struct *work = kmalloc(sizeof(*work), GFP_KERNEL);

		INIT_WORK(work, frees_itself);
		queue_work(wq, work);
	}
	destroy_workqueue(wq);
	assert_int_equal(atomic_read(&done), 20);
}

static DECLARE_COMPLETION(gate);

static void waits_at_gate(struct work_struct *work)
{
	note_inside();
	wait_for_completion(&gate);
	atomic_dec(&inside);
}

static void cancelled(void **state)
{
	struct workqueue_struct *wq = alloc_ordered_workqueue("cancel", 0);
	struct work_struct slow, work;

	INIT_WORK(&slow, waits_at_gate);
	INIT_WORK(&work, counts);
	queue_work(wq, &slow);
	queue_work(wq, &work);
	assert_false(queue_work(wq, &work));
	assert_true(work_pending(&work));
	assert_true(cancel_work(&work));
	assert_false(work_pending(&work));
	assert_true(queue_work(wq, &work));
	assert_true(cancel_work_sync(&work));
	complete(&gate);
	flush_work(&slow);
	assert_int_equal(atomic_read(&done), 0);
	assert_int_equal(atomic_read(&inside), 0);
	destroy_workqueue(wq);
}

static void opens_gate(struct timer_list *timer)
{
	complete(&gate);
}

static void ends_slowly(struct work_struct *work)
{
	atomic_inc(&inside);
	wait_for_completion(&gate);
	msleep(20);
	atomic_inc(&done);
}

/* Of @dwork, whose function runs, the last queuing is no more: the one before is waited for. */
static void flush_what_runs(struct delayed_work *dwork, int runs)
{
	bool deterministic = quire_machine_config_of(quire_default_machine())->deterministic;
	struct timer_list timer;
	bool waited;

	timer_setup(&timer, opens_gate, 0);
	mod_timer(&timer, jiffies + 10);
	waited = runs & 1 ? flush_work(&dwork->work) : flush_delayed_work(dwork);
	assert_int_equal(atomic_read(&done), runs);
	assert_true(waited || !deterministic); /* this task may stall until it is over */
	del_timer_sync(&timer);
}

static void flushed_after_cancel(void **state)
{
	struct delayed_work dwork;
	int i;

	reinit_completion(&gate);
	INIT_DELAYED_WORK(&dwork, ends_slowly);
	for (i = 1; i <= 4; i++) {
		assert_true(schedule_delayed_work(&dwork, 0));
		while (atomic_read(&inside) < i)
			msleep(1);
		assert_true(schedule_delayed_work(&dwork, i <= 2 ? 0 : 1000 * HZ));
		assert_true(cancel_delayed_work(&dwork));
		flush_what_runs(&dwork, i);
		assert_false(flush_delayed_work(&dwork));
	}
}

/* Queued on another queue while it runs: there it waits until it has ended here. */
static void two_queues(void **state)
{
	struct workqueue_struct *one = alloc_workqueue("one", 0, 0);
	struct workqueue_struct *other = alloc_workqueue("other", 0, 0);
	struct work_struct work;

	reinit_completion(&gate);
	INIT_WORK(&work, waits_at_gate);
	assert_true(queue_work(one, &work));
	while (!atomic_read(&inside))
		msleep(1);
	assert_true(queue_work(other, &work));
	msleep(20); /* the other queue's worker has nothing that it may take, and sleeps */
	assert_true(work_pending(&work));
	complete_all(&gate);
	assert_true(flush_work(&work));
	flush_workqueue(other);
	assert_int_equal(work_busy(&work), 0);
	assert_int_equal(atomic_read(&most_inside), 1);
	destroy_workqueue(other);
	destroy_workqueue(one);
}

static void comes_second(struct work_struct *work)
{
	atomic_inc(&done);
	complete(&second_ran);
}

/* The item is nobody's once its function runs: here it becomes another one, which may run now. */
static void becomes_another(struct work_struct *work)
{
	INIT_WORK(work, comes_second);
	assert_true(schedule_work(work));
	met = wait_for_completion_timeout(&second_ran, 10 * HZ) > 0;
}

static void places_are_used_again(void **state)
{
	static struct work_struct work;

	reinit_completion(&second_ran);
	met = false;
	INIT_WORK(&work, becomes_another);
	schedule_work(&work);
	flush_workqueue(system_wq);
	flush_workqueue(system_wq);
	assert_int_equal(atomic_read(&done), 1);
	assert_true(met);
}

static void notes_cpu(struct work_struct *work)
{
	atomic_or(1 << smp_processor_id(), &done);
}

static long returns_cpu(void *arg)
{
	msleep(1);
	return smp_processor_id() + *(int *)arg;
}

static void on_cpus(void **state)
{
	int hundred = 100;

	assert_int_equal(schedule_on_each_cpu(notes_cpu), 0);
	assert_int_equal(atomic_read(&done), (1 << num_online_cpus()) - 1);
	assert_int_equal(work_on_cpu(3, returns_cpu, &hundred), 103);
}

/* --- delayed work and timers ------------------------------------------------------------- */

#define FAR (1000000ul * HZ) /* later than any test */

static unsigned long ran_at;

static void notes_time(struct work_struct *work)
{
	struct delayed_work *dwork = to_delayed_work(work);

	assert_non_null(dwork);
	ran_at = jiffies;
	atomic_inc(&done);
}

static void delayed(void **state)
{
	struct delayed_work dwork;
	unsigned long begin;

	INIT_DELAYED_WORK(&dwork, notes_time);
	assert_true(schedule_delayed_work(&dwork, FAR));
	assert_false(schedule_delayed_work(&dwork, 1));
	assert_true(delayed_work_pending(&dwork));
	begin = jiffies;
	assert_true(mod_delayed_work(system_wq, &dwork, 5));
	while (!atomic_read(&done))
		msleep(1);
	assert_true(time_after_eq(ran_at, begin + 5));
	assert_true(schedule_delayed_work(&dwork, FAR));
	assert_true(mod_delayed_work(system_wq, &dwork, 0));
	while (atomic_read(&done) < 2)
		msleep(1);
	assert_true(schedule_delayed_work(&dwork, FAR));
	assert_true(cancel_delayed_work_sync(&dwork));
	assert_false(cancel_delayed_work(&dwork));
	assert_true(schedule_delayed_work(&dwork, FAR));
	flush_delayed_work(&dwork); /* true, unless it was quicker */
	assert_int_equal(atomic_read(&done), 3);
	assert_false(delayed_work_pending(&dwork));
}

struct alarm {
	struct timer_list timer;
	int rings, of;
};

static void rings(struct timer_list *timer)
{
	struct alarm *alarm = from_timer(alarm, timer, timer);

	assert_true(in_serving_softirq());
	WRITE_ONCE(alarm->rings, alarm->rings + 1);
	if (alarm->rings < alarm->of)
		mod_timer(timer, jiffies + 1);
}

static void timers(void **state)
{
	struct alarm a = { .of = 3 }, b = { .of = 1 };

	timer_setup(&a.timer, rings, 0);
	timer_setup(&b.timer, rings, 0);
	assert_false(timer_pending(&a.timer));
	assert_int_equal(mod_timer(&a.timer, jiffies + FAR), 0);
	assert_int_equal(mod_timer(&b.timer, jiffies + FAR), 0);
	assert_int_equal(mod_timer(&a.timer, jiffies + 1), 1);
	while (READ_ONCE(a.rings) < 3)
		msleep(1);
	del_timer_sync(&a.timer);
	assert_int_equal(a.rings, 3);
	assert_false(timer_pending(&a.timer));
	assert_int_equal(del_timer(&b.timer), 1);
	assert_int_equal(del_timer(&b.timer), 0);
	b.timer.expires = jiffies;
	add_timer(&b.timer);
	while (!READ_ONCE(b.rings))
		msleep(1);
	assert_int_equal(del_timer_sync(&b.timer), 0);
}

static u64 cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
}

/* A timer beyond the clock's range is one that is never due, and costs nothing meanwhile. */
static void far_timers(void **state)
{
	struct delayed_work dwork;
	u64 begin;

	msleep(20);
	INIT_DELAYED_WORK(&dwork, notes_time);
	assert_true(schedule_delayed_work(&dwork, MAX_JIFFY_OFFSET));
	begin = cpu_ns();
	msleep(400);
	assert_true(cpu_ns() - begin < 60000000u);
	assert_true(cancel_delayed_work_sync(&dwork));
	assert_int_equal(atomic_read(&done), 0);
}

static void rings_at_once(struct timer_list *timer)
{
	atomic_inc(&done);
	mod_timer(timer, jiffies);
}

/* A timer rings once a tick at most, or nobody else would have its CPU. */
static void rearmed_for_now(void **state)
{
	unsigned long begin = jiffies;
	struct timer_list timer;

	timer_setup(&timer, rings_at_once, 0);
	mod_timer(&timer, begin);
	while (atomic_read(&done) < 3)
		msleep(5);
	del_timer_sync(&timer);
	assert_true((unsigned long)atomic_read(&done) <= jiffies - begin + 1);
	assert_false(timer_pending(&timer));
}

static void takes_long(struct timer_list *timer)
{
	atomic_inc(&inside);
	mdelay(30);
	atomic_inc(&done);
}

/* As Linux allows it: under a lock that the function does not take. */
static void deleted_while_atomic(void **state)
{
	DEFINE_SPINLOCK(lock);
	struct timer_list timer;

	timer_setup(&timer, takes_long, 0);
	mod_timer(&timer, jiffies + 1);
	while (!atomic_read(&inside))
		msleep(1);
	spin_lock(&lock);
	del_timer_sync(&timer);
	assert_int_equal(atomic_read(&done), 1);
	assert_int_equal(preempt_count(), 1);
	spin_unlock(&lock);
}

static int tried_inside, tried_armed;

static void tries_itself(struct timer_list *timer)
{
	tried_inside = try_to_del_timer_sync(timer);
	mod_timer(timer, jiffies + 1000 * HZ);
	tried_armed = try_to_del_timer_sync(timer);
	atomic_inc(&inside);
	mdelay(30);
	atomic_inc(&done);
}

/* While the function runs, nothing is done, whether the timer is armed again or not. */
static void deletion_is_tried(void **state)
{
	struct timer_list timer;
	int ret;

	tried_inside = tried_armed = 0;
	timer_setup(&timer, tries_itself, 0);
	assert_int_equal(try_to_del_timer_sync(&timer), 0);
	mod_timer(&timer, jiffies + 1000 * HZ);
	assert_int_equal(try_to_del_timer_sync(&timer), 1);
	assert_false(timer_pending(&timer));
	mod_timer(&timer, jiffies + 1);
	while (!atomic_read(&inside))
		msleep(1);
	while ((ret = try_to_del_timer_sync(&timer)) < 0)
		cpu_relax();
	assert_int_equal(atomic_read(&done), 1);
	assert_int_equal(ret, 1);
	assert_int_equal(tried_inside, -1);
	assert_int_equal(tried_armed, -1);
}

/* --- what functions leave ---------------------------------------------------------------- */

static DEFINE_MUTEX(left_mutex);
static DEFINE_SPINLOCK(left_lock);
static atomic_t complaints;
static bool was_clean;

static void counts_complaints(void *data, const char *text, size_t len)
{
	if (memmem(text, len, "workqueue leaked lock or atomic", 31))
		atomic_inc(&complaints);
}

static void leaves_mutex(struct work_struct *work)
{
	mutex_lock(&left_mutex);
}

static void leaves_spinlock(struct work_struct *work)
{
	spin_lock(&left_lock);
}

static void leaves_section(struct work_struct *work)
{
	rcu_read_lock();
	rcu_read_lock();
}

static void leaves_irqs_off(struct work_struct *work)
{
	local_irq_disable();
}

static void looks(struct work_struct *work)
{
	was_clean = !rcu_read_lock_held() && !irqs_disabled() && !preempt_count();
}

/* Each is told once; the item behind it, of the same worker, finds nothing of it. */
static void nothing_is_left(void **state)
{
	static const work_func_t leave[] = { leaves_mutex, leaves_spinlock, leaves_section,
					     leaves_irqs_off };
	struct workqueue_struct *wq = alloc_ordered_workqueue("leaves", 0);
	struct work_struct work, next;
	unsigned int i;

	assert_int_equal(register_trace_console(counts_complaints, NULL), 0);
	atomic_set(&complaints, 0);
	for (i = 0; i < ARRAY_SIZE(leave); i++) {
		INIT_WORK(&work, leave[i]);
		INIT_WORK(&next, looks);
		was_clean = false;
		queue_work(wq, &work);
		queue_work(wq, &next);
		flush_workqueue(wq);
		assert_true(was_clean);
		assert_int_equal(atomic_read(&complaints), i + 1);
	}
	destroy_workqueue(wq);
	unregister_trace_console(counts_complaints, NULL);
	assert_false(mutex_trylock(&left_mutex)); /* it stays taken */
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(items_are_done_once, setup),
		cmocka_unit_test_setup(destroy_drains, setup),
		cmocka_unit_test_setup(ordered_queues_keep_order, setup),
		cmocka_unit_test_setup(max_active_is_kept, setup),
		cmocka_unit_test_setup(max_active_is_lowered, setup),
		cmocka_unit_test_setup(raised_limits_wake, setup),
		cmocka_unit_test_setup(sleepers_do_not_block_the_queue, setup),
		cmocka_unit_test_setup(items_queue_themselves, setup),
		cmocka_unit_test_setup(items_free_themselves, setup),
		cmocka_unit_test_setup(cancelled, setup),
		cmocka_unit_test_setup(flushed_after_cancel, setup),
		cmocka_unit_test_setup(two_queues, setup),
		cmocka_unit_test_setup(places_are_used_again, setup),
		cmocka_unit_test_setup(on_cpus, setup),
		cmocka_unit_test_setup(delayed, setup),
		cmocka_unit_test_setup(timers, setup),
		cmocka_unit_test_setup(far_timers, setup),
		cmocka_unit_test_setup(rearmed_for_now, setup),
		cmocka_unit_test_setup(deleted_while_atomic, setup),
		cmocka_unit_test_setup(deletion_is_tried, setup),
		cmocka_unit_test_setup(nothing_is_left, setup),
	};

	cmocka_set_test_filter(argc > 1 ? argv[1] : NULL);
	return cmocka_run_group_tests_name("compat_work", tests, NULL, NULL);
}
