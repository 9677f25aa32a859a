/* SPDX-License-Identifier: MIT */
/*
 * wait.c - wait queues and completions; the contract stands in surface/wait.h.
 *
 * The queue's lock is held while entries' functions are called, so that an entry that was taken
 * off is not being woken any more; they must not sleep. It is the core's plain lock: waking is
 * allowed in any context. Entries that are not exclusive stand before those that are.
 *
 * A waiter whose entry who woke it has taken off touches the queue no more: it may be freed.
 */
#include <linux/wait.h>
#include <linux/completion.h>
#include <linux/list.h>

#include "task_internal.h"
#include "touch.h"

#define LOCK(lock)   quire_inner_lock(lock)
#define UNLOCK(lock) (spin_unlock)(lock)

void quire_init_waitqueue_head(struct wait_queue_head *wq)
{
	quire_touch(wq, sizeof(*wq));
	spin_lock_init(&wq->lock);
	INIT_LIST_HEAD(&wq->head);
}

void init_waitqueue_entry(struct wait_queue_entry *entry, struct task_struct *task)
{
	entry->flags = 0;
	entry->private = task;
	entry->func = default_wake_function;
	INIT_LIST_HEAD(&entry->entry);
}

void init_waitqueue_func_entry(struct wait_queue_entry *entry, wait_queue_func_t func)
{
	init_waitqueue_entry(entry, NULL);
	entry->func = func;
}

void init_wait_entry(struct wait_queue_entry *entry, int flags)
{
	init_waitqueue_entry(entry, get_current());
	entry->flags = (unsigned int)flags;
	entry->func = autoremove_wake_function;
}

void quire_init_wait(struct wait_queue_entry *entry)
{
	init_wait_entry(entry, 0);
}

int default_wake_function(struct wait_queue_entry *entry, unsigned int mode, int flags, void *key)
{
	return wake_up_state(entry->private, mode);
}

int autoremove_wake_function(struct wait_queue_entry *entry, unsigned int mode, int flags,
			     void *key)
{
	int woken = wake_up_state(entry->private, mode);

	if (woken)
		list_del_init_careful(&entry->entry);
	return woken;
}

int woken_wake_function(struct wait_queue_entry *entry, unsigned int mode, int flags, void *key)
{
	__atomic_fetch_or(&entry->flags, WQ_FLAG_WOKEN, __ATOMIC_SEQ_CST);
	return default_wake_function(entry, mode, flags, key);
}

long wait_woken(struct wait_queue_entry *entry, unsigned int mode, long timeout)
{
	set_current_state(mode);
	if (!(__atomic_load_n(&entry->flags, __ATOMIC_SEQ_CST) & WQ_FLAG_WOKEN))
		timeout = schedule_timeout(timeout);
	__set_current_state(TASK_RUNNING);
	__atomic_fetch_and(&entry->flags, ~WQ_FLAG_WOKEN, __ATOMIC_SEQ_CST);
	return timeout;
}

void __add_wait_queue(struct wait_queue_head *wq, struct wait_queue_entry *entry)
{
	list_add(&entry->entry, &wq->head);
}

void __add_wait_queue_entry_tail(struct wait_queue_head *wq, struct wait_queue_entry *entry)
{
	list_add_tail(&entry->entry, &wq->head);
}

void __remove_wait_queue(struct wait_queue_head *wq, struct wait_queue_entry *entry)
{
	list_del_init(&entry->entry);
}

void add_wait_queue(struct wait_queue_head *wq, struct wait_queue_entry *entry)
{
	entry->flags &= ~(unsigned int)WQ_FLAG_EXCLUSIVE;
	LOCK(&wq->lock);
	__add_wait_queue(wq, entry);
	UNLOCK(&wq->lock);
}

void add_wait_queue_exclusive(struct wait_queue_head *wq, struct wait_queue_entry *entry)
{
	entry->flags |= WQ_FLAG_EXCLUSIVE;
	LOCK(&wq->lock);
	__add_wait_queue_entry_tail(wq, entry);
	UNLOCK(&wq->lock);
}

void remove_wait_queue(struct wait_queue_head *wq, struct wait_queue_entry *entry)
{
	LOCK(&wq->lock);
	__remove_wait_queue(wq, entry);
	UNLOCK(&wq->lock);
}

/*
 * @set, @clear: in the entry's flags, under the lock: it may stand in the queue from the last time,
 * and be looked at by who wakes. Return: the queue was empty.
 */
static bool prepare(struct wait_queue_head *wq, struct wait_queue_entry *entry, int state,
		    unsigned int set, unsigned int clear)
{
	bool empty;

	LOCK(&wq->lock);
	WRITE_ONCE(entry->flags, (READ_ONCE(entry->flags) & ~clear) | set);
	empty = list_empty(&wq->head);
	if (list_empty(&entry->entry)) {
		if (entry->flags & WQ_FLAG_EXCLUSIVE)
			__add_wait_queue_entry_tail(wq, entry);
		else
			__add_wait_queue(wq, entry);
	}
	set_current_state((unsigned int)state);
	UNLOCK(&wq->lock);
	return empty;
}

void prepare_to_wait(struct wait_queue_head *wq, struct wait_queue_entry *entry, int state)
{
	prepare(wq, entry, state, 0, WQ_FLAG_EXCLUSIVE);
}

