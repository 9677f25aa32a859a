/* SPDX-License-Identifier: MIT */
/*
 * kthread_worker.c - kthreads that do what is queued for them; see surface/kworker.h.
 *
 * 1. worker->lock guards the lists, current_work, and the state of all work that is the worker's.
 *    The thread takes the first of the list and is woken only when it does nothing: one that is
 *    busy looks at the list again by itself.
 * 2. Who waits queues a piece of work of its own, right behind the one that it waits for.
 * 3. A timer's function takes the lock, so a timer is waited for without it; meanwhile
 *    `canceling` keeps the work from being queued, and its timer from being armed.
 */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/slab.h>

void quire_kthread_init_worker(struct kthread_worker *worker)
{
	memset(worker, 0, sizeof(*worker));
	raw_spin_lock_init(&worker->lock);
	INIT_LIST_HEAD(&worker->work_list);
	INIT_LIST_HEAD(&worker->delayed_work_list);
}

void quire_kthread_init_work(struct kthread_work *work, kthread_work_func_t fn)
{
	memset(work, 0, sizeof(*work));
	INIT_LIST_HEAD(&work->node);
	work->func = fn;
}

void quire_kthread_init_delayed_work(struct kthread_delayed_work *dwork, kthread_work_func_t fn)
{
	quire_kthread_init_work(&dwork->work, fn);
	timer_setup(&dwork->timer, kthread_delayed_work_timer_fn, TIMER_IRQSAFE);
}

/* --- the thread -------------------------------------------------------------------------- */

/* The next piece of work, now the current one; NULL: none. */
static struct kthread_work *take(struct kthread_worker *worker)
{
	struct kthread_work *work;

	raw_spin_lock_irq(&worker->lock);
	work = list_first_entry_or_null(&worker->work_list, struct kthread_work, node);
	if (work)
		list_del_init(&work->node);
	worker->current_work = work;
	raw_spin_unlock_irq(&worker->lock);
	return work;
}

int kthread_worker_fn(void *arg)
{
	struct kthread_worker *worker = arg;
	struct kthread_work *work;

	WARN_ON(worker->task && worker->task != current);
	worker->task = current;
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (kthread_should_stop())
			break;
		work = take(worker);
		if (!work) {
			schedule();
			continue;
		}
		__set_current_state(TASK_RUNNING);
		work->func(work); /* which may free it */
		cond_resched();
	}
	__set_current_state(TASK_RUNNING);
	raw_spin_lock_irq(&worker->lock);
	worker->task = NULL;
	raw_spin_unlock_irq(&worker->lock);
	return 0;
}

static struct kthread_worker *create(int cpu, unsigned int flags, const char *comm)
{
	struct kthread_worker *worker;
	struct task_struct *task;

	if (cpu >= (int)nr_cpu_ids)
		return ERR_PTR(-EINVAL);
	worker = kzalloc(sizeof(*worker), GFP_KERNEL);
	if (!worker)
		return ERR_PTR(-ENOMEM);
	quire_kthread_init_worker(worker);
	task = kthread_create(kthread_worker_fn, worker, "%s", comm);
	if (IS_ERR(task)) {
		kfree(worker);
		return ERR_CAST(task);
	}
	if (cpu >= 0)
		kthread_bind(task, (unsigned int)cpu);
	worker->flags = flags;
	worker->task = task;
	wake_up_process(task);
	return worker;
}

struct kthread_worker *kthread_create_worker(unsigned int flags, const char *namefmt, ...)
{
	char comm[TASK_COMM_LEN];
	va_list args;

	va_start(args, namefmt);
	vscnprintf(comm, sizeof(comm), namefmt, args);
	va_end(args);
	return create(-1, flags, comm);
}

struct kthread_worker *kthread_create_worker_on_cpu(int cpu, unsigned int flags,
						    const char *namefmt, ...)
{
	char comm[TASK_COMM_LEN];
	va_list args;

	va_start(args, namefmt);
	vscnprintf(comm, sizeof(comm), namefmt, args);
	va_end(args);
	return create(cpu, flags, comm);
}

void kthread_destroy_worker(struct kthread_worker *worker)
{
	struct task_struct *task = worker->task;

	if (WARN_ON(!task))
		return;
	kthread_flush_worker(worker);
	kthread_stop(task);
	WARN_ON(!list_empty(&worker->delayed_work_list));
	WARN_ON(!list_empty(&worker->work_list));
	kfree(worker);
}

/* --- queuing, under the lock --------------------------------------------------------------- */

static bool may_queue(const struct kthread_work *work)
{
	return list_empty(&work->node) && !work->canceling;
}

static void own(struct kthread_worker *worker, struct kthread_work *work)
{
	WARN_ON_ONCE(work->worker && work->worker != worker);
	work->worker = worker;
}

/* Ahead of @next. */
static void insert(struct kthread_worker *worker, struct kthread_work *work, struct list_head *next)
{
	own(worker, work);
	list_add_tail(&work->node, next);
	if (!worker->current_work && worker->task)
		wake_up_process(worker->task);
}

/* Return: it was queued, or its timer was pending. */
static bool take_back(struct kthread_work *work)
{
	bool was = !list_empty(&work->node);

	list_del_init(&work->node);
	work->waits = false;
	return was;
}

