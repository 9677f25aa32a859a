/* SPDX-License-Identifier: MIT */
/*
 * workqueue.c - work queues on kthreads; the contract stands in surface/work.h.
 *
 *	queue_work() -> wq->items -> a worker takes the first it may -> func() -> `done` is woken
 *
 * 1. Each queuing of an item has a number that never repeats. Who flushes waits for numbers, not
 *    for items: an item is nobody's to touch once its function runs.
 * 2. A worker is idle, or busy with an item; a busy one that is not asleep is active. Another
 *    item is taken while busy < max_active and active < CPUs. So the next worker is woken
 *    when an item comes, when a worker is done, and when an active one falls asleep: the
 *    scheduler tells (quire_task.blocks).
 * 3. Threads cannot be made in the middle of that, so a worker that begins with an item
 *    makes another first when it was the last idle one (W3).
 *
 * Invariants, under the lock
 *   W1  nr_busy is the number of workers with an item, nr_active that of those not asleep.
 *   W2  an item is in a list exactly while it is queued; then bit 0 of data is set.
 *   W3  there is an idle worker, or as many as max_active, or one is being made.
 *
 * Lock order: the scheduler's, then this one; so nobody is woken with it held.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include <linux/list.h>
#include <linux/workqueue.h>

#include "task_internal.h"

#define CANCELING 2l

struct workqueue_struct {
	struct list_head all;
	struct list_head items, workers;
	unsigned int max_active, max_running;
	unsigned int nr_workers, nr_busy, nr_active, making;
	bool ending;
	char name[24];
};

/* @number: of the item it is busy with; 0: none. @idle: asleep, and nobody has woken it. */
struct worker {
	struct list_head link;
	struct workqueue_struct *wq;
	struct task_struct *task;
	struct work_struct *work;
	u64 number;
	bool idle;
};

static DEFINE_SPINLOCK(lock);
static LIST_HEAD(queues);
static u64 last_number;
static DECLARE_WAIT_QUEUE_HEAD(done);
static struct workqueue_struct *the_system_wq;

#define LOCK()	 (spin_lock)(&lock)
#define UNLOCK() (spin_unlock)(&lock)

void quire_workqueue_renew(void)
{
	spin_lock_init(&lock);
	INIT_LIST_HEAD(&queues);
	init_waitqueue_head(&done);
	the_system_wq = NULL;
}

/* --- who works, under the lock ----------------------------------------------------------- */

static bool is_running(const struct work_struct *work)
{
	struct workqueue_struct *wq;
	struct worker *w;

	list_for_each_entry (wq, &queues, all) {
		list_for_each_entry (w, &wq->workers, link)
			if (w->work == work)
				return true;
	}
	return false;
}

/* The first item that may be taken: the same item does not run twice at once. */
static struct work_struct *next_item(struct workqueue_struct *wq)
{
	struct work_struct *work;

	if (wq->nr_busy >= wq->max_active || wq->nr_active >= wq->max_running)
		return NULL;
	list_for_each_entry (work, &wq->items, entry) {
		if (!is_running(work))
			return work;
	}
	return NULL;
}

/* An idle worker that is to be woken for the next item; NULL: no item, or none idle. */
static struct worker *next_worker(struct workqueue_struct *wq)
{
	struct worker *w;

	if (!next_item(wq))
		return NULL;
	list_for_each_entry (w, &wq->workers, link) {
		if (w->idle) {
			w->idle = false;
			return w;
		}
	}
	return NULL;
}

static bool needs_worker(const struct workqueue_struct *wq)
{
	unsigned int workers = wq->nr_workers + wq->making;

	return workers <= wq->nr_busy && workers < wq->max_active && !wq->ending;
}

/* The scheduler: this worker's task falls asleep, or has been woken. */
static void worker_blocks(struct quire_task *t, bool asleep)
{
	struct worker *w = t->worker, *next = NULL;

	LOCK();
	if (w->number) {
		w->wq->nr_active += asleep ? -1u : 1u;
		if (asleep)
			next = next_worker(w->wq);
	}
	UNLOCK();
	if (next)
		quire_wake_in_blocks(quire_task_of(next->task));
}

/* --- workers ----------------------------------------------------------------------------- */

static void make_worker(struct workqueue_struct *wq);

