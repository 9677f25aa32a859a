/* SPDX-License-Identifier: MIT */
/*
 * surface/work.h - work queues and timers.
 *
 * 1. A work queue has workers, kthreads made when they are needed. At most max_active items (times
 *    the CPUs, unless WQ_UNBOUND) are under way at once, and no more run at once than there are
 *    CPUs; when a worker sleeps, another takes the next item. An ordered queue has one item
 *    under way at a time.
 * 2. An item is queued once until it begins to run; it may then be queued again, also by its own
 *    function, and does not run twice at once: queued on another queue while it runs, it waits
 *    there until it has ended. The function may free the item. What it leaves locked or disabled is
 *    reported ("BUG: workqueue leaked lock or atomic"), and the worker goes on without.
 * 3. WQ_* flags other than __WQ_ORDERED change nothing: any worker runs on any CPU, except for
 *    items of queue_work_on(), which run on the CPU named.
 * 4. Timers and delayed work are served by one kthread; a timer's function must not sleep.
 * 5. A timer or an item that is freed or initialised while it is queued, and one without a function
 *    that is to be queued, are reported, and the others go on (compat/lib/touch.h says how).
 */
/* Ahead of the guard: base.h ends with all services, in an order that works. */
#include "base.h"

#ifndef COMPAT_SURFACE_WORK_H
#define COMPAT_SURFACE_WORK_H

#include "time.h"
#include "wait.h"

/* --- timers ------------------------------------------------------------------------------ */

#define TIMER_DEFERRABLE 0x00080000
#define TIMER_PINNED	 0x00100000
#define TIMER_IRQSAFE	 0x00200000

/**
 * struct timer_list - @function is called with the timer once jiffies has reached @expires; in the
 * next tick at the earliest if it is armed while a timer's function runs.
 */
struct timer_list {
	struct list_head entry;
	unsigned long expires;
	void (*function)(struct timer_list *timer);
	u32 flags;
	bool queued;	   /* in the list of pending ones */
	unsigned long due; /* the tick in which it is called, while queued */
};
#define __TIMER_INITIALIZER(fn, flgs)                                      \
	{                                                                  \
		.entry = { NULL, NULL }, .function = (fn), .flags = (flgs) \
	}
#define DEFINE_TIMER(name, fn) struct timer_list name = __TIMER_INITIALIZER(fn, 0)
/** timer_setup() - @timer is not pending. */
void quire_timer_setup(struct timer_list *timer, void (*fn)(struct timer_list *), u32 flags);
#define timer_setup(timer, fn, flags)	       quire_timer_setup(timer, fn, flags)
#define timer_setup_on_stack(timer, fn, flags) quire_timer_setup(timer, fn, flags)
#define destroy_timer_on_stack(timer)	       ((void)(timer))
#define from_timer(var, timer, field)	       container_of(timer, __typeof__(*(var)), field)
/** mod_timer() - due at @expires from here on. Return: 1: it was pending. */
int mod_timer(struct timer_list *timer, unsigned long expires);
/** timer_reduce() - mod_timer() unless it is pending and due earlier already. Return: as that. */
int timer_reduce(struct timer_list *timer, unsigned long expires);
#define mod_timer_pending(timer, e) (timer_pending(timer) ? mod_timer(timer, e) : 0)
/** add_timer() - mod_timer() to its own expires; it must not be pending. */
void add_timer(struct timer_list *timer);
#define add_timer_on(timer, cpu) ((void)(cpu), add_timer(timer))
/**
 * del_timer() - not pending any more. Return: 1: it was. Any context.
 *
 * del_timer_sync(): and its function does not run; in atomic context that is waited for spinning.
 * try_to_del_timer_sync(): while the function runs, does nothing and returns -1.
 */
int del_timer(struct timer_list *timer);
int del_timer_sync(struct timer_list *timer);
int try_to_del_timer_sync(struct timer_list *timer);
static inline int timer_pending(const struct timer_list *timer)
{
	return READ_ONCE(timer->queued);
}

/* --- work -------------------------------------------------------------------------------- */

struct work_struct;
struct workqueue_struct;
typedef void (*work_func_t)(struct work_struct *work);

/**
 * struct work_struct - one thing to be done.
 * @data: bit 0: queued, or its timer runs, or on its way; bit 1: being cancelled
 * @number: which queuing it was, of all there have been
 */
