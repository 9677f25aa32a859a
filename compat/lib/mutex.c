/* SPDX-License-Identifier: MIT */
/*
 * mutex.c - sleeping locks: mutexes; the contract stands in surface/locks.h.
 *
 * 1. owner is the task that holds the lock, bit 0 set when others wait. Taking a free lock and
 *    giving back one that nobody waits for are one compare-and-exchange.
 * 2. A waiter stands in wait_list and takes the lock when it is free and the waiter is the
 *    first; so the order is that of coming. owner == 1: free, and somebody is on the way.
 */
#include <linux/mutex.h>
#include <linux/list.h>

#include "task_internal.h"
#include "touch.h"

#define WAITERS 1ul

struct waiter {
	struct list_head link;
	struct task_struct *task;
};

void quire_mutex_init(struct mutex *lock)
{
	quire_touch(lock, sizeof(*lock));
	lock->owner = 0;
	spin_lock_init(&lock->wait_lock);
	INIT_LIST_HEAD(&lock->wait_list);
}

static bool take(struct mutex *lock, unsigned long was, unsigned long becomes)
{
	return __atomic_compare_exchange_n(&lock->owner, &was, becomes, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

static bool try_take(struct mutex *lock, const void *site)
{
	quire_touch(lock, sizeof(*lock));
	if (!take(lock, 0, (unsigned long)get_current()))
		return false;
	quire_held_add(lock, (unsigned long)site);
	return true;
}

noinline int mutex_trylock(struct mutex *lock)
{
	return try_take(lock, __builtin_return_address(0));
}

/* Under wait_lock: the first waiter takes a free lock. */
static bool take_as_first(struct mutex *lock, struct waiter *w)
{
	unsigned long me = (unsigned long)w->task;

	if (lock->wait_list.next != &w->link)
		return false;
	if (!list_is_singular(&lock->wait_list))
		me |= WAITERS;
	return take(lock, WAITERS, me);
}

static void wait_for(struct mutex *lock)
{
	struct waiter w = { .task = get_current() };

	quire_inner_lock(&lock->wait_lock);
	list_add_tail(&w.link, &lock->wait_list);
	__atomic_fetch_or(&lock->owner, WAITERS, __ATOMIC_ACQUIRE);
	for (;;) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		if (take_as_first(lock, &w))
			break;
		(spin_unlock)(&lock->wait_lock);
		schedule();
		(spin_lock)(&lock->wait_lock);
	}
	__set_current_state(TASK_RUNNING);
	list_del(&w.link);
	(spin_unlock)(&lock->wait_lock);
}

noinline void mutex_lock(struct mutex *lock)
{
	const void *site = __builtin_return_address(0);

	might_sleep();
	if (try_take(lock, site))
		return;
	if (quire_mutex_is_mine(lock))
		panic("mutex %px is taken twice by task %s/%d: it would wait for itself", lock,
		      current->comm, current->pid);
	wait_for(lock);
	quire_held_add(lock, (unsigned long)site);
}

void mutex_unlock(struct mutex *lock)
{
	unsigned long me = (unsigned long)get_current();

	quire_touch(lock, sizeof(*lock));
	if (WARN(!quire_mutex_is_mine(lock),
		 "mutex %px is unlocked by %s/%d, who does not hold it\n", lock, current->comm,
		 current->pid)) {
		quire_dump_owner(lock);
		return;
	}
	quire_held_remove(lock);
	if (__atomic_compare_exchange_n(&lock->owner, &me, 0, false, __ATOMIC_RELEASE,
					__ATOMIC_RELAXED))
		return;
	(spin_lock)(&lock->wait_lock);
	__atomic_store_n(&lock->owner, WAITERS, __ATOMIC_RELEASE);
	wake_up_process(list_first_entry(&lock->wait_list, struct waiter, link)->task);
	(spin_unlock)(&lock->wait_lock);
}

bool mutex_is_locked(const struct mutex *lock)
{
	return (__atomic_load_n(&lock->owner, __ATOMIC_RELAXED) & ~WAITERS) != 0;
}

bool quire_mutex_is_mine(const struct mutex *lock)
{
	return (__atomic_load_n(&lock->owner, __ATOMIC_RELAXED) & ~WAITERS) ==
	       (unsigned long)get_current();
}

void mutex_destroy(struct mutex *lock)
{
	WARN(mutex_is_locked(lock), "mutex %px is destroyed while it is held\n", lock);
}