static void begin(struct worker *w, struct work_struct *work)
{
	list_del_init(&work->entry);
	atomic_long_set(&work->data, atomic_long_read(&work->data) & ~WORK_STRUCT_PENDING); /* W2 */
	w->work = work;
	w->number = work->number;
	w->wq->nr_busy++;
	w->wq->nr_active++;
}

static void end(struct worker *w)
{
	w->work = NULL;
	w->number = 0;
	w->wq->nr_busy--;
	w->wq->nr_active--;
}

/* Does one item. Called with the lock, which is given back meanwhile. */
static void do_item(struct worker *w, struct work_struct *work)
{
	work_func_t func = work->func;
	int cpu = work->cpu;
	struct worker *next;
	bool more;

	begin(w, work);
	more = needs_worker(w->wq);
	w->wq->making += more;
	next = next_worker(w->wq);
	UNLOCK();
	if (more)
		make_worker(w->wq);
	if (next)
		wake_up_process(next->task);
	if (cpu != WORK_CPU_UNBOUND)
		quire_task_move(cpu);
	func(work);
	if (WARN(current->preempt_count || rcu_read_lock_held(),
		 "BUG: workqueue leaked lock or atomic: %s, last function: %ps\n", current->comm,
		 (void *)func))
		current->preempt_count = 0;
	if (cpu != WORK_CPU_UNBOUND)
		quire_task_move(TASK_ANY_CPU);
	LOCK();
	end(w);
	UNLOCK();
	wake_up_all(&done);
	cond_resched();
	LOCK();
}

static int work_on(void *arg)
{
	struct worker *w = arg;
	struct workqueue_struct *wq = w->wq;
	struct work_struct *work;

	LOCK();
	for (;;) {
		w->idle = false;
		__set_current_state(TASK_RUNNING);
		work = next_item(wq);
		if (work) {
			do_item(w, work);
			continue;
		}
		if (wq->ending && list_empty(&wq->items))
			break;
		w->idle = true;
		set_current_state(TASK_IDLE);
		UNLOCK();
		schedule();
		LOCK();
	}
	list_del(&w->link);
	wq->nr_workers--;
	quire_task_of(w->task)->blocks = NULL;
	UNLOCK();
	wake_up_all(&done); /* wq may be gone from here on */
	free(w);
	return 0;
}

/* With wq->making counted. */
static void make_worker(struct workqueue_struct *wq)
{
	struct worker *w = calloc(1, sizeof(*w));
	struct task_struct *task;

	if (w) {
		w->wq = wq;
		task = kthread_create(work_on, w, "kworker/%s", wq->name);
		if (IS_ERR(task)) {
			free(w);
			w = NULL;
		}
	}
	LOCK();
	wq->making--;
	if (w) {
		w->task = task;
		task->flags |= PF_WQ_WORKER;
		quire_task_of(task)->worker = w;
		quire_task_of(task)->blocks = worker_blocks;
		list_add(&w->link, &wq->workers);
		wq->nr_workers++;
	}
	UNLOCK();
	if (w)
		wake_up_process(task);
}

/* --- queues ------------------------------------------------------------------------------ */

static void set_max_active(struct workqueue_struct *wq, unsigned int flags, int max_active)
{
	unsigned int cpus = quire_machine_config_of(quire_default_machine())->nr_cpus;

	wq->max_active = max_active > 0 ? (unsigned int)max_active : WQ_DFL_ACTIVE;
	if (!(flags & (WQ_UNBOUND | __WQ_ORDERED)))
		wq->max_active *= cpus;
	wq->max_running = cpus;
}

struct workqueue_struct *alloc_workqueue(const char *fmt, unsigned int flags, int max_active, ...)
{
	struct workqueue_struct *wq = calloc(1, sizeof(*wq));
	va_list args;

	if (!wq)
		return NULL;
	va_start(args, max_active);
	vscnprintf(wq->name, sizeof(wq->name), fmt, args);
	va_end(args);
	INIT_LIST_HEAD(&wq->items);
	INIT_LIST_HEAD(&wq->workers);
	set_max_active(wq, flags, max_active);
	LOCK();
	list_add_tail(&wq->all, &queues);
	UNLOCK();
	return wq;
}

struct workqueue_struct *quire_system_wq(void)
{
	struct workqueue_struct *wq = __atomic_load_n(&the_system_wq, __ATOMIC_ACQUIRE),
				*none = NULL;

