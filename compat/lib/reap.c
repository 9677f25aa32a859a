/* SPDX-License-Identifier: MIT */
/*
 * reap.c - the ends of tasks and of their threads.
 *
 * 1. A thread that starts or ends holds locks of the C library and of sanitizers, which the child
 *    of a fork() made meanwhile could never take. So fork() first waits for those that start
 *    and joins those that end, and holds the lock, at which others wait until it is done.
 * 2. A kthread says that it ends with its CPU given away, as the last thing it does: who joins it
 *    may hold the only CPU there is. For the same reason destructors of its thread-specific data
 *    must not call functions of the kernel's. Threads are joined by who stops them; those that
 *    end by themselves by the next kthread_create(), kthread_stop(), fork() or exit().
 * 3. A task's structure goes with the last reference, but the last few stay a while: a program that
 *    calls kthread_stop() too late without a reference is told, not corrupted.
 *
 * Invariants, under the lock
 *   E1  a task is in `list` exactly while it is ended and not joined.
 *   E2  of the retired ones none has a reference; a kthread among them is ended.
 */
#include <stdlib.h>

#include "task_internal.h"

#define RETIRED 64

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* some task has ended, or some thread has begun */
	struct list_head list;
	unsigned int starting;
	bool exiting;
	struct quire_task *retired[RETIRED];
	unsigned int nr_retired;
} ends = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER,
	.list = LIST_HEAD_INIT(ends.list),
};

/* --- threads, under the lock --------------------------------------------------------------- */

static void join(struct quire_task *t)
{
	pthread_join(t->host, NULL);
	list_del(&t->end); /* E1 */
	t->joined = true;
}

static void join_all(void)
{
	struct quire_task *t, *next;

	list_for_each_entry_safe (t, next, &ends.list, end)
		join(t);
}

/* @t has no reference left. Return: the one that makes room for it, to be freed; NULL. */
static struct quire_task *retire(struct quire_task *t)
{
	struct quire_task **slot = &ends.retired[ends.nr_retired++ % RETIRED], *old = *slot;

	*slot = t;
	if (old && old->ended && !old->joined)
		join(old);
	return old;
}

/* --- references ---------------------------------------------------------------------------- */

bool quire_task_hold(struct quire_task *t)
{
	int refs = __atomic_load_n(&t->refs, __ATOMIC_RELAXED);

	while (refs > 0)
		if (__atomic_compare_exchange_n(&t->refs, &refs, refs + 1, false, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			return true;
	return false;
}

struct task_struct *get_task_struct(struct task_struct *task)
{
	WARN(!quire_task_hold(quire_task_of(task)),
	     "get_task_struct() of %s, which has ended and is nobody's\n", task->comm);
	return task;
}

void put_task_struct(struct task_struct *task)
{
	struct quire_task *t = quire_task_of(task), *old;
	int refs = __atomic_load_n(&t->refs, __ATOMIC_RELAXED);

	do {
		if (WARN(refs <= 0, "put_task_struct() of %s, which has no reference left\n",
			 task->comm))
			return;
	} while (!__atomic_compare_exchange_n(&t->refs, &refs, refs - 1, false, __ATOMIC_ACQ_REL,
					      __ATOMIC_RELAXED));
	if (refs > 1)
		return;
	pthread_mutex_lock(&ends.lock);
	old = retire(t);
	pthread_mutex_unlock(&ends.lock);
	free(old);
}

/* --- beginnings and ends ------------------------------------------------------------------- */

void quire_thread_begins(void)
{
	pthread_mutex_lock(&ends.lock);
	ends.starting++;
	pthread_mutex_unlock(&ends.lock);
}

void quire_thread_begun(void)
{
	pthread_mutex_lock(&ends.lock);
	ends.starting--;
	pthread_cond_broadcast(&ends.changed);
	pthread_mutex_unlock(&ends.lock);
}

void quire_kthread_ended(struct quire_task *t)
{
	struct quire_task *old = NULL;

	pthread_mutex_lock(&ends.lock);
	t->ended = true;
	t->joined = ends.exiting;
	if (ends.exiting)
		pthread_detach(pthread_self());
	else
		list_add_tail(&t->end, &ends.list); /* E1 */
	if (!__atomic_sub_fetch(&t->refs, 1, __ATOMIC_ACQ_REL))
		old = retire(t);
	pthread_cond_broadcast(&ends.changed);
	pthread_mutex_unlock(&ends.lock);
	free(old); /* who joins this thread waits for that, too */
}

void quire_reap(const struct quire_task *t)
{
	pthread_mutex_lock(&ends.lock);
	while (t && !t->ended)
		pthread_cond_wait(&ends.changed, &ends.lock);
	join_all();
	pthread_mutex_unlock(&ends.lock);
}

/* ThreadSanitizer takes a thread that has ended and is not joined for a leak. */
static __attribute__((destructor)) void reap_at_exit(void)
{
	if (pthread_mutex_trylock(&ends.lock))
		return;
	join_all();
	ends.exiting = true;
	pthread_mutex_unlock(&ends.lock);
}

/* --- fork() -------------------------------------------------------------------------------- */

void quire_reap_before_fork(void)
{
	pthread_mutex_lock(&ends.lock);
	while (ends.starting)
		pthread_cond_wait(&ends.changed, &ends.lock);
	join_all();
}

void quire_reap_after_fork(bool child)
{
	if (child)
		pthread_cond_init(&ends.changed, NULL); /* who waits at it is not here */
	pthread_mutex_unlock(&ends.lock);
}
