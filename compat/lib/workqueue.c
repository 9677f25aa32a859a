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
 *    makes another first when it was the last idle one (W3). When the host has no thread for one,
 *    a timer tries again.
 * 4. WORK_STRUCT_PENDING is owned: by the list, by the timer, or by the task that has set it and
 *    is on the way to one of them (the table in work_delayed.c, which has all that needs a timer).
 *    Who cancels takes it over (quire_work_grab()) and keeps it while it waits, so that nobody
 *    queues meanwhile.
 *
 * Invariants, under the lock
 *   W1  nr_busy is the number of workers with an item, nr_active that of those not asleep.
 *   W2  an item is in a list exactly while it is queued; then it is PENDING.
 *   W3  there is an idle worker, or as many as max_active, or one is being made; or the host had
 *       no thread for it, and while there are items `cooldown` is pending.
 *   W4  an item that runs and is queued elsewhere is told to who runs it (worker.awaited).
 *
 * Lock order: the scheduler's, then this one; so nobody is woken with it held.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include <linux/list.h>
#include <linux/workqueue.h>

#include "kunit_services.h"
#include "task_internal.h"
#include "touch.h"
#include "work_internal.h"

#define CANCELING      2l
#define COOLDOWN_TICKS (HZ / 10)

struct workqueue_struct {
	struct list_head all;
	struct list_head items, workers, gone; /* gone: workers that end, with a reference */
	unsigned int flags, max_active, max_running;
	unsigned int nr_workers, nr_busy, nr_active, making;
	bool ending;
	char name[24];
};

/*
 * @work: what it is busy with, perhaps freed; with @func it is told from another at its address.
 * @number: of that item; 0: none. @awaited: it has been queued on another queue meanwhile.
 * @idle: asleep, and nobody has woken it.
 */
struct worker {
	struct list_head link;
	struct workqueue_struct *wq;
	struct task_struct *task;
	struct work_struct *work;
	work_func_t func;
	u64 number;
	bool awaited, idle;
};

static DEFINE_SPINLOCK(lock);
static LIST_HEAD(queues);
static u64 last_number;
static DECLARE_WAIT_QUEUE_HEAD(done);
static struct workqueue_struct *the_system_wq;
static void make_missing_workers(struct timer_list *timer);
static DEFINE_TIMER(cooldown, make_missing_workers);

#define LOCK()	 (spin_lock)(&lock)
#define UNLOCK() (spin_unlock)(&lock)

void quire_workqueue_renew(void)
{
	spin_lock_init(&lock);
	INIT_LIST_HEAD(&queues);
	init_waitqueue_head(&done);
	the_system_wq = NULL;
	quire_items_forget();
	timer_setup(&cooldown, make_missing_workers, 0);
}

/* --- items that are queued, under the lock ----------------------------------------------- */

#define for_each_item(work, wq)                                                     \
	for ((work) = quire_item_after(&(wq)->items, &(wq)->items); (work) != NULL; \
	     (work) = quire_item_after(&(wq)->items, &(work)->entry))

static bool has_items(struct workqueue_struct *wq)
{
	return quire_item_after(&wq->items, &wq->items);
}

static void look_at_all(void)
{
	struct workqueue_struct *wq;
	struct work_struct *work;

	list_for_each_entry (wq, &queues, all) {
		work = quire_item_after(&wq->items, &wq->items);
		while (work)
			work = quire_item_after(&wq->items, &work->entry);
	}
}

/* Its neighbours may be lost, and so may it, between two that are. */
static void take_out(struct work_struct *work)
{
	bool tied = quire_entry_tied(&work->entry);

	if (unlikely(!tied)) {
		look_at_all();
		tied = quire_entry_tied(&work->entry);
	}
	if (tied)
		list_del_init(&work->entry);
	else
		INIT_LIST_HEAD(&work->entry);
}

/* Without any lock. */
static void tell_lost(void)
{
	if (unlikely(quire_items_lost()) && quire_items_tell_lost())
		wake_up_all(&done); /* it is waited for no more */
}