	if (wq)
		return wq;
	wq = alloc_workqueue("events", 0, 0);
	if (!wq)
		panic("work queues: the host has no memory for the first");
	if (__atomic_compare_exchange_n(&the_system_wq, &none, wq, false, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE))
		return wq;
	destroy_workqueue(wq);
	return none;
}

void workqueue_set_max_active(struct workqueue_struct *wq, int max_active)
{
	LOCK();
	set_max_active(wq, 0, max_active);
	UNLOCK();
}

static bool is_drained(struct workqueue_struct *wq)
{
	bool drained;

	LOCK();
	drained = list_empty(&wq->items) && !wq->nr_busy;
	UNLOCK();
	return drained;
}

void drain_workqueue(struct workqueue_struct *wq)
{
	wait_event(done, is_drained(wq));
}

static bool has_ended(struct workqueue_struct *wq)
{
	bool ended;

	LOCK();
	ended = !wq->nr_workers && !wq->making;
	UNLOCK();
	return ended;
}

static struct worker *any_idle(struct workqueue_struct *wq)
{
	struct worker *w, *found = NULL;

	LOCK();
	list_for_each_entry (w, &wq->workers, link) {
		if (w->idle) {
			w->idle = false;
			found = w;
			break;
		}
	}
	UNLOCK();
	return found;
}

void destroy_workqueue(struct workqueue_struct *wq)
{
	struct worker *w;

	drain_workqueue(wq);
	LOCK();
	wq->ending = true;
	UNLOCK();
	while ((w = any_idle(wq)))
		wake_up_process(w->task);
	wait_event(done, has_ended(wq));
	LOCK();
	list_del(&wq->all);
	UNLOCK();
	free(wq);
}

/* --- items ------------------------------------------------------------------------------- */

void quire_init_work(struct work_struct *work, work_func_t func)
{
	atomic_long_set(&work->data, 0);
	INIT_LIST_HEAD(&work->entry);
	work->func = func;
	work->number = 0;
}

/* Under the lock: @work is marked as queued. Return: false: it was, or is being cancelled. */
static bool mark(struct work_struct *work)
{
	long data = atomic_long_read(&work->data);

	if (data & (WORK_STRUCT_PENDING | CANCELING))
		return false;
	atomic_long_set(&work->data, data | WORK_STRUCT_PENDING);
	return true;
}

/* Puts @work, which is marked, into @wq. Called with the lock, which is given back. */
static void insert(int cpu, struct workqueue_struct *wq, struct work_struct *work)
{
	struct worker *w;
	bool more;

	work->number = ++last_number;
	work->cpu = cpu;
	list_add_tail(&work->entry, &wq->items);
	w = next_worker(wq);
	more = !w && needs_worker(wq);
	wq->making += more;
	UNLOCK();
	if (w)
		wake_up_process(w->task);
	if (more)
		make_worker(wq);
}

bool queue_work_on(int cpu, struct workqueue_struct *wq, struct work_struct *work)
{
	LOCK();
	if (!mark(work)) {
		UNLOCK();
		return false;
	}
	insert(cpu, wq, work);
	return true;
}

/* Under the lock: is the queuing @number of any item still queued or under way? */
static bool outstanding(u64 number)
{
	struct workqueue_struct *wq;
	struct work_struct *work;
	struct worker *w;

	list_for_each_entry (wq, &queues, all) {
		list_for_each_entry (work, &wq->items, entry)
			if (work->number == number)
				return true;
		list_for_each_entry (w, &wq->workers, link)
			if (w->number == number)
				return true;
	}
	return false;
}

static bool is_done(u64 number)
{
	bool still;

	LOCK();
	still = outstanding(number);
	UNLOCK();
	return !still;
}

bool flush_work(struct work_struct *work)
{
	u64 number;

	LOCK();
	number = work->number;
	if (!number || !outstanding(number)) {
		UNLOCK();
		return false;
	}
	UNLOCK();
	wait_event(done, is_done(number));
	return true;
}

/* Has all of @wq up to @number been done? */
static bool is_done_until(struct workqueue_struct *wq, u64 number)
{
	struct work_struct *work;
	struct worker *w;
	bool still = false;

	LOCK();
	list_for_each_entry (work, &wq->items, entry)
		still |= work->number <= number;
	list_for_each_entry (w, &wq->workers, link)
		still |= w->number && w->number <= number;
	UNLOCK();
	return !still;
}