struct work_struct {
	atomic_long_t data;
	struct list_head entry;
	work_func_t func;
	u64 number;
	int cpu;
};
/** struct delayed_work - one thing to be done later. */
struct delayed_work {
	struct work_struct work;
	struct timer_list timer;
	struct workqueue_struct *wq;
	int cpu;
};
#define to_delayed_work(w) container_of(w, struct delayed_work, work)

#define WQ_UNBOUND	    0x0002u
#define WQ_FREEZABLE	    0x0004u
#define WQ_MEM_RECLAIM	    0x0008u
#define WQ_HIGHPRI	    0x0010u
#define WQ_CPU_INTENSIVE    0x0020u
#define WQ_SYSFS	    0x0040u
#define WQ_POWER_EFFICIENT  0x0080u
#define WQ_PERCPU	    0x0100u
#define __WQ_ORDERED	    0x20000u
#define WQ_MAX_ACTIVE	    512
#define WQ_DFL_ACTIVE	    256
#define WORK_CPU_UNBOUND    QUIRE_MAX_CPUS
#define WORK_STRUCT_PENDING 1l

#define __WORK_INITIALIZER(n, f)                                                \
	{                                                                       \
		.data = { 0 }, .entry = { &(n).entry, &(n).entry }, .func = (f) \
	}
#define DECLARE_WORK(n, f) struct work_struct n = __WORK_INITIALIZER(n, f)
#define DECLARE_DELAYED_WORK(n, f)                                         \
	struct delayed_work n = { .work = __WORK_INITIALIZER((n).work, f), \
				  .timer = __TIMER_INITIALIZER(delayed_work_timer_fn, 0) }
#define DECLARE_DEFERRABLE_WORK(n, f) DECLARE_DELAYED_WORK(n, f)
/** quire_init_work() - @work is not queued. */
void quire_init_work(struct work_struct *work, work_func_t func);
void quire_init_delayed_work(struct delayed_work *dwork, work_func_t func);
void delayed_work_timer_fn(struct timer_list *timer);
#define INIT_WORK(work, func)		       quire_init_work(work, func)
#define INIT_WORK_ONSTACK(work, func)	       quire_init_work(work, func)
#define INIT_DELAYED_WORK(dwork, func)	       quire_init_delayed_work(dwork, func)
#define INIT_DELAYED_WORK_ONSTACK(dwork, func) quire_init_delayed_work(dwork, func)
#define INIT_DEFERRABLE_WORK(dwork, func)      quire_init_delayed_work(dwork, func)
#define PREPARE_WORK(work, f)		       ((void)((work)->func = (f)))
#define destroy_work_on_stack(work)	       ((void)(work))
#define destroy_delayed_work_on_stack(dwork)   ((void)(dwork))
#define work_pending(work)		       ((atomic_long_read(&(work)->data) & 1) != 0)
#define delayed_work_pending(dwork)	       work_pending(&(dwork)->work)

/**
 * alloc_workqueue() - a queue named by @fmt.
 * @max_active: items under way at once; 0: WQ_DFL_ACTIVE
 * Return: the queue, for destroy_workqueue(); NULL without memory.
 */
struct workqueue_struct *alloc_workqueue(const char *fmt, unsigned int flags, int max_active, ...)
	__printf(1, 4);
