/* SPDX-License-Identifier: MIT */
/*
 * timer.c - timers; the contract stands in surface/work.h.
 *
 * Pending timers stand in one list in the order in which they are due. A kthread, made with the
 * first timer, sleeps until the first of them is due and calls its function with the lock given
 * back and softirqs off, so that sleeping in it is reported. O(pending) to add.
 *
 * A timer is due at `expires`, but one that is armed while a function runs not before the tick
 * that follows: functions that arm for now, themselves or each other, would never end.
 *
 * A timer that was freed while it stands in the list, or made anew, is found by each use of the
 * list (touch.h): poison (slub_debug=P), AddressSanitizer or its neighbours give it away.
 */
#include <linux/list.h>
#include <linux/timer.h>

#include "kunit_services.h"
#include "task_internal.h"
#include "touch.h"

static DEFINE_SPINLOCK(lock);
static LIST_HEAD(pending);
static struct task_struct *server;
static struct timer_list *running;
static unsigned long running_tick; /* in which it began */
static DECLARE_WAIT_QUEUE_HEAD(done);

void quire_timer_renew(void)
{
	spin_lock_init(&lock);
	INIT_LIST_HEAD(&pending);
	init_waitqueue_head(&done);
	server = NULL;
	running = NULL;
}

void quire_timer_setup(struct timer_list *timer, void (*fn)(struct timer_list *), u32 flags)
{
	quire_touch(timer, sizeof(*timer));
	timer->entry.next = timer->entry.prev = NULL;
	timer->queued = false;
	timer->function = fn;
	timer->flags = flags;
}

/* Under the lock. */
static void drop_lost(void)
{
	const size_t func =
		offsetof(struct timer_list, function) - offsetof(struct timer_list, entry);
	struct list_head *at = &pending, *lost;
	bool freed;

	while (at->next != &pending && !quire_entry_lost(at->next, at, func))
		at = at->next;
	lost = at->next;
	if (likely(lost == &pending))
		return;
	freed = quire_cut_lost(at, &pending, func);
	quire_tell_lost("timer", list_entry(lost, struct timer_list, entry), freed);
}

void quire_timer_check(void)
{
	(spin_lock)(&lock);
	drop_lost();
	(spin_unlock)(&lock);
}

static bool unlink_timer(struct timer_list *timer)
{
	if (!timer->queued)
		return false;
	list_del(&timer->entry);
	WRITE_ONCE(timer->queued, false); /* timer_pending() looks without the lock */
	return true;
}

static void link_timer(struct timer_list *timer)
{
	struct list_head *at = &pending;

	timer->due = timer->expires;
	if (running && time_before_eq(timer->due, running_tick))
		timer->due = running_tick + 1;
	while (at->prev != &pending &&
	       time_after(list_entry(at->prev, struct timer_list, entry)->due, timer->due))
		at = at->prev;
	list_add_tail(&timer->entry, at);
	WRITE_ONCE(timer->queued, true);
}

/* When the tick @jiffy begins, ns; beyond the clock: TASK_NO_LIMIT. */
static u64 begin_of(unsigned long jiffy)
{
	u64 ticks = jiffy - INITIAL_JIFFIES;

	return ticks < TASK_NO_LIMIT / QUIRE_TICK_NS ? ticks * QUIRE_TICK_NS : TASK_NO_LIMIT;
}

/* Runs the first timer if it is due. Return: it did; else when it will be, or never, to *@next. */
static bool run_first(u64 *next)
{
	struct timer_list *timer;
	unsigned long now = INITIAL_JIFFIES + (unsigned long)(quire_clock_peek() / QUIRE_TICK_NS);

	*next = TASK_NO_LIMIT;
	(spin_lock)(&lock);
	drop_lost();
	timer = list_first_entry_or_null(&pending, struct timer_list, entry);
	if (!timer || time_after(timer->due, now)) {
		if (timer)
			*next = begin_of(timer->due);
		set_current_state(TASK_IDLE); /* under the lock: who adds a timer wakes */
		(spin_unlock)(&lock);
		return false;
	}
	unlink_timer(timer);
	WRITE_ONCE(running, timer); /* del_timer_sync() looks without the lock, too */
	running_tick = now;
	(spin_unlock)(&lock);
	quire_preempt_add(SOFTIRQ_OFFSET);
	timer->function(timer);
	quire_preempt_sub(SOFTIRQ_OFFSET);
	(spin_lock)(&lock);
	WRITE_ONCE(running, NULL);
	(spin_unlock)(&lock);
	wake_up_all(&done);
	return true;
}

