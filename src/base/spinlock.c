/* SPDX-License-Identifier: MIT */
/*
 * spinlock.c - waiting for a lock of a public structure; see quire/spinlock.h.
 */
#include <quire/spinlock.h>

#include "base/thread.h"

void quire_spin_wait(spinlock_t *lock)
{
	unsigned int turns = 0;

	do {
		while (__atomic_load_n(&lock->state, __ATOMIC_RELAXED))
			base_relax(turns++);
	} while (__atomic_exchange_n(&lock->state, 1, __ATOMIC_ACQUIRE));
}

void quire_relax(unsigned int turns)
{
	base_relax(turns);
}
