/* SPDX-License-Identifier: MIT */
/*
 * owner_lock.c - the waiting halves of the asymmetric lock; see base/owner_lock.h.
 */
#include "base/owner_lock.h"

#include "base/assert.h"
#include "base/thread.h"

void owner_lock_retreat(struct owner_lock *lock)
{
	unsigned int turns = 0;

	if (base_thread.alone)
		lock->gate &= ~OWNER_REMOTE;
	do {
		__atomic_store_n(&lock->busy, 0, __ATOMIC_RELEASE);
		while (__atomic_load_n(&lock->gate, __ATOMIC_RELAXED) & OWNER_REMOTE)
			base_relax(turns++);
		__atomic_store_n(&lock->busy, 1, __ATOMIC_RELAXED);
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
	} while (__atomic_load_n(&lock->gate, __ATOMIC_ACQUIRE) & OWNER_REMOTE);
}

void owner_lock_remote(struct owner_lock *lock, const struct quire_port *port)
{
	unsigned int turns = 0;
	u32 gate;

	quire_lock(&lock->inner);
	if (base_thread.alone) {
		lock->busy = 0;
		lock->gate &= ~OWNER_REMOTE;
	}
	gate = __atomic_fetch_or(&lock->gate, OWNER_REMOTE, __ATOMIC_RELAXED);
	QUIRE_ASSERT(!(gate & OWNER_REMOTE), "O1: written by the holder of inner alone");
	if (port && port->barrier_all)
		port->barrier_all(port->ctx);
	while (__atomic_load_n(&lock->busy, __ATOMIC_ACQUIRE))
		base_relax(turns++);
	/* The store that ended it may have been that of both halves (owner_unlock_count()). */
	(void)__atomic_load_n(&lock->count_busy, __ATOMIC_ACQUIRE);
}