static int serve(void *arg)
{
	u64 next;

	for (;;) {
		if (run_first(&next))
			cond_resched();
		else
			quire_schedule_until(next);
		__set_current_state(TASK_RUNNING);
	}
	return 0;
}

/* Under the lock. */
static void need_server(void)
{
	struct task_struct *task = server;

	if (!task) {
		task = kthread_create(serve, NULL, "timers");
		if (IS_ERR(task))
			panic("timers: the host has no thread for them");
		quire_task_of(task)->service = true;
		server = task;
	}
	wake_up_state(task, TASK_NORMAL | TASK_NEW);
}

/* Under the lock. */
static void set_timer(struct timer_list *timer, unsigned long expires)
{
	unlink_timer(timer);
	timer->expires = expires;
	link_timer(timer);
	need_server();
}

/* @may_lack: it is not to be armed. */
static bool is_timer(const struct timer_list *timer, bool may_lack)
{
	quire_touch(timer, sizeof(*timer));
	if (likely(timer->function ? !quire_is_poison(timer->function) : may_lack))
		return true;
	quire_tell_unset("timer", timer, "timer_setup()");
	return false;
}

/* @sooner: of a queued timer only a time that comes before its own counts. */
static int change_timer(struct timer_list *timer, unsigned long expires, bool sooner)
{
	bool was;

	if (!is_timer(timer, false))
		return 0;
	(spin_lock)(&lock);
	drop_lost();
	was = timer->queued;
	if (!was || !sooner || time_before(expires, timer->expires))
		set_timer(timer, expires);
	(spin_unlock)(&lock);
	return was;
}

int mod_timer(struct timer_list *timer, unsigned long expires)
{
	return change_timer(timer, expires, false);
}

int timer_reduce(struct timer_list *timer, unsigned long expires)
{
	return change_timer(timer, expires, true);
}

void add_timer(struct timer_list *timer)
{
	quire_touch(timer, sizeof(*timer));
	WARN_ON(timer_pending(timer));
	mod_timer(timer, timer->expires);
}

int del_timer(struct timer_list *timer)
{
	bool was;

	if (!is_timer(timer, true))
		return 0;
	(spin_lock)(&lock);
	drop_lost();
	was = unlink_timer(timer);
	(spin_unlock)(&lock);
	return was;
}

int try_to_del_timer_sync(struct timer_list *timer)
{
	int ret;

	if (!is_timer(timer, true))
		return 0;
	(spin_lock)(&lock);
	drop_lost();
	ret = running == timer ? -1 : unlink_timer(timer);
	(spin_unlock)(&lock);
	return ret;
}

/* Waits until the function of @timer, which runs, has ended. In any context, as in Linux. */
static void await_end(const struct timer_list *timer)
{
	if (in_atomic() || irqs_disabled() || rcu_read_lock_held() || quire_rcu_calling()) {
		while (READ_ONCE(running) == timer)
			cpu_relax();
		return;
	}
	wait_event(done, READ_ONCE(running) != timer);
}

int del_timer_sync(struct timer_list *timer)
{
	bool was = false, runs;

	if (!is_timer(timer, true))
		return 0;
	for (;;) {
		(spin_lock)(&lock);
		drop_lost();
		was |= unlink_timer(timer);
		runs = running == timer && server != get_current();
		(spin_unlock)(&lock);
		if (!runs)
			return was;
		await_end(timer);
	}
}