static void arm(struct kthread_worker *worker, struct kthread_delayed_work *dwork,
		unsigned long delay)
{
	struct kthread_work *work = &dwork->work;

	if (!delay) {
		insert(worker, work, &worker->work_list);
		return;
	}
	own(worker, work);
	list_add_tail(&work->node, &worker->delayed_work_list);
	work->waits = true;
	mod_timer(&dwork->timer, jiffies + delay);
}

/* The timer of @dwork does not run. The lock is given back meanwhile. */
static void stop_timer(struct kthread_worker *worker, struct kthread_delayed_work *dwork,
		       unsigned long *flags)
{
	dwork->work.canceling++;
	raw_spin_unlock_irqrestore(&worker->lock, *flags);
	del_timer_sync(&dwork->timer);
	raw_spin_lock_irqsave(&worker->lock, *flags);
	dwork->work.canceling--;
}

/* --- queuing ------------------------------------------------------------------------------- */

bool kthread_queue_work(struct kthread_worker *worker, struct kthread_work *work)
{
	unsigned long flags;
	bool queued;

	raw_spin_lock_irqsave(&worker->lock, flags);
	queued = may_queue(work);
	if (queued)
		insert(worker, work, &worker->work_list);
	raw_spin_unlock_irqrestore(&worker->lock, flags);
	return queued;
}

void kthread_delayed_work_timer_fn(struct timer_list *timer)
{
	struct kthread_delayed_work *dwork = from_timer(dwork, timer, timer);
	struct kthread_work *work = &dwork->work;
	struct kthread_worker *worker = work->worker;
	unsigned long flags;

	if (WARN_ON_ONCE(!worker))
		return;
	raw_spin_lock_irqsave(&worker->lock, flags);
	if (work->waits && !work->canceling) {
		take_back(work);
		insert(worker, work, &worker->work_list);
	}
	raw_spin_unlock_irqrestore(&worker->lock, flags);
}

bool kthread_queue_delayed_work(struct kthread_worker *worker, struct kthread_delayed_work *dwork,
				unsigned long delay)
{
	unsigned long flags;
	bool queued;

	raw_spin_lock_irqsave(&worker->lock, flags);
	queued = may_queue(&dwork->work);
	if (queued)
		arm(worker, dwork, delay);
	raw_spin_unlock_irqrestore(&worker->lock, flags);
	return queued;
}

bool kthread_mod_delayed_work(struct kthread_worker *worker, struct kthread_delayed_work *dwork,
			      unsigned long delay)
{
	unsigned long flags;
	bool was = true;

	raw_spin_lock_irqsave(&worker->lock, flags);
	if (dwork->work.worker)
		stop_timer(worker, dwork, &flags);
	if (!dwork->work.canceling) { /* else it stays with who cancels */
		was = take_back(&dwork->work);
		arm(worker, dwork, delay);
	}
	raw_spin_unlock_irqrestore(&worker->lock, flags);
	return was;
}

/* --- waiting ------------------------------------------------------------------------------- */

struct flusher {
	struct kthread_work work;
	struct completion done;
};

static void tell(struct kthread_work *work)
{
	complete(&container_of(work, struct flusher, work)->done);
}

static void init_flusher(struct flusher *f)
{
	quire_kthread_init_work(&f->work, tell);
	init_completion(&f->done);
}

void kthread_flush_work(struct kthread_work *work)
{
	struct kthread_worker *worker = READ_ONCE(work->worker);
	struct list_head *behind = NULL;
	struct flusher f;

	might_sleep();
	if (!worker)
		return;
	init_flusher(&f);
	raw_spin_lock_irq(&worker->lock);
	if (!list_empty(&work->node) && !work->waits)
		behind = work->node.next;
	else if (worker->current_work == work)
		behind = worker->work_list.next;
	if (behind)
		insert(worker, &f.work, behind);
	raw_spin_unlock_irq(&worker->lock);
	if (behind)
		wait_for_completion(&f.done);
}

void kthread_flush_worker(struct kthread_worker *worker)
{
	struct flusher f;

	init_flusher(&f);
	kthread_queue_work(worker, &f.work);
	wait_for_completion(&f.done);
}

/* @dwork: whose work it is, or NULL. */
static bool cancel(struct kthread_work *work, struct kthread_delayed_work *dwork)
{
	struct kthread_worker *worker = READ_ONCE(work->worker);
	unsigned long flags;
	bool was, runs;

	might_sleep();
	if (!worker)
		return false;
	raw_spin_lock_irqsave(&worker->lock, flags);
	if (dwork)
		stop_timer(worker, dwork, &flags);
	was = take_back(work);
	runs = worker->current_work == work;
	work->canceling += runs;
	raw_spin_unlock_irqrestore(&worker->lock, flags);
	if (!runs)
		return was;
	kthread_flush_work(work);
	raw_spin_lock_irqsave(&worker->lock, flags);
	work->canceling--;
	raw_spin_unlock_irqrestore(&worker->lock, flags);
	return was;
}

bool kthread_cancel_work_sync(struct kthread_work *work)
{
	return cancel(work, NULL);
}

bool kthread_cancel_delayed_work_sync(struct kthread_delayed_work *dwork)
{
	return cancel(&dwork->work, dwork);
}
