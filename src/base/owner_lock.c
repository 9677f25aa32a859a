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
		lock->remote = 0;
	do {
		__atomic_store_n(&lock->busy, 0, __ATOMIC_RELEASE);
		while (__atomic_load_n(&lock->remote, __ATOMIC_RELAXED))
			base_relax(turns++);
		__atomic_store_n(&lock->busy, 1, __ATOMIC_RELAXED);
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
	} while (__atomic_load_n(&lock->remote, __ATOMIC_ACQUIRE));
}

void owner_lock_remote(struct owner_lock *lock, const struct quire_port *port)
{
	unsigned int turns = 0;

	quire_lock(&lock->inner);
	if (base_thread.alone)
		lock->busy = lock->remote = 0;
	QUIRE_ASSERT(!lock->remote, "O1: remote is written by the holder of inner alone");
	__atomic_store_n(&lock->remote, 1, __ATOMIC_RELAXED);
	if (port && port->barrier_all)
		port->barrier_all(port->ctx);
	while (__atomic_load_n(&lock->busy, __ATOMIC_ACQUIRE))
		base_relax(turns++);
}
