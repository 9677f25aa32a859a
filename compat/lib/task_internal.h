/* SPDX-License-Identifier: MIT */
/*
 * task_internal.h - tasks as the scheduler sees them, and what the sources of lib/ share.
 *
 *	startup.c	the default machine: settings, creation, renewal after fork()
 *	task.c		who is on which CPU: sleeping, waking, handing over
 *	attach.c	threads of the host become tasks, and end
 *	kthread.c	kernel threads
 *	kthread_left.c	which of them live
 *	held.c		what a task holds: locks, and more that its end must not leave behind
 *
 * Lock order: the scheduler's lock is innermost; nothing of Quire is called with it held but
 * reading and moving the clock.
 */
#ifndef QUIRE_COMPAT_TASK_INTERNAL_H
#define QUIRE_COMPAT_TASK_INTERNAL_H

#include <pthread.h>
#include <semaphore.h>

#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/sched.h>

#define QUIRE_MAX_HELD 16
#define TASK_ANY_CPU   (-1)
#define TASK_NO_LIMIT  (~(u64)0)
#define QUIRE_TICK_NS  4000000ull /* HZ 250 */

/**
 * struct quire_task - a task.
 * @all: in the list of tasks
 * @link: in the queue for a CPU, or in the list of sleepers
 * @granted: futex: 1: @cpu is the task's
 * @bound: the only CPU it may use, or TASK_ANY_CPU
 * @asleep: gave its CPU away in schedule() and has not been woken
 * @queued: waits for a CPU
 * @deadline: when it wakes by itself, ns of the machine's clock
 * @since: when it got its CPU, or began to wait for one
 * @refs: of task_struct
 * All but @granted and @refs under the scheduler's lock, or the task's own while it runs.
 */
struct quire_task {
	struct task_struct task;
	struct list_head all, link;
	u32 granted;
	unsigned int cpu;
	int bound, pinned;
	unsigned int pins;
	bool asleep, queued, timed_out;
	u64 deadline, since;
	int refs;
	/* Locks that it holds, see held.c; those without room are counted in nr_held alone. */
	struct quire_held {
		const void *lock;
		unsigned long site;
	} held[QUIRE_MAX_HELD];
	unsigned int nr_held;

	/* kthreads, see kthread.c; the thread posts @there when it has started */
	sem_t there;
	int (*fn)(void *data);
	void *data;
	long result;
	bool started, should_stop, should_park, parked;
	bool service;		/* of the kernel's own: it stays */
	struct list_head alive; /* see kthread_left.c */
	u64 number;
	struct completion exited, parked_done;

	/* workers of work queues: @blocks is told that the task falls asleep, or has been woken,
	 * with the scheduler's lock held */
	void (*blocks)(struct quire_task *task, bool asleep);
	void *worker;
};

static inline struct quire_task *quire_task_of(const struct task_struct *task)
{
	return task->quire;
}

/* --- startup.c --------------------------------------------------------------------------- */

/** quire_clock() - ns of the default machine; on a deterministic one a look costs 1 us. */
u64 quire_clock(void);
/** quire_clock_peek() - the same without that cost. */
u64 quire_clock_peek(void);
/** quire_is_deterministic() - is the default machine? */
bool quire_is_deterministic(void);
/** quire_new_pid() - a number for a task of a deterministic machine: 1, 2, ... */
int quire_new_pid(void);
/** quire_startup_once() - makes the default machine if that has not been done. */
void quire_startup_once(void);

/* --- task.c ------------------------------------------------------------------------------ */

/** quire_sched_init() - @machine's CPUs are free, there are no tasks; forgets what was. */
void quire_sched_init(struct quire_machine *machine);
/** quire_task_init() - @t is a task named @comm, not in any list yet, with one reference. */
void quire_task_init(struct quire_task *t, const char *comm);
/** quire_task_enlist() - it is one of all tasks; @asleep: it waits to be woken. */
void quire_task_enlist(struct quire_task *t, bool asleep);
/** quire_task_delist() - it never came to be. */
void quire_task_delist(struct quire_task *t);
/** quire_task_start() - the calling thread is @t: takes a CPU, waiting for one. */
void quire_task_start(struct quire_task *t);
/** quire_task_await() - the calling thread is @t, which somebody will wake: waits for its CPU. */
void quire_task_await(struct quire_task *t);
/** quire_task_end() - the calling task gives its CPU away for good and leaves the list. */
void quire_task_end(struct quire_task *t);
/** quire_task_bind() - @cpu, or TASK_ANY_CPU. */
void quire_task_bind(struct quire_task *t, int cpu);
/** quire_task_move() - the calling task goes to @cpu and stays; TASK_ANY_CPU: it may go again. */
void quire_task_move(int cpu);
/** quire_wake_in_blocks() - wakes @t, an idle kthread, from inside a `blocks` function. */
void quire_wake_in_blocks(struct quire_task *t);
/** quire_clock_moved() - of a deterministic machine: who has slept long enough is woken. */
void quire_clock_moved(void);
/** quire_hand_over() - others that wait for a CPU go first, if any and if the task may sleep. */
bool quire_hand_over(bool at_once);

/* --- held.c ------------------------------------------------------------------------------ */

/** quire_held_add() - the calling task took @lock at @site. */
void quire_held_add(const void *lock, unsigned long site);
/** quire_held_remove() - it gave @lock back. Return: had it been added? */
bool quire_held_remove(const void *lock);
/** quire_held_at() - where the calling task took @lock; 0: it does not hold it. */
unsigned long quire_held_at(const void *lock);

/**
 * struct quire_context - what the calling task must give back before it comes to an end: counts of
 * preemption, of locks and of read-side sections. Zeroed: nothing was there before.
 */
struct quire_context {
	unsigned int preempt_count, nr_held, rcu_depth;
	bool irqs_off;
};
/** quire_context_save() - what is there now. */
void quire_context_save(struct quire_context *context);
/** quire_context_check() - reports what came on top of @before, and takes it away. */
void quire_context_check(const struct quire_context *before);

/* --- kthread_left.c ---------------------------------------------------------------------- */

/** quire_kthread_born(), quire_kthread_gone() - a kthread was made, and comes to its end. */
void quire_kthread_born(struct quire_task *t);
void quire_kthread_gone(struct quire_task *t);

/* --- attach.c, rcu.c --------------------------------------------------------------------- */

/** quire_plain_thread - the thread that is being made is not to become a task by itself. */
extern __thread bool quire_plain_thread;
/** quire_attach_main() - the calling thread is the first task. */
void quire_attach_main(void);
/** quire_rcu_start() - callbacks of @machine are served by a kthread, made when there is one. */
void quire_rcu_start(struct quire_machine *machine);

/* --- hooks of services that exist only when linked --------------------------------------- */

/* Each forgets its threads and queues: this process is a child after fork(). */
void quire_percpu_renew(void) __attribute__((weak));
void quire_workqueue_renew(void) __attribute__((weak));
void quire_timer_renew(void) __attribute__((weak));
void quire_random_renew(void) __attribute__((weak));
void quire_chrdev_renew(void) __attribute__((weak));
void quire_radix_renew(void) __attribute__((weak));

#endif /* QUIRE_COMPAT_TASK_INTERNAL_H */