void quire_workqueue_check(void)
{
	LOCK();
	look_at_all();
	UNLOCK();
	tell_lost();
}

/* --- who works, under the lock ----------------------------------------------------------- */

static bool runs(const struct worker *w, const struct work_struct *work)
{
	return w->work == work && w->func == work->func;
}

/* The worker that is busy with @work, or NULL. */
static struct worker *runner_of(const struct work_struct *work)
{
	struct workqueue_struct *wq;
	struct worker *w;

	list_for_each_entry (wq, &queues, all) {
		list_for_each_entry (w, &wq->workers, link)
			if (runs(w, work))
				return w;
	}
	return NULL;
}

/* The first item that may be taken: the same item does not run twice at once. */
static struct work_struct *next_item(struct workqueue_struct *wq)
{
	struct work_struct *work;

	if (wq->nr_busy >= wq->max_active || wq->nr_active >= wq->max_running)
		return NULL;
	for_each_item(work, wq)
	{
		if (!runner_of(work))
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

/* @ended, perhaps freed, has ended in @here: a worker to be woken where it is queued again. */
static struct worker *next_elsewhere(const struct workqueue_struct *here,
				     const struct work_struct *ended)
{
	struct workqueue_struct *wq;
	struct work_struct *work;

	list_for_each_entry (wq, &queues, all) {
		if (wq == here)
			continue;
		for_each_item(work, wq) if (work == ended) return next_worker(wq);
	}
	return NULL;
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

static bool make_worker(struct workqueue_struct *wq);

static void begin(struct worker *w, struct work_struct *work)
{
	take_out(work);
	atomic_long_set(&work->data, atomic_long_read(&work->data) & ~WORK_STRUCT_PENDING); /* W2 */
	w->work = work;
	w->func = work->func;
	w->number = work->number;
	w->awaited = false;
	w->wq->nr_busy++;
	w->wq->nr_active++;
}

/* Return: a worker of another queue, to be woken. */
static struct worker *end(struct worker *w)
{
	const struct work_struct *ended = w->work;

	w->work = NULL;
	w->number = 0;
	w->wq->nr_busy--;
	w->wq->nr_active--;
	return w->awaited ? next_elsewhere(w->wq, ended) : NULL;
}

/* Does one item. Called with the lock, which is given back meanwhile. */
static void do_item(struct worker *w, struct work_struct *work)
{
	work_func_t func = work->func;
	int cpu = work->cpu;
	struct quire_context before;
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
	quire_context_save(&before);
	func(work);
	quire_context_check(&before, (void *)func);
	if (cpu != WORK_CPU_UNBOUND)
		quire_task_move(TASK_ANY_CPU);
	LOCK();
	next = end(w);
	UNLOCK();
	if (next)
		wake_up_process(next->task);
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
		if (unlikely(quire_items_lost())) {
			UNLOCK();
			tell_lost();
			LOCK();
			continue;
		}
		if (work) {
			do_item(w, work);
			continue;
		}
		if (wq->ending && !has_items(wq))
			break;
		w->idle = true;
		set_current_state(TASK_IDLE);
		UNLOCK();
		schedule();
		LOCK();
	}
	list_move(&w->link, &wq->gone);
	wq->nr_workers--;
	quire_task_of(w->task)->blocks = NULL;
	UNLOCK();
	wake_up_all(&done);
	return 0;
}

static struct worker *new_worker(struct workqueue_struct *wq)
{
	struct worker *w = calloc(1, sizeof(*w));
	struct task_struct *task;

	if (!w)
		return NULL;
	task = kthread_create(work_on, w, "kworker/%s", wq->name);
	if (IS_ERR(task)) {
		free(w);
		return NULL;
	}
	w->wq = wq;
	w->task = get_task_struct(task);
	task->flags |= PF_WQ_WORKER;
	quire_task_of(task)->worker = w;
	quire_task_of(task)->blocks = worker_blocks;
	return w;
}

/* With wq->making counted. Return: false: the host had no thread; it is tried again. */
static bool make_worker(struct workqueue_struct *wq)
{
	struct worker *w = new_worker(wq);
	bool missing;

	LOCK();
	wq->making--;
	missing = !w && has_items(wq);
	if (w) {
		list_add(&w->link, &wq->workers);
		wq->nr_workers++;
	}
	UNLOCK(); /* without @w, wq may be gone from here on */
	if (w)
		wake_up_process(w->task);
	else
		wake_up_all(&done);
	if (missing)
		mod_timer(&cooldown, jiffies + COOLDOWN_TICKS);
	return w;
}

/* Under the lock: a queue that has an item and nobody for it. */
static struct workqueue_struct *queue_without_worker(void)
{
	struct workqueue_struct *wq;

	list_for_each_entry (wq, &queues, all) {
		if (has_items(wq) && needs_worker(wq))
			return wq;
	}
	return NULL;
}

/* @wq has items: sees to it that one is taken, if any may be; who begins with it sees to the
 * others. Called with the lock, which is given back. */
static void get_going(struct workqueue_struct *wq)
{
	struct worker *w = next_worker(wq);
	bool more = !w && needs_worker(wq);

	wq->making += more;
	UNLOCK();
	if (w)
		wake_up_process(w->task);
	if (more)
		make_worker(wq);
}

static void make_missing_workers(struct timer_list *timer)
{
	struct workqueue_struct *wq;

	do {
		LOCK();
		wq = queue_without_worker();
		if (wq)
			wq->making++;
		UNLOCK();
	} while (wq && make_worker(wq));
}

/* --- queues ------------------------------------------------------------------------------ */

static void set_max_active(struct workqueue_struct *wq, int max_active)
{
	unsigned int cpus = quire_machine_config_of(quire_default_machine())->nr_cpus;

	wq->max_active = max_active > 0 ? (unsigned int)max_active : WQ_DFL_ACTIVE;
	if (!(wq->flags & (WQ_UNBOUND | __WQ_ORDERED)))
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
	INIT_LIST_HEAD(&wq->gone);
	wq->flags = flags;
	set_max_active(wq, max_active);
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
	if (WARN_ON(wq->flags & __WQ_ORDERED))
		return;
	LOCK();
	set_max_active(wq, max_active);
	if (has_items(wq))
		get_going(wq);
	else
		UNLOCK();
}

static bool is_drained(struct workqueue_struct *wq)
{
	bool drained;

	LOCK();
	drained = !has_items(wq) && !wq->nr_busy;
	UNLOCK();
	return drained;
}

void drain_workqueue(struct workqueue_struct *wq)
{
	wait_event(done, is_drained(wq));
	tell_lost();
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
	struct worker *w, *next;

	drain_workqueue(wq);
	LOCK();
	wq->ending = true;
	UNLOCK();
	while ((w = any_idle(wq)))
		wake_up_process(w->task);
	wait_event(done, has_ended(wq));
	list_for_each_entry_safe (w, next, &wq->gone, link) { /* a fork() finds no thread ending */
		quire_kthread_join(w->task);
		put_task_struct(w->task);
		free(w);
	}
	LOCK();
	list_del(&wq->all);
	UNLOCK();
	free(wq);
}

/* --- items ------------------------------------------------------------------------------- */

void quire_init_work(struct work_struct *work, work_func_t func)
{
	quire_touch(work, sizeof(*work));
	atomic_long_set(&work->data, 0);
	INIT_LIST_HEAD(&work->entry);
	work->func = func;
	work->number = 0;
}

/* Under the lock: @work is the caller's, to be queued. Return: false: it is somebody's already. */
static bool mark(struct work_struct *work)
{
	if (work_pending(work))
		return false;
	atomic_long_set(&work->data, WORK_STRUCT_PENDING);
	return true;
}

bool quire_work_claim(struct work_struct *work)
{
	bool marked;

	if (!quire_work_is_set(work, false))
		return false;
	LOCK();
	marked = mark(work);
	UNLOCK();
	return marked;
}

/* Puts @work, the caller's, into @wq. Called with the lock, which is given back. */
static void insert(int cpu, struct workqueue_struct *wq, struct work_struct *work)
{
	struct worker *w = runner_of(work);

	if (w)
		w->awaited |= w->wq != wq; /* W4 */
	work->number = ++last_number;
	work->cpu = cpu;
	if (unlikely(!quire_entry_tied(&wq->items)))
		look_at_all();
	list_add_tail(&work->entry, &wq->items);
	get_going(wq);
	tell_lost();
}

void quire_work_insert(int cpu, struct workqueue_struct *wq, struct work_struct *work)
{
	LOCK();
	insert(cpu, wq, work);
}

void quire_work_moved(void)
{
	wake_up_all(&done);
}

bool queue_work_on(int cpu, struct workqueue_struct *wq, struct work_struct *work)
{
	if (!quire_work_is_set(work, false))
		return false;
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
		for_each_item(work, wq) if (work->number == number) return true;
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
	struct worker *w;
	u64 number;

	if (!quire_work_is_set(work, false))
		return false;
	LOCK();
	number = work->number;
	if (number && !outstanding(number)) { /* done, or cancelled while an earlier one runs */
		w = runner_of(work);
		number = w ? w->number : 0;
	}
	UNLOCK();
	if (!number)
		return false;
	wait_event(done, is_done(number));
	tell_lost();
	return true;
}

/* Has all of @wq up to @number been done? */
static bool is_done_until(struct workqueue_struct *wq, u64 number)
{
	struct work_struct *work;
	struct worker *w;
	bool still = false;

	LOCK();
	for_each_item(work, wq) still |= work->number <= number;
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
	tell_lost();
}

int quire_work_grab(struct work_struct *work, struct timer_list *timer, long mark)
{
	bool armed = timer && del_timer(timer);
	int ret = 0;

	LOCK();
	if (atomic_long_read(&work->data) & CANCELING)
		ret = -ENOENT;
	else if (work_pending(work))
		ret = armed || !list_empty(&work->entry) ? 1 : -EAGAIN;
	if (ret >= 0)
		atomic_long_set(&work->data, WORK_STRUCT_PENDING | mark);
	if (ret > 0)
		take_out(work);
	UNLOCK();
	tell_lost();
	if (ret > 0)
		wake_up_all(&done);
	return ret;
}

void quire_work_let_go(struct work_struct *work)
{
	LOCK();
	atomic_long_set(&work->data, 0);
	UNLOCK();
	wake_up_all(&done);
}

bool cancel_work(struct work_struct *work)
{
	int ret;

	if (!quire_work_is_set(work, true))
		return false;
	ret = quire_work_grab(work, NULL, 0);
	if (ret >= 0)
		quire_work_let_go(work);
	return ret > 0;
}

/* Does the calling worker run it? */
static bool is_own(const struct work_struct *work)
{
	const struct worker *w = quire_task_of(get_current())->worker;

	return w && runs(w, work);
}

static bool is_at_rest(const struct work_struct *work)
{
	bool rests;

	if (is_own(work))
		return true; /* its own function cancels it */
	LOCK();
	rests = !runner_of(work);
	UNLOCK();
	return rests;
}

bool quire_work_cancel_sync(struct work_struct *work, struct timer_list *timer)
{
	int ret;

	if (!quire_work_is_set(work, false))
		return false;
	wait_event(done, (ret = quire_work_grab(work, timer, CANCELING)) >= 0 ||
				 (ret == -ENOENT && is_own(work)));
	if (ret < 0)
		return false; /* who cancels waits for the calling function */
	wait_event(done, is_at_rest(work));
	quire_work_let_go(work);
	return ret > 0;
}

bool cancel_work_sync(struct work_struct *work)
{
	return quire_work_cancel_sync(work, NULL);
}

unsigned int work_busy(struct work_struct *work)
{
	unsigned int busy;

	quire_touch(work, sizeof(*work));
	LOCK();
	busy = work_pending(work) ? WORK_BUSY_PENDING : 0;
	if (runner_of(work))
		busy |= WORK_BUSY_RUNNING;
	UNLOCK();
	return busy;
}

struct work_struct *current_work(void)
{
	const struct worker *w = quire_task_of(get_current())->worker;

	return w ? w->work : NULL;
}
