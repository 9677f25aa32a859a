/* SPDX-License-Identifier: MIT */
/*
 * rwsem.c - semaphores, read-write semaphores and read-write spin locks; contracts:
 * surface/locks.h.
 *
 * The lock wait_lock guards counts and the list of waiters. Who gives back passes the
 * semaphore on to the first waiters itself (a writer, or readers up to the next writer):
 * a waiter that is woken with `granted` has it. So nobody overtakes.
 */
#include <linux/rwsem.h>
#include <linux/list.h>
#include <linux/semaphore.h>

#include "touch.h"

struct waiter {
	struct list_head link;
	struct task_struct *task;
	bool writer, granted;
};

/* Under @lock, which is given back and not taken again. */
static void wait_granted(spinlock_t *lock, struct waiter *w, struct list_head *list)
{
	w->task = get_current();
	w->granted = false;
	list_add_tail(&w->link, list);
	for (;;) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		(spin_unlock)(lock);
		if (__atomic_load_n(&w->granted, __ATOMIC_ACQUIRE))
			break;
		schedule();
		(spin_lock)(lock);
	}
	__set_current_state(TASK_RUNNING);
	/* Who granted holds the lock until it has woken this task: it is not touched after that. */
	(spin_lock)(lock);
	(spin_unlock)(lock);
}

static void pass_to(struct waiter *w)
{
	list_del(&w->link);
	__atomic_store_n(&w->granted, true, __ATOMIC_RELEASE);
	wake_up_process(w->task);
}

void quire_rwsem_init(struct rw_semaphore *sem)
{
	quire_touch(sem, sizeof(*sem));
	spin_lock_init(&sem->wait_lock);
	sem->count = 0;
	INIT_LIST_HEAD(&sem->wait_list);
}

/* Under wait_lock; rwsem_is_locked() looks without it. */
static void set_count(struct rw_semaphore *sem, int count)
{
	WRITE_ONCE(sem->count, count);
}

/* Under wait_lock: the semaphore to those first in the list, as far as it goes. */
static void pass_on(struct rw_semaphore *sem)
{
	struct waiter *w, *next;

	list_for_each_entry_safe (w, next, &sem->wait_list, link) {
		if (w->writer ? sem->count != 0 : sem->count < 0)
			return;
		set_count(sem, w->writer ? -1 : sem->count + 1);
		pass_to(w);
	}
}

static bool may_enter(const struct rw_semaphore *sem, bool writer)
{
	return list_empty(&sem->wait_list) && (writer ? sem->count == 0 : sem->count >= 0);
}

static int try_enter(struct rw_semaphore *sem, bool writer)
{
	bool entered;

	quire_inner_lock(&sem->wait_lock);
	entered = may_enter(sem, writer);
	if (entered)
		set_count(sem, writer ? -1 : sem->count + 1);
	(spin_unlock)(&sem->wait_lock);
	return entered;
}

static void enter(struct rw_semaphore *sem, bool writer)
{
	struct waiter w = { .writer = writer };

	might_sleep();
	quire_inner_lock(&sem->wait_lock);
	if (!may_enter(sem, writer)) {
		wait_granted(&sem->wait_lock, &w, &sem->wait_list);
		return;
	}
	set_count(sem, writer ? -1 : sem->count + 1);
	(spin_unlock)(&sem->wait_lock);
}

/* @change: what leaving adds to count. */
static void leave(struct rw_semaphore *sem, bool writer, int change)
{
	quire_inner_lock(&sem->wait_lock);
	if (!WARN(writer ? sem->count != -1 : sem->count <= 0,
		  "rw_semaphore %px is given back by who does not hold it\n", sem)) {
		set_count(sem, sem->count + change);
		pass_on(sem);
	}
	(spin_unlock)(&sem->wait_lock);
}

void down_read(struct rw_semaphore *sem)
{
	enter(sem, false);
}

int down_read_trylock(struct rw_semaphore *sem)
{
	return try_enter(sem, false);
}

void up_read(struct rw_semaphore *sem)
{
	leave(sem, false, -1);
}

void down_write(struct rw_semaphore *sem)
{
	enter(sem, true);
}

int down_write_trylock(struct rw_semaphore *sem)
{
	return try_enter(sem, true);
}

void up_write(struct rw_semaphore *sem)
{
	leave(sem, true, 1);
}

void downgrade_write(struct rw_semaphore *sem)
{
	leave(sem, true, 2);
}

int rwsem_is_locked(const struct rw_semaphore *sem)
{
	return READ_ONCE(sem->count) != 0;
}

/* --- counting semaphores ----------------------------------------------------------------- */

void sema_init(struct semaphore *sem, int val)
{
	quire_touch(sem, sizeof(*sem));
	spin_lock_init(&sem->lock);
	sem->count = (unsigned int)val;
	INIT_LIST_HEAD(&sem->wait_list);
}

void down(struct semaphore *sem)
{
	struct waiter w = { .writer = false };

	might_sleep();
	quire_inner_lock(&sem->lock);
	if (!sem->count) {
		wait_granted(&sem->lock, &w, &sem->wait_list);
		return;
	}
	sem->count--;
	(spin_unlock)(&sem->lock);
}

int down_trylock(struct semaphore *sem)
{
	bool taken;

	quire_inner_lock(&sem->lock);
	taken = sem->count > 0;
	if (taken)
		sem->count--;
	(spin_unlock)(&sem->lock);
	return !taken;
}

void up(struct semaphore *sem)
{
	quire_inner_lock(&sem->lock);
	if (list_empty(&sem->wait_list))
		sem->count++;
	else
		pass_to(list_first_entry(&sem->wait_list, struct waiter, link));
	(spin_unlock)(&sem->lock);
}

/* --- read-write spin locks --------------------------------------------------------------- */

/* As one more reader, or as the writer, unless somebody is in the way. */
static bool rw_try(rwlock_t *lock, bool writer)
{
	int seen;

	quire_touch(lock, sizeof(*lock));
	seen = __atomic_load_n(&lock->count, __ATOMIC_RELAXED);
	while (writer ? seen == 0 : seen >= 0)
		if (__atomic_compare_exchange_n(&lock->count, &seen, writer ? -1 : seen + 1, false,
						__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return true;
	return false;
}

static void rw_enter(rwlock_t *lock, bool writer)
{
	preempt_disable();
	while (!rw_try(lock, writer))
		cpu_relax();
}

static int rw_try_enter(rwlock_t *lock, bool writer)
{
	preempt_disable();
	if (rw_try(lock, writer))
		return 1;
	preempt_enable();
	return 0;
}

int read_trylock(rwlock_t *lock)
{
	return rw_try_enter(lock, false);
}

int write_trylock(rwlock_t *lock)
{
	return rw_try_enter(lock, true);
}

void read_lock(rwlock_t *lock)
{
	rw_enter(lock, false);
}

void write_lock(rwlock_t *lock)
{
	rw_enter(lock, true);
}

void read_unlock(rwlock_t *lock)
{
	quire_touch(lock, sizeof(*lock));
	__atomic_fetch_sub(&lock->count, 1, __ATOMIC_RELEASE);
	preempt_enable();
}

void write_unlock(rwlock_t *lock)
{
	quire_touch(lock, sizeof(*lock));
	__atomic_store_n(&lock->count, 0, __ATOMIC_RELEASE);
	preempt_enable();
}
