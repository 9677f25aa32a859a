/* SPDX-License-Identifier: MIT */
/*
 * surface/wait.h - wait queues and completions.
 *
 * A waiter puts an entry into a queue, sets its state, looks at its condition and sleeps; who
 * changes the condition calls wake_up(), which calls each entry's function. Exclusive entries
 * stand at the end of the queue; wake_up() wakes all others and one of them.
 */
/* Ahead of the guard: base.h ends with all services, in an order that works. */
#include "base.h"

#ifndef COMPAT_SURFACE_WAIT_H
#define COMPAT_SURFACE_WAIT_H

#include "locks.h"

#define WQ_FLAG_EXCLUSIVE 0x01
#define WQ_FLAG_WOKEN	  0x02

struct wait_queue_entry;
typedef int (*wait_queue_func_t)(struct wait_queue_entry *entry, unsigned int mode, int flags,
				 void *key);

/** struct wait_queue_entry - one who waits. @private: the task, for the functions below. */
struct wait_queue_entry {
	unsigned int flags;
	void *private;
	wait_queue_func_t func;
	struct list_head entry;
};
typedef struct wait_queue_entry wait_queue_entry_t;

/** struct wait_queue_head - who waits for one thing. */
struct wait_queue_head {
	spinlock_t lock;
	struct list_head head;
};
typedef struct wait_queue_head wait_queue_head_t;

#define __WAIT_QUEUE_HEAD_INITIALIZER(name)                           \
	{                                                             \
		.lock = { 0 }, .head = { &(name).head, &(name).head } \
	}
#define DECLARE_WAIT_QUEUE_HEAD(name) \
	struct wait_queue_head name = __WAIT_QUEUE_HEAD_INITIALIZER(name)
#define DECLARE_WAIT_QUEUE_HEAD_ONSTACK(name) DECLARE_WAIT_QUEUE_HEAD(name)
#define __WAITQUEUE_INITIALIZER(name, tsk)                                               \
	{                                                                                \
		.private = (tsk), .func = default_wake_function, .entry = { NULL, NULL } \
	}
#define DECLARE_WAITQUEUE(name, tsk) \
	struct wait_queue_entry name = __WAITQUEUE_INITIALIZER(name, tsk)
#define DEFINE_WAIT_FUNC(name, function)                   \
	struct wait_queue_entry name = {                   \
		.private = current,                        \
		.func = (function),                        \
		.entry = { &(name).entry, &(name).entry }, \
	}
#define DEFINE_WAIT(name) DEFINE_WAIT_FUNC(name, autoremove_wake_function)

/** init_waitqueue_head() - nobody waits at @wq. */
void quire_init_waitqueue_head(struct wait_queue_head *wq);
#define init_waitqueue_head(wq) quire_init_waitqueue_head(wq)
/** init_wait() - @entry is the calling task's, taken off when woken. */
void quire_init_wait(struct wait_queue_entry *entry);
#define init_wait(entry) quire_init_wait(entry)
void init_waitqueue_entry(struct wait_queue_entry *entry, struct task_struct *task);
void init_waitqueue_func_entry(struct wait_queue_entry *entry, wait_queue_func_t func);
void init_wait_entry(struct wait_queue_entry *entry, int flags);

/** default_wake_function() - wakes the task. autoremove_: and takes the entry off if it slept. */
int default_wake_function(struct wait_queue_entry *entry, unsigned int mode, int flags, void *key);
int autoremove_wake_function(struct wait_queue_entry *entry, unsigned int mode, int flags,
			     void *key);
int woken_wake_function(struct wait_queue_entry *entry, unsigned int mode, int flags, void *key);

void add_wait_queue(struct wait_queue_head *wq, struct wait_queue_entry *entry);
void add_wait_queue_exclusive(struct wait_queue_head *wq, struct wait_queue_entry *entry);
void remove_wait_queue(struct wait_queue_head *wq, struct wait_queue_entry *entry);
void __add_wait_queue(struct wait_queue_head *wq, struct wait_queue_entry *entry);
void __add_wait_queue_entry_tail(struct wait_queue_head *wq, struct wait_queue_entry *entry);
void __remove_wait_queue(struct wait_queue_head *wq, struct wait_queue_entry *entry);
/** prepare_to_wait() - @entry is in @wq, the task's state is @state. */
void prepare_to_wait(struct wait_queue_head *wq, struct wait_queue_entry *entry, int state);
bool prepare_to_wait_exclusive(struct wait_queue_head *wq, struct wait_queue_entry *entry,
			       int state);
