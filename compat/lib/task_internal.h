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
 *	reap.c		the ends of tasks and of their threads
 *	fork.c		locks of the host's that a fork() must not find taken
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

#define QUIRE_MAX_HELD 48 /* Linux: MAX_LOCK_DEPTH */
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
	/* Locks that it holds, see held.c: nr_held, of which nr_unlisted had no room. */
	struct quire_held {
		const void *lock;
		unsigned long site;
	} held[QUIRE_MAX_HELD];
	unsigned int nr_held, nr_unlisted;

	/* kthreads, see kthread.c; the thread posts @there when it has started */
	sem_t there;
	int (*fn)(void *data);
	void *data;
	long result;
	bool started, should_stop;
	bool service;		/* of the kernel's own: it stays */
	struct list_head alive; /* see kthread_left.c */
	u64 number;
	struct completion exited;
	/* @park: odd: it should park, a number that no other request has; @parked: the one that it
	 * has followed last */
	u32 park, parked;
	struct wait_queue_head parking;

	/* reap.c, under its lock: @end: in the list of threads to be joined, from @ended on */
	pthread_t host;
	struct list_head end;
	bool ended, joined;

	/* workers of work queues: @blocks is told that the task falls asleep, or has been woken,
	 * with the scheduler's lock held */
	void (*blocks)(struct quire_task *task, bool asleep);
	void *worker;
};

static inline struct quire_task *quire_task_of(const struct task_struct *task)
{
	return task->quire;
}

/* How many entries of @held are in use. */
static inline unsigned int quire_held_listed(const struct quire_task *t)
{
	return t->nr_held - t->nr_unlisted;
}

/* --- startup.c --------------------------------------------------------------------------- */

/** quire_clock() - ns of the default machine; on a deterministic one a look costs 1 us. */
u64 quire_clock(void);
/** quire_clock_peek() - the same without that cost. */
u64 quire_clock_peek(void);
/** quire_is_deterministic() - is the default machine? */
bool quire_is_deterministic(void);
/** quire_hardened_usercopy - are copies to and from user memory checked? QUIRE_SET says. */
extern bool quire_hardened_usercopy;
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
/** quire_task_queue() - @t waits for a CPU; its thread is to come to quire_task_await(). */
void quire_task_queue(struct quire_task *t);
/** quire_task_withdraw() - @t, queued, has no thread. */
void quire_task_withdraw(struct quire_task *t);
/** quire_task_await() - the calling thread is @t, queued or asleep: waits for its CPU. */
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
	unsigned int preempt_count, nr_held;
	int rcu_depth;
	bool irqs_off;
};
/** quire_context_save() - what is there now. */
void quire_context_save(struct quire_context *context);
/**
 * quire_context_check() - reports what came on top of @before, and takes it away.
 * @func: the work function that left it; NULL: the task, or its case, comes to an end
 */
void quire_context_check(const struct quire_context *before, const void *func);

/* --- kthread_left.c ---------------------------------------------------------------------- */

/** quire_kthread_born(), quire_kthread_gone() - a kthread was made, and comes to its end. */
void quire_kthread_born(struct quire_task *t);
void quire_kthread_gone(struct quire_task *t);

/* --- attach.c, rcu.c --------------------------------------------------------------------- */

/** quire_plain_thread - the thread that is being made is not to become a task by itself. */
extern __thread bool quire_plain_thread;
/** quire_attach_main() - the calling thread is the first task. */
void quire_attach_main(void);
/** quire_attach_ahead() - a task, queued, for a thread that is to be made; NULL: no memory. */
struct quire_task *quire_attach_ahead(void);
/** quire_attach_cancel() - the thread of @t could not be made. */
void quire_attach_cancel(struct quire_task *t);
/** quire_attach_here() - the calling thread is that of @t; waits for its CPU. */
void quire_attach_here(struct quire_task *t);
/** quire_rcu_start() - callbacks of @machine are served by a kthread, made when there is one. */
void quire_rcu_start(struct quire_machine *machine);

/* --- reap.c, fork.c, kthread.c ------------------------------------------------------------- */

/** quire_task_hold() - a reference. Return: false: there was none left, nor is now. */
bool quire_task_hold(struct quire_task *t);
/** quire_thread_begins() - until quire_thread_begun() a thread is being made: fork() waits. */
void quire_thread_begins(void);
void quire_thread_begun(void);
/** quire_kthread_ended() - the last act of the calling kthread @t, which has no CPU: drops its
 * reference, and is to be joined. */
void quire_kthread_ended(struct quire_task *t);
/** quire_reap() - joins threads that have ended; also waits for that of @t, which ends. */
void quire_reap(const struct quire_task *t);
void quire_reap_before_fork(void);
void quire_reap_after_fork(bool child);
/** quire_fork_watch() - from now on fork() finds no thread starting or ending, no lock taken. */
void quire_fork_watch(void);
/**
 * quire_kthread_join() - waits until @task has ended and its thread is gone from the process.
 * Context: a task; with a reference, or one that cannot go.
 */
void quire_kthread_join(struct task_struct *task);

/* --- hooks of services that exist only when linked --------------------------------------- */

/* Each forgets its threads and queues: this process is a child after fork(). */
void quire_percpu_renew(void) __attribute__((weak));
void quire_workqueue_renew(void) __attribute__((weak));
void quire_timer_renew(void) __attribute__((weak));
void quire_random_renew(void) __attribute__((weak));
void quire_chrdev_renew(void) __attribute__((weak));
void quire_radix_renew(void) __attribute__((weak));

#endif /* QUIRE_COMPAT_TASK_INTERNAL_H */
