/* SPDX-License-Identifier: MIT */
/*
 * rwlock.c - waiting for a reader/writer lock; see base/rwlock.h.
 */
#include "base/rwlock.h"

#include <quire/port.h>

#include "base/report.h"

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

/* A writer that is not the owner has come in: it becomes the owner, or there is none any more. */
void quire_write_shut(struct quire_rwlock *lock)
{
	const struct report_channel *ch = base_thread.report;
	unsigned int turns = 0;

	if (lock->shut)
		return;
	if (!lock->owner) {
		__atomic_store_n(&lock->owner, &base_thread, __ATOMIC_RELAXED);
		return;
	}
	__atomic_store_n(&lock->shut, 1, __ATOMIC_RELAXED);
	if (ch && ch->port && ch->port->barrier_all)
		ch->port->barrier_all(ch->port->ctx);
	while (!base_thread.alone && __atomic_load_n(&lock->inside, __ATOMIC_ACQUIRE))
		base_relax(turns++);
	__atomic_store_n(&lock->owner, NULL, __ATOMIC_RELAXED);
}