long prepare_to_wait_event(struct wait_queue_head *wq, struct wait_queue_entry *entry, int state);
/** finish_wait() - the task runs, @entry is in no queue. */
void finish_wait(struct wait_queue_head *wq, struct wait_queue_entry *entry);
/** wait_woken() - sleeps until woken_wake_function() has been called, at most @timeout ticks. */
long wait_woken(struct wait_queue_entry *entry, unsigned int mode, long timeout);

/** __wake_up() - wakes tasks in @mode: all that are not exclusive, and @nr exclusive ones; 0: all.
 */
void __wake_up(struct wait_queue_head *wq, unsigned int mode, int nr, void *key);
void __wake_up_locked(struct wait_queue_head *wq, unsigned int mode, int nr);
#define wake_up(wq)			 __wake_up(wq, TASK_NORMAL, 1, NULL)
#define wake_up_nr(wq, nr)		 __wake_up(wq, TASK_NORMAL, nr, NULL)
#define wake_up_all(wq)			 __wake_up(wq, TASK_NORMAL, 0, NULL)
#define wake_up_locked(wq)		 __wake_up_locked(wq, TASK_NORMAL, 1)
#define wake_up_all_locked(wq)		 __wake_up_locked(wq, TASK_NORMAL, 0)
#define wake_up_interruptible(wq)	 __wake_up(wq, TASK_INTERRUPTIBLE, 1, NULL)
#define wake_up_interruptible_nr(wq, nr) __wake_up(wq, TASK_INTERRUPTIBLE, nr, NULL)
#define wake_up_interruptible_all(wq)	 __wake_up(wq, TASK_INTERRUPTIBLE, 0, NULL)
#define wake_up_interruptible_sync(wq)	 wake_up_interruptible(wq)

#define quire_poll_key(mask)   ((void *)(unsigned long)(mask))
#define wake_up_poll(wq, mask) __wake_up(wq, TASK_NORMAL, 1, quire_poll_key(mask))

/** waitqueue_active() - does somebody wait? Without the lock: see that the state was published. */
static inline int waitqueue_active(struct wait_queue_head *wq)
{
	return READ_ONCE(wq->head.next) != &wq->head;
}
#define wq_has_sleeper(wq) (smp_mb(), waitqueue_active(wq))

/* Sleeps in @state until @cond; @wait is the statement that sleeps. */
#define ___wait_event(wq, cond, state, exclusive, wait)                          \
	({                                                                       \
		struct wait_queue_entry quire_we;                                \
                                                                                 \
		init_wait_entry(&quire_we, (exclusive) ? WQ_FLAG_EXCLUSIVE : 0); \
		for (;;) {                                                       \
			prepare_to_wait_event(&(wq), &quire_we, (state));        \
			if (cond)                                                \
				break;                                           \
			wait;                                                    \
		}                                                                \
		finish_wait(&(wq), &quire_we);                                   \
	})
/** wait_event() - sleeps until @cond, which is looked at after each wake_up(&wq). */
#define wait_event(wq, cond)                                                          \
	do {                                                                          \
		might_sleep();                                                        \
		if (!(cond))                                                          \
			___wait_event(wq, cond, TASK_UNINTERRUPTIBLE, 0, schedule()); \
	} while (0)
/* Return of all with _interruptible, _killable: 0; no signal comes. */
#define wait_event_state_(wq, cond, state)                             \
	({                                                             \
		might_sleep();                                         \
		if (!(cond))                                           \
			___wait_event(wq, cond, state, 0, schedule()); \
		0;                                                     \
	})
#define wait_event_interruptible(wq, cond) wait_event_state_(wq, cond, TASK_INTERRUPTIBLE)
#define wait_event_killable(wq, cond)	   wait_event_state_(wq, cond, TASK_KILLABLE)
#define wait_event_freezable(wq, cond)	   wait_event_interruptible(wq, cond)
#define wait_event_idle(wq, cond)	   ((void)wait_event_state_(wq, cond, TASK_IDLE))
#define io_wait_event(wq, cond)		   wait_event(wq, cond)
#define wait_event_interruptible_exclusive(wq, cond)                                \
	({                                                                          \
		if (!(cond))                                                        \
			___wait_event(wq, cond, TASK_INTERRUPTIBLE, 1, schedule()); \
		0;                                                                  \
	})
/** wait_event_timeout() - at most @timeout ticks. Return: 0: @cond is false; else ticks left, >= 1.
 */
