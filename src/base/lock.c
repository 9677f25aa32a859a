/* SPDX-License-Identifier: MIT */
/*
 * lock.c - waiting for a lock, and the checks of K1 and K2; see base/lock.h.
 */
#include "base/lock.h"

#include "base/assert.h"
#include "base/thread.h"

void quire_lock_wait(struct quire_lock *lock)
{
	unsigned int turns = 0;

	if (base_thread.alone) /* its holder is no more: it is this thread's */
		return;
	do {
		while (__atomic_load_n(&lock->state, __ATOMIC_RELAXED))
			base_relax(turns++);
	} while (__atomic_exchange_n(&lock->state, 1, __ATOMIC_ACQUIRE));
}

/* Position of @lock among the calling thread's held locks, or their number. */
static unsigned int held_index(const struct quire_lock *lock)
{
	unsigned int i;

	for (i = 0; i < base_thread.nr_held; i++) {
		if (base_thread.held[i] == lock)
			break;
	}
	return i;
}

void quire_lock_check_order(const struct quire_lock *lock)
{
	unsigned int i;

	for (i = 0; i < base_thread.nr_held; i++) {
		const struct quire_lock *held = base_thread.held[i];

		if (held == lock)
			base_panic("K1: lock '%s' (rank %u) is taken twice by one thread",
				   lock->name, lock->rank);
		if (held->rank >= lock->rank)
			base_panic("K1: wrong lock order: '%s' (rank %u) is taken while '%s' "
				   "(rank %u) is held; see enum quire_lock_rank",
				   lock->name, lock->rank, held->name, held->rank);
	}
}

void quire_lock_note_taken(const struct quire_lock *lock)
{
	QUIRE_ASSERT(base_thread.nr_held < BASE_MAX_HELD, "K1: a thread holds too many locks");
	base_thread.held[base_thread.nr_held++] = lock;
}

void quire_lock_note_given(const struct quire_lock *lock)
{
	unsigned int i = held_index(lock);

	if (i == base_thread.nr_held)
		base_panic("K2: lock '%s' is given back by a thread that does not hold it",
			   lock->name);
	base_thread.nr_held--;
	for (; i < base_thread.nr_held; i++)
		base_thread.held[i] = base_thread.held[i + 1];
}

void quire_lock_check_held(const struct quire_lock *lock)
{
	if (held_index(lock) == base_thread.nr_held)
		base_panic("K2: lock '%s' is needed here, but the calling thread does not hold it",
			   lock->name);
}
