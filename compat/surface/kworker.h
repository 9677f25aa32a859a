/* SPDX-License-Identifier: MIT */
/*
 * surface/kworker.h - kthreads that do what is queued for them, one thing after another.
 *
 *	worker = kthread_create_worker(0, "name")	a thread of one's own, unlike a work queue's
 *	kthread_queue_work(worker, &work)		work->func(work), in the order of queuing
 *	kthread_flush_work(&work), kthread_cancel_work_sync(&work)
 *	kthread_destroy_worker(worker)			all that is queued is done, the thread ends
 *
 * 1. A piece of work is queued once until its function begins; it may then be queued again, also
 *    by its own function, which may free it, too.
 * 2. It belongs to the worker it was first queued with: another one is told by a WARN_ON_ONCE().
 * 3. While it is being cancelled it cannot be queued. Its own function must not wait for it.
 *
 * Left out: KTW_FREEZABLE changes nothing.
 * Names and contracts are those of Linux 6.1.
 */
/* Ahead of the guard: base.h ends with all services, in an order that works. */
#include "base.h"

#ifndef COMPAT_SURFACE_KWORKER_H
#define COMPAT_SURFACE_KWORKER_H

#include "work.h"

struct kthread_work;
typedef void (*kthread_work_func_t)(struct kthread_work *work);

enum { KTW_FREEZABLE = 1 };

/**
 * struct kthread_worker - a thread and what is queued for it.
 * @task: NULL: none yet; @current_work: what it does, perhaps freed
 */
struct kthread_worker {
	unsigned int flags;
	raw_spinlock_t lock;
	struct list_head work_list;
	struct list_head delayed_work_list; /* their timers run */
	struct task_struct *task;
	struct kthread_work *current_work;
};

/** struct kthread_work - @waits: on the delayed list. @canceling: by so many. Under worker->lock.
 */
struct kthread_work {
	struct list_head node;
	kthread_work_func_t func;
	struct kthread_worker *worker;
	int canceling;
	bool waits;
};

struct kthread_delayed_work {
	struct kthread_work work;
	struct timer_list timer;
};

#define KTHREAD_WORKER_INIT(worker)                                             \
	{                                                                       \
		.lock = { 0 }, .work_list = LIST_HEAD_INIT((worker).work_list), \
		.delayed_work_list = LIST_HEAD_INIT((worker).delayed_work_list) \
	}
#define KTHREAD_WORK_INIT(work, fn)                               \
	{                                                         \
		.node = LIST_HEAD_INIT((work).node), .func = (fn) \
	}
#define KTHREAD_DELAYED_WORK_INIT(dwork, fn)                                               \
	{                                                                                  \
		.work = KTHREAD_WORK_INIT((dwork).work, (fn)),                             \
		.timer = __TIMER_INITIALIZER(kthread_delayed_work_timer_fn, TIMER_IRQSAFE) \
	}
#define DEFINE_KTHREAD_WORKER(name)	    struct kthread_worker name = KTHREAD_WORKER_INIT(name)
#define DEFINE_KTHREAD_WORKER_ONSTACK(name) DEFINE_KTHREAD_WORKER(name)
#define DEFINE_KTHREAD_WORK(name, fn)	    struct kthread_work name = KTHREAD_WORK_INIT(name, fn)
#define DEFINE_KTHREAD_DELAYED_WORK(name, fn) \
	struct kthread_delayed_work name = KTHREAD_DELAYED_WORK_INIT(name, fn)

/** kthread_init_worker() - nothing is queued, there is no thread. kthread_init_work(): nobody has
 * queued it. */
void quire_kthread_init_worker(struct kthread_worker *worker);
void quire_kthread_init_work(struct kthread_work *work, kthread_work_func_t fn);
void quire_kthread_init_delayed_work(struct kthread_delayed_work *dwork, kthread_work_func_t fn);
#define kthread_init_worker(worker)	     quire_kthread_init_worker(worker)
#define __kthread_init_worker(worker, n, k)  quire_kthread_init_worker(worker)
#define kthread_init_work(work, fn)	     quire_kthread_init_work((work), (fn))
#define kthread_init_delayed_work(dwork, fn) quire_kthread_init_delayed_work((dwork), (fn))
void kthread_delayed_work_timer_fn(struct timer_list *timer);

/** kthread_worker_fn() - what the thread of a worker runs: for kthread_run(), with the worker. 0.
 */
int kthread_worker_fn(void *worker);
/**
 * kthread_create_worker() - a worker with a thread named by @namefmt, running; _on_cpu: bound to
 * @cpu. Return: for kthread_destroy_worker(); ERR_PTR(): -ENOMEM, -EAGAIN, -EINVAL: no such CPU.
 */
struct kthread_worker *kthread_create_worker(unsigned int flags, const char *namefmt, ...)
	__printf(2, 3);
struct kthread_worker *kthread_create_worker_on_cpu(int cpu, unsigned int flags,
						    const char *namefmt, ...) __printf(3, 4);
/** kthread_destroy_worker() - does what is queued, ends the thread, frees @worker. No timer of
 * delayed work may be pending. May sleep. */
void kthread_destroy_worker(struct kthread_worker *worker);

/** kthread_queue_work() - Return: false: it is queued already, or is being cancelled. Any context.
 * kthread_queue_delayed_work(): in @delay ticks. kthread_mod_delayed_work(): in @delay ticks from
 * now, whatever was; Return: it was queued, or is being cancelled. */
bool kthread_queue_work(struct kthread_worker *worker, struct kthread_work *work);
bool kthread_queue_delayed_work(struct kthread_worker *worker, struct kthread_delayed_work *dwork,
				unsigned long delay);
bool kthread_mod_delayed_work(struct kthread_worker *worker, struct kthread_delayed_work *dwork,
			      unsigned long delay);
/** kthread_flush_work() - waits until @work, as queued last, is done; does not wait for a timer.
 * kthread_flush_worker(): until all is done that is queued now. May sleep. */
void kthread_flush_work(struct kthread_work *work);
void kthread_flush_worker(struct kthread_worker *worker);
/** kthread_cancel_work_sync() - it is not queued and does not run. Return: it was queued. Sleeps.
 */
bool kthread_cancel_work_sync(struct kthread_work *work);
bool kthread_cancel_delayed_work_sync(struct kthread_delayed_work *dwork);

#endif /* COMPAT_SURFACE_KWORKER_H */
