/* SPDX-License-Identifier: MIT */
/*
 * rwlock.c - waiting for a reader/writer lock; see base/rwlock.h.
 */
#include "base/rwlock.h"

#include "base/thread.h"

void quire_read_wait(struct quire_rwlock *lock)
{
	unsigned int turns = 0;

	if (base_thread.alone) { /* its holder is no more: it is this thread's */
		lock->state = 1;
		return;
	}
	while (!quire_read_enter(lock))
		base_relax(turns++);
}

void quire_write_wait(struct quire_rwlock *lock)
{
	unsigned int turns = 0;
	u32 free;

	if (base_thread.alone) {
		lock->state = QUIRE_RWLOCK_WRITER;
		return;
	}
	__atomic_fetch_add(&lock->waiting, 1, __ATOMIC_RELAXED);
	do {
		while (__atomic_load_n(&lock->state, __ATOMIC_RELAXED))
			base_relax(turns++);
		free = 0;
	} while (!__atomic_compare_exchange_n(&lock->state, &free, QUIRE_RWLOCK_WRITER, false,
					      __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
	__atomic_fetch_sub(&lock->waiting, 1, __ATOMIC_RELAXED);
}
