/* SPDX-License-Identifier: MIT */
/*
 * base/rwlock.h - the ranked reader/writer lock.
 *
 * 1. One word counts the readers or says that a writer is in. A reader comes in by one
 *    compare-and-exchange, a writer too; a writer leaves by a plain store, since nobody
 *    else changes the word while it is in.
 * 2. Writers do not starve: a reader that finds a writer waiting waits as well. So a
 *    thread must not take a lock for reading twice: a writer between the two would wait for
 *    the first, and the second for the writer.
 * 3. An address space is mostly its thread's own, which faults (reads) far more often than it
 *    maps (writes). So the thread that writes first is the *owner*, as long as no other one
 *    writes: it reads by two plain stores and a load, in the manner of base/owner_lock.h, where the
 *    proof stands. Other readers count themselves in the word, as does a writer for the owner
 *    too. The first other writer shuts the owner's way for good: it sets shut, makes all
 *    processors take a barrier, and waits for the owner to leave.
 *
 *	owner reads			another thread writes, the first time
 *	 A1 inside = 1			 B1 the word says WRITER
 *	 A2 (compiler barrier)		 B2 shut = 1
 *	 A3 if shut (acquire):		 B3 port.barrier_all()
 *	      inside = 0 (release),	 B4 wait until inside == 0 (acquire)
 *	      on as any other reader	 B5 owner = NULL: nobody is any more
 *
 *    An owner that is inside already (it may try, point 2) is counted the second time.
 *
 * 4. Waiters spin on reads and yield through the port's relax hook, as those of base/lock.h;
 *    it may be held long. A thread that is alone (base/thread.h) takes over what it finds.
 *
 * Invariants, checked in builds with QUIRE_WITH_DEBUG: K1 and K2 of base/lock.h, with the same
 * table of ranks.
 */
#ifndef QUIRE_BASE_RWLOCK_H
#define QUIRE_BASE_RWLOCK_H

#include <quire/rwlock.h>

#include "base/lock.h"
#include "base/thread.h"

/* The slow halves; not to be called directly. */
void quire_read_wait(struct quire_rwlock *lock) __attribute__((cold));
void quire_write_wait(struct quire_rwlock *lock) __attribute__((cold));
void quire_write_shut(struct quire_rwlock *lock) __attribute__((cold));

/** quire_rwlock_init() - @lock is free. @name must outlive it. */
static inline void quire_rwlock_init(struct quire_rwlock *lock, enum quire_lock_rank rank,
				     const char *name)
{
	lock->state = 0;
	lock->waiting = 0;
	lock->inside = lock->shut = 0;
	lock->owner = NULL;
	lock->rank = (u8)rank;
	lock->name = name;
}

/* What the checks of K1 and K2 know it by. */
static inline struct quire_lock *quire_rwlock_id(struct quire_rwlock *lock)
{
	_Static_assert(offsetof(struct quire_lock, rank) == offsetof(struct quire_rwlock, rank) &&
			       offsetof(struct quire_lock, name) ==
				       offsetof(struct quire_rwlock, name),
		       "a rwlock begins like a lock");
	return (struct quire_lock *)lock;
}

/* Is the lock the calling thread's (point 3)? */
static inline bool quire_rwlock_mine(const struct quire_rwlock *lock)
{
	return __atomic_load_n(&lock->owner, __ATOMIC_RELAXED) == &base_thread;
}

/* One try to come in as any reader, counted. */
static inline bool quire_read_count(struct quire_rwlock *lock)
{
	u32 state = __atomic_load_n(&lock->state, __ATOMIC_RELAXED);

	return likely(!(state & QUIRE_RWLOCK_WRITER) &&
		      !__atomic_load_n(&lock->waiting, __ATOMIC_RELAXED)) &&
	       __atomic_compare_exchange_n(&lock->state, &state, state + 1, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

/* One try to come in as a reader. */
static inline bool quire_read_enter(struct quire_rwlock *lock)
{
	if (likely(quire_rwlock_mine(lock) && !lock->inside)) {
		__atomic_store_n(&lock->inside, 1, __ATOMIC_RELAXED);
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		if (likely(!__atomic_load_n(&lock->shut, __ATOMIC_ACQUIRE)))
			return true;
		__atomic_store_n(&lock->inside, 0, __ATOMIC_RELEASE);
	}
	return quire_read_count(lock);
}

/** quire_read_lock() - comes in as a reader, waiting for writers (K1). */
static inline void quire_read_lock(struct quire_rwlock *lock)
{
	if (QUIRE_CONFIG_DEBUG)
		quire_lock_check_order(quire_rwlock_id(lock));
	if (unlikely(!quire_read_enter(lock)))
		quire_read_wait(lock);
	if (QUIRE_CONFIG_DEBUG)
		quire_lock_note_taken(quire_rwlock_id(lock));
}

/** quire_read_trylock() - comes in as a reader if it need not wait. Return: is it in? */
static inline bool quire_read_trylock(struct quire_rwlock *lock)
{
	if (!quire_read_enter(lock))
		return false;
	if (QUIRE_CONFIG_DEBUG)
		quire_lock_note_taken(quire_rwlock_id(lock));
	return true;
}

/** quire_read_unlock() - a reader leaves (K2). */
static inline void quire_read_unlock(struct quire_rwlock *lock)
{
	if (QUIRE_CONFIG_DEBUG)
		quire_lock_note_given(quire_rwlock_id(lock));
	if (likely(quire_rwlock_mine(lock) && lock->inside))
		__atomic_store_n(&lock->inside, 0, __ATOMIC_RELEASE);
	else
		__atomic_fetch_sub(&lock->state, 1, __ATOMIC_RELEASE);
}

/** quire_write_lock() - is the only one inside, waiting for all others (K1). */
static inline void quire_write_lock(struct quire_rwlock *lock)
{
	u32 free = 0;

	if (QUIRE_CONFIG_DEBUG)
		quire_lock_check_order(quire_rwlock_id(lock));
	if (unlikely(!__atomic_compare_exchange_n(&lock->state, &free, QUIRE_RWLOCK_WRITER, false,
						  __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)))
		quire_write_wait(lock);
	if (unlikely(!quire_rwlock_mine(lock)))
		quire_write_shut(lock);
	if (QUIRE_CONFIG_DEBUG)
		quire_lock_note_taken(quire_rwlock_id(lock));
}

/** quire_write_unlock() - the writer leaves (K2). */
static inline void quire_write_unlock(struct quire_rwlock *lock)
{
	if (QUIRE_CONFIG_DEBUG)
		quire_lock_note_given(quire_rwlock_id(lock));
	__atomic_store_n(&lock->state, 0, __ATOMIC_RELEASE);
}

/** quire_write_downgrade() - the writer goes on as a reader, without a moment between. */
static inline void quire_write_downgrade(struct quire_rwlock *lock)
{
	__atomic_store_n(&lock->state, 1, __ATOMIC_RELEASE);
}

/** quire_rwlock_assert_held() - the calling thread is inside; checked in debug builds. */
static inline void quire_rwlock_assert_held(struct quire_rwlock *lock)
{
	if (QUIRE_CONFIG_DEBUG)
		quire_lock_check_held(quire_rwlock_id(lock));
}

#endif /* QUIRE_BASE_RWLOCK_H */