#define alloc_ordered_workqueue(fmt, flags, ...) \
	alloc_workqueue(fmt, (flags) | __WQ_ORDERED, 1, ##__VA_ARGS__)
#define create_workqueue(name)		    alloc_workqueue("%s", WQ_MEM_RECLAIM, 1, (name))
#define create_singlethread_workqueue(name) alloc_ordered_workqueue("%s", WQ_MEM_RECLAIM, (name))
#define create_freezable_workqueue(name)    create_workqueue(name)
/** destroy_workqueue() - runs all that is queued, ends the workers, frees @wq. May sleep. */
void destroy_workqueue(struct workqueue_struct *wq);

extern struct workqueue_struct *quire_system_wq(void);
#define system_wq		  quire_system_wq()
#define system_highpri_wq	  quire_system_wq()
#define system_long_wq		  quire_system_wq()
#define system_unbound_wq	  quire_system_wq()
#define system_freezable_wq	  quire_system_wq()
#define system_power_efficient_wq quire_system_wq()

/** queue_work() - @work is to be done. Return: false: it was queued already. Any context. */
bool queue_work_on(int cpu, struct workqueue_struct *wq, struct work_struct *work);
#define queue_work(wq, work)		queue_work_on(WORK_CPU_UNBOUND, (wq), (work))
#define queue_work_node(node, wq, work) ((void)(node), queue_work(wq, work))
#define schedule_work(work)		queue_work(system_wq, (work))
#define schedule_work_on(cpu, work)	queue_work_on((cpu), system_wq, (work))
/** queue_delayed_work() - queue_work() in @delay ticks. mod_: in @delay ticks from now, whatever
 * was. */
bool queue_delayed_work_on(int cpu, struct workqueue_struct *wq, struct delayed_work *dwork,
			   unsigned long delay);
bool mod_delayed_work_on(int cpu, struct workqueue_struct *wq, struct delayed_work *dwork,
			 unsigned long delay);
#define queue_delayed_work(wq, dwork, delay) \
	queue_delayed_work_on(WORK_CPU_UNBOUND, (wq), (dwork), (delay))
#define mod_delayed_work(wq, dwork, delay) \
	mod_delayed_work_on(WORK_CPU_UNBOUND, (wq), (dwork), (delay))
#define schedule_delayed_work(dwork, delay) queue_delayed_work(system_wq, (dwork), (delay))
#define schedule_delayed_work_on(cpu, dwork, delay) \
	queue_delayed_work_on((cpu), system_wq, (dwork), (delay))
/**
 * flush_work() - waits until @work, as queued last, is done; when that was cancelled, until its
 * function, running for an earlier queuing, has ended. Return: it had to wait. May sleep.
 *
 * flush_delayed_work(): and a timer that is pending is not waited for, but queues at once.
 */
bool flush_work(struct work_struct *work);
bool flush_delayed_work(struct delayed_work *dwork);
/** flush_workqueue() - waits for all that is queued now. drain_: until nothing is queued. */
void flush_workqueue(struct workqueue_struct *wq);
#define __flush_workqueue(wq) flush_workqueue(wq)
void drain_workqueue(struct workqueue_struct *wq);
#define flush_scheduled_work() flush_workqueue(system_wq)
/**
 * cancel_work() - @work is not queued any more. Return: it was. Any context. cancel_delayed_work(),
 * too, which also stops the timer; cancel_work() of delayed work leaves it.
 *
 * _sync: and it does not run; meanwhile it cannot be queued, not even by itself. May sleep.
 */
bool cancel_work(struct work_struct *work);
bool cancel_work_sync(struct work_struct *work);
bool cancel_delayed_work(struct delayed_work *dwork);
bool cancel_delayed_work_sync(struct delayed_work *dwork);
/**
 * struct rcu_work - work that is queued once a grace period has passed. @rcu, @wq: the queue's.
 *
 * queue_rcu_work(): Return: false: it was queued, or waits for its grace period. Any context.
 * flush_rcu_work(): waits for both, and until it is done. Return: it had to wait. May sleep.
 */
struct rcu_work {
	struct work_struct work;
	struct rcu_head rcu;
	struct workqueue_struct *wq;
};
#define INIT_RCU_WORK(rwork, func)	   INIT_WORK(&(rwork)->work, (func))
#define INIT_RCU_WORK_ONSTACK(rwork, func) INIT_WORK_ONSTACK(&(rwork)->work, (func))
static inline struct rcu_work *to_rcu_work(struct work_struct *work)
{
	return container_of(work, struct rcu_work, work);
}
bool queue_rcu_work(struct workqueue_struct *wq, struct rcu_work *rwork);
bool flush_rcu_work(struct rcu_work *rwork);
/** work_busy() - bit 0: queued, bit 1: running. */
unsigned int work_busy(struct work_struct *work);
#define WORK_BUSY_PENDING 1
#define WORK_BUSY_RUNNING 2
/** current_work() - the item that the calling worker runs; NULL outside of one. */
struct work_struct *current_work(void);
/** workqueue_set_max_active() - as alloc_workqueue() has it; of an ordered queue a WARN. */
void workqueue_set_max_active(struct workqueue_struct *wq, int max_active);
/** schedule_on_each_cpu() - runs @func on each CPU, and waits. 0 or -ENOMEM. */
int schedule_on_each_cpu(work_func_t func);
/** work_on_cpu() - runs @fn(@arg) on @cpu and waits for what it returns. */
long work_on_cpu(int cpu, long (*fn)(void *), void *arg);

#endif /* COMPAT_SURFACE_WORK_H */