#define wait_event_timeout_(wq, cond, state, timeout)                                    \
	({                                                                               \
		long quire_left = (timeout);                                             \
		bool quire_met;                                                          \
                                                                                         \
		might_sleep();                                                           \
		quire_met = (cond);                                                      \
		if (!quire_met) {                                                        \
			___wait_event(wq, (quire_met = (cond)) || !quire_left, state, 0, \
				      quire_left = schedule_timeout(quire_left));        \
		}                                                                        \
		quire_met && !quire_left ? 1 : quire_met ? quire_left : 0;               \
	})
#define wait_event_timeout(wq, cond, timeout) \
	wait_event_timeout_(wq, cond, TASK_UNINTERRUPTIBLE, timeout)
#define wait_event_interruptible_timeout(wq, cond, timeout) \
	wait_event_timeout_(wq, cond, TASK_INTERRUPTIBLE, timeout)
#define wait_event_killable_timeout(wq, cond, timeout) \
	wait_event_timeout_(wq, cond, TASK_KILLABLE, timeout)
#define wait_event_idle_timeout(wq, cond, timeout) wait_event_timeout_(wq, cond, TASK_IDLE, timeout)
#define wait_event_cmd(wq, cond, before, after)                                              \
	do {                                                                                 \
		if (!(cond))                                                                 \
			___wait_event(wq, cond, TASK_UNINTERRUPTIBLE, 0, before; schedule(); \
				      after);                                                \
	} while (0)
#define wait_event_lock_irq(wq, cond, lock)                                                        \
	do {                                                                                       \
		if (!(cond))                                                                       \
			___wait_event(wq, cond, TASK_UNINTERRUPTIBLE, 0, spin_unlock_irq(&(lock)); \
				      schedule(); spin_lock_irq(&(lock)));                         \
	} while (0)

/* swait.h: the same queues. */
#define swait_queue_head			   wait_queue_head
#define init_swait_queue_head(wq)		   init_waitqueue_head(wq)
#define DECLARE_SWAIT_QUEUE_HEAD(name)		   DECLARE_WAIT_QUEUE_HEAD(name)
#define swake_up_one(wq)			   wake_up(wq)
#define swake_up_all(wq)			   wake_up_all(wq)
#define swait_event_exclusive(wq, cond)		   wait_event(wq, cond)
#define swait_event_timeout_exclusive(wq, cond, t) wait_event_timeout(wq, cond, t)

/* --- completions ------------------------------------------------------------------------- */

/** struct completion - @done: completions not yet waited for; UINT_MAX: complete for all, for good.
 */
struct completion {
	unsigned int done;
	struct wait_queue_head wait;
};
#define COMPLETION_INITIALIZER(name)                                          \
	{                                                                     \
		.done = 0, .wait = __WAIT_QUEUE_HEAD_INITIALIZER((name).wait) \
	}
#define COMPLETION_INITIALIZER_ONSTACK(name) COMPLETION_INITIALIZER(name)
#define DECLARE_COMPLETION(name)	     struct completion name = COMPLETION_INITIALIZER(name)
#define DECLARE_COMPLETION_ONSTACK(name)     DECLARE_COMPLETION(name)

/** init_completion() - nothing is complete, nobody waits. reinit_completion(): nothing is complete.
 */
void init_completion(struct completion *x);
static inline void reinit_completion(struct completion *x)
{
	WRITE_ONCE(x->done, 0);
}
/** complete() - lets one waiter through, now or later. complete_all(): all, from here on. */
void complete(struct completion *x);
void complete_all(struct completion *x);
/** wait_for_completion() - waits for a complete(), and uses it up. Context: may sleep. */
void wait_for_completion(struct completion *x);
/** wait_for_completion_timeout() - Return: 0: @timeout ticks passed; else the ticks left, at
 * least 1. */
unsigned long wait_for_completion_timeout(struct completion *x, unsigned long timeout);
/** wait_for_completion_interruptible() and _killable: Return: 0. */
int wait_for_completion_interruptible(struct completion *x);
int wait_for_completion_killable(struct completion *x);
long wait_for_completion_interruptible_timeout(struct completion *x, unsigned long timeout);
long wait_for_completion_killable_timeout(struct completion *x, unsigned long timeout);
#define wait_for_completion_io(x)	     wait_for_completion(x)
#define wait_for_completion_io_timeout(x, t) wait_for_completion_timeout(x, t)
/** try_wait_for_completion() - uses a complete() up if there is one. Never sleeps. */
bool try_wait_for_completion(struct completion *x);
/** completion_done() - would wait_for_completion() return at once? */
bool completion_done(struct completion *x);
/** kthread_complete_and_exit() - complete(@x) unless NULL, kthread_exit(@code). */
void kthread_complete_and_exit(struct completion *x, long code) __noreturn;

#endif /* COMPAT_SURFACE_WAIT_H */