bool prepare_to_wait_exclusive(struct wait_queue_head *wq, struct wait_queue_entry *entry,
			       int state)
{
	return prepare(wq, entry, state, WQ_FLAG_EXCLUSIVE, 0);
}

long prepare_to_wait_event(struct wait_queue_head *wq, struct wait_queue_entry *entry, int state)
{
	prepare(wq, entry, state, 0, 0);
	return 0;
}

void finish_wait(struct wait_queue_head *wq, struct wait_queue_entry *entry)
{
	__set_current_state(TASK_RUNNING);
	if (list_empty_careful(&entry->entry))
		return;
	LOCK(&wq->lock);
	list_del_init(&entry->entry);
	UNLOCK(&wq->lock);
}

static void wake_entries(struct wait_queue_head *wq, unsigned int mode, int nr, void *key)
{
	struct wait_queue_entry *entry, *next;

	list_for_each_entry_safe (entry, next, &wq->head, entry) {
		/* wait_woken() changes another of the flags without the lock */
		bool exclusive = READ_ONCE(entry->flags) & WQ_FLAG_EXCLUSIVE;
		int ret = entry->func(entry, mode, 0, key);

		if (ret < 0 || (ret && exclusive && !--nr))
			break;
	}
}

void __wake_up_locked(struct wait_queue_head *wq, unsigned int mode, int nr)
{
	wake_entries(wq, mode, nr, NULL);
}

void __wake_up(struct wait_queue_head *wq, unsigned int mode, int nr, void *key)
{
	LOCK(&wq->lock);
	wake_entries(wq, mode, nr, key);
	UNLOCK(&wq->lock);
}

/* --- completions ------------------------------------------------------------------------- */

void init_completion(struct completion *x)
{
	quire_touch(x, sizeof(*x));
	x->done = 0;
	init_waitqueue_head(&x->wait);
}

void complete(struct completion *x)
{
	LOCK(&x->wait.lock);
	if (READ_ONCE(x->done) != UINT_MAX) /* reinit_completion() takes no lock */
		WRITE_ONCE(x->done, READ_ONCE(x->done) + 1);
	wake_entries(&x->wait, TASK_NORMAL, 1, NULL);
	UNLOCK(&x->wait.lock);
}

void complete_all(struct completion *x)
{
	LOCK(&x->wait.lock);
	WRITE_ONCE(x->done, UINT_MAX);
	wake_entries(&x->wait, TASK_NORMAL, 0, NULL);
	UNLOCK(&x->wait.lock);
}

/* Under the lock, which is given back. */
static bool use_up(struct completion *x)
{
	unsigned int done = READ_ONCE(x->done);

	if (done && done != UINT_MAX)
		WRITE_ONCE(x->done, done - 1);
	UNLOCK(&x->wait.lock);
	return done;
}

static long wait_common(struct completion *x, long timeout, int state)
{
	struct wait_queue_entry entry;

	might_sleep();
	init_waitqueue_entry(&entry, get_current());
	entry.flags = WQ_FLAG_EXCLUSIVE;
	LOCK(&x->wait.lock);
	while (!READ_ONCE(x->done) && timeout) {
		if (list_empty(&entry.entry))
			__add_wait_queue_entry_tail(&x->wait, &entry);
		set_current_state((unsigned int)state);
		UNLOCK(&x->wait.lock);
		timeout = schedule_timeout(timeout);
		LOCK(&x->wait.lock);
	}
	__set_current_state(TASK_RUNNING);
	list_del_init(&entry.entry);
	if (!use_up(x))
		return 0;
	return timeout ? timeout : 1;
}

void wait_for_completion(struct completion *x)
{
	wait_common(x, MAX_SCHEDULE_TIMEOUT, TASK_UNINTERRUPTIBLE);
}

static long limited(unsigned long timeout)
{
	return timeout > LONG_MAX ? LONG_MAX : (long)timeout;
}

unsigned long wait_for_completion_timeout(struct completion *x, unsigned long timeout)
{
	return (unsigned long)wait_common(x, limited(timeout), TASK_UNINTERRUPTIBLE);
}

int wait_for_completion_interruptible(struct completion *x)
{
	wait_common(x, MAX_SCHEDULE_TIMEOUT, TASK_INTERRUPTIBLE);
	return 0;
}

int wait_for_completion_killable(struct completion *x)
{
	wait_common(x, MAX_SCHEDULE_TIMEOUT, TASK_KILLABLE);
	return 0;
}

long wait_for_completion_interruptible_timeout(struct completion *x, unsigned long timeout)
{
	return wait_common(x, limited(timeout), TASK_INTERRUPTIBLE);
}

long wait_for_completion_killable_timeout(struct completion *x, unsigned long timeout)
{
	return wait_common(x, limited(timeout), TASK_KILLABLE);
}

bool try_wait_for_completion(struct completion *x)
{
	LOCK(&x->wait.lock);
	return use_up(x);
}

bool completion_done(struct completion *x)
{
	bool done;

	LOCK(&x->wait.lock);
	done = READ_ONCE(x->done) != 0;
	UNLOCK(&x->wait.lock);
	return done;
}