void flush_workqueue(struct workqueue_struct *wq)
{
	u64 number;

	LOCK();
	number = last_number;
	UNLOCK();
	wait_event(done, is_done_until(wq, number));
}

/* Under the lock: out of its queue, if it is in one. */
static bool withdraw(struct work_struct *work)
{
	if (list_empty(&work->entry))
		return false;
	list_del_init(&work->entry);
	atomic_long_set(&work->data, atomic_long_read(&work->data) & ~WORK_STRUCT_PENDING);
	return true;
}

bool cancel_work(struct work_struct *work)
{
	bool was;

	LOCK();
	was = withdraw(work);
	UNLOCK();
	if (was)
		wake_up_all(&done);
	return was;
}

static bool is_at_rest(struct work_struct *work)
{
	bool runs;

	if (current_work() == work)
		return true; /* its own function cancels it */
	LOCK();
	runs = is_running(work);
	UNLOCK();
	return !runs;
}

bool cancel_work_sync(struct work_struct *work)
{
	bool was;

	LOCK();
	atomic_long_set(&work->data, atomic_long_read(&work->data) | CANCELING);
	was = withdraw(work);
	UNLOCK();
	wake_up_all(&done);
	wait_event(done, is_at_rest(work));
	LOCK();
	atomic_long_set(&work->data, atomic_long_read(&work->data) & ~CANCELING);
	UNLOCK();
	return was;
}

unsigned int work_busy(struct work_struct *work)
{
	unsigned int busy;

	LOCK();
	busy = work_pending(work) ? WORK_BUSY_PENDING : 0;
	if (is_running(work))
		busy |= WORK_BUSY_RUNNING;
	UNLOCK();
	return busy;
}

struct work_struct *current_work(void)
{
	const struct worker *w = quire_task_of(get_current())->worker;

	return w ? w->work : NULL;
}

/* --- delayed work ------------------------------------------------------------------------ */

void delayed_work_timer_fn(struct timer_list *timer)
{
	struct delayed_work *dwork = from_timer(dwork, timer, timer);

	LOCK();
	insert(dwork->cpu, dwork->wq, &dwork->work);
}

void quire_init_delayed_work(struct delayed_work *dwork, work_func_t func)
{
	quire_init_work(&dwork->work, func);
	quire_timer_setup(&dwork->timer, delayed_work_timer_fn, 0);
}

bool queue_delayed_work_on(int cpu, struct workqueue_struct *wq, struct delayed_work *dwork,
			   unsigned long delay)
{
	LOCK();
	if (!mark(&dwork->work)) {
		UNLOCK();
		return false;
	}
	if (!delay) {
		insert(cpu, wq, &dwork->work);
		return true;
	}
	dwork->wq = wq;
	dwork->cpu = cpu;
	UNLOCK();
	mod_timer(&dwork->timer, jiffies + delay);
	return true;
}

bool cancel_delayed_work(struct delayed_work *dwork)
{
	bool was = del_timer(&dwork->timer);

	if (!was)
		return cancel_work(&dwork->work);
	LOCK();
	atomic_long_set(&dwork->work.data,
			atomic_long_read(&dwork->work.data) & ~WORK_STRUCT_PENDING);
	UNLOCK();
	return true;
}

bool cancel_delayed_work_sync(struct delayed_work *dwork)
{
	bool was;

	LOCK();
	atomic_long_set(&dwork->work.data, atomic_long_read(&dwork->work.data) | CANCELING);
	UNLOCK();
	was = del_timer_sync(&dwork->timer);
	if (was) {
		LOCK();
		atomic_long_set(&dwork->work.data,
				atomic_long_read(&dwork->work.data) & ~WORK_STRUCT_PENDING);
		UNLOCK();
	}
	return cancel_work_sync(&dwork->work) || was;
}

bool mod_delayed_work_on(int cpu, struct workqueue_struct *wq, struct delayed_work *dwork,
			 unsigned long delay)
{
	bool was = cancel_delayed_work(dwork);

	queue_delayed_work_on(cpu, wq, dwork, delay);
	return was;
}

bool flush_delayed_work(struct delayed_work *dwork)
{
	if (del_timer_sync(&dwork->timer)) {
		LOCK();
		insert(dwork->cpu, dwork->wq, &dwork->work);
	}
	return flush_work(&dwork->work);
}
