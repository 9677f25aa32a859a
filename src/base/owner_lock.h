/* SPDX-License-Identifier: MIT */
/*
 * base/owner_lock.h - an asymmetric lock: free of locked instructions for its owner.
 *
 * A CPU's page lists are used by that CPU a billion times for each time another
 * CPU drains them. So the owner pays two plain stores and a load, and a remote
 * CPU pays a system call.
 *
 *	owner                            remote
 *	 A1 busy = 1                      B1 take `inner` (one remote at a time)
 *	 A2 (compiler barrier)            B2 gate |= OWNER_REMOTE
 *	 A3 if gate & OWNER_REMOTE        B3 port.barrier_all()
 *	    (acquire):                    B4 wait until busy == 0 (acquire)
 *	      busy = 0 (release),         ... critical section ...
 *	      wait until it is clear,     B5 gate &= ~OWNER_REMOTE (release)
 *	      go to A1                    B6 give back `inner`
 *	 ... critical section ...
 *	 A4 busy = 0 (release)
 *
 * Theorem: never are both in their critical sections. It is Dekker's: A1 and A3
 * must not be swapped, as a processor with a store buffer will do, and the
 * owner has no fence. barrier_all() (membarrier on a Linux host) puts one in for
 * it: before it returns, the owner's thread has executed a full barrier at some
 * point P of its program, and so has the caller on both sides. P is either
 *   after A1:  then busy = 1 was visible to all when B3 returned, and B4 reads it,
 *              or what the owner stored later. B4 ends only by reading the 0 of
 *              A4 or of A3's retreat: a release, so all of the owner's critical
 *              section happens before the remote's;
 *   before A1: then A3 comes after P, and B2 before P: A3 reads the bit set, or
 *              the 0 of B5 (a release) or of a later one, never an older 0. In
 *              the first case the owner retreats; in the second the remote's
 *              critical section happens before the owner's.
 * A thread that is not running at B3 has executed a full barrier by being
 * switched out, which membarrier counts on; a CPU that changes hands between
 * threads does so under the machine's lock.
 *
 * A store is dear where misses fill the processor's queue of them: two less in an
 * allocation and its free save 3 ns of 28 where every object misses (ADR 16). So two
 * things that a critical section would do beside are the lock's own:
 *   count  what most critical sections change, a number of things, shares a word with busy:
 *          A4 and the new count are one store (owner_unlock_count()).
 *   gate   its other bits are the client's: reasons to stay out, which A3's load sees, too
 *          (owner_try_enter()). No other entry looks at them.
 *
 * Invariants:
 *   O1  only the owner writes busy, only the holder of inner changes gate's OWNER_REMOTE (all
 *       writes to gate are read-modify-writes, so they continue B5's release); a thread that
 *       is alone (base/thread.h) repairs both.
 *   O2  the owner's busy is 1 only from A1 to A4; so when the owner itself finds
 *       it 1, it has been interrupted inside its own critical section.
 *
 * Rank: that of inner, on both sides. Waiting spins by base_relax().
 * Left out: fairness. A remote that comes again and again can starve the owner.
 *
 * Source: E. W. Dekker's algorithm, in E. W. Dijkstra, EWD123 (1965), section 2; the
 * asymmetric form: D. Dice, H. Huang, M. Yang, "Asymmetric Dekker
 * synchronization" (2001); membarrier(2).
 */
#ifndef QUIRE_BASE_OWNER_LOCK_H
#define QUIRE_BASE_OWNER_LOCK_H

#include <quire/port.h>

#include "base/config.h"
#include "base/lock.h"

/* In gate: a remote CPU is inside or trying. */
#define OWNER_REMOTE 0x40000000u

/**
 * struct owner_lock - the lock.
 * @count: the client's, for whoever is inside
 * @busy: the owner is inside or trying
 * @count_busy: both, for one store
 * @gate: OWNER_REMOTE and the client's bits
 * @inner: among remote CPUs
 */
struct owner_lock {
	union {
		struct {
			u32 count, busy;
		};
		u64 count_busy;
	};
	u32 gate;
	struct quire_lock inner;
};

/** owner_lock_init() - @lock is free, @count and gate are 0. @name must outlive it. */
static inline void owner_lock_init(struct owner_lock *lock, enum quire_lock_rank rank,
				   const char *name)
{
	lock->count_busy = 0;
	lock->gate = 0;
	quire_lock_init(&lock->inner, rank, name);
}

/**
 * owner_set_gate() - the client's bits of gate are @bits now. Context: one caller at a time, with
 * or without the lock. An owner may be past its look at them: who must be sure that it saw them
 * takes the lock from afar afterwards.
 */
static inline void owner_set_gate(struct owner_lock *lock, u32 bits)
{
	u32 old = __atomic_load_n(&lock->gate, __ATOMIC_RELAXED);

	while (!__atomic_compare_exchange_n(&lock->gate, &old, (old & OWNER_REMOTE) | bits, false,
					    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
}

/* A3's retreat and all that follows, until the owner is in. Not to be called directly. */
void owner_lock_retreat(struct owner_lock *lock) __attribute__((cold));

/** owner_lock() - the owner takes its lock; waits while a remote CPU is inside. */
static inline void owner_lock(struct owner_lock *lock)
{
	if (QUIRE_CONFIG_DEBUG)
		quire_lock_check_order(&lock->inner);
	__atomic_store_n(&lock->busy, 1, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (unlikely(__atomic_load_n(&lock->gate, __ATOMIC_ACQUIRE) & OWNER_REMOTE))
		owner_lock_retreat(lock);
	if (QUIRE_CONFIG_DEBUG)
		quire_lock_note_taken(&lock->inner);
}

/**
 * owner_trylock() - the owner takes its lock unless it holds it already (O2) or a remote
 * CPU is inside. Never waits. For code that may interrupt the owner, as a softirq does.
 * Return: taken?
 */
static inline bool owner_trylock(struct owner_lock *lock)
{
	if (unlikely(lock->busy)) /* nobody else writes it (O1) */
		return false;
	__atomic_store_n(&lock->busy, 1, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (unlikely(__atomic_load_n(&lock->gate, __ATOMIC_ACQUIRE) & OWNER_REMOTE)) {
		__atomic_store_n(&lock->busy, 0, __ATOMIC_RELEASE);
		return false;
	}
	if (QUIRE_CONFIG_DEBUG)
		quire_lock_note_taken(&lock->inner);
	return true;
}

/**
 * owner_try_enter() - owner_trylock() for code that never interrupts itself inside: O2's own
 * look at busy is left out. @barred: the client's bits of gate that keep out. Return: taken?
 */
static inline __attribute__((always_inline)) bool owner_try_enter(struct owner_lock *lock,
								  u32 barred)
{
	__atomic_store_n(&lock->busy, 1, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (unlikely(__atomic_load_n(&lock->gate, __ATOMIC_ACQUIRE) & (barred | OWNER_REMOTE))) {
		__atomic_store_n(&lock->busy, 0, __ATOMIC_RELEASE);
		return false;
	}
	if (QUIRE_CONFIG_DEBUG)
		quire_lock_note_taken(&lock->inner);
	return true;
}

/** owner_unlock() - the owner gives its lock back. */
static inline void owner_unlock(struct owner_lock *lock)
{
	if (QUIRE_CONFIG_DEBUG)
		quire_lock_note_given(&lock->inner);
	__atomic_store_n(&lock->busy, 0, __ATOMIC_RELEASE);
}

/** owner_unlock_count() - the same, with a new count, in one store. */
static inline __attribute__((always_inline)) void owner_unlock_count(struct owner_lock *lock,
								     u32 count)
{
	if (QUIRE_CONFIG_DEBUG)
		quire_lock_note_given(&lock->inner);
	__atomic_store_n(&lock->count_busy, QUIRE_LOW_HALF_FIRST ? (u64)count : (u64)count << 32,
			 __ATOMIC_RELEASE);
}

/**
 * owner_lock_remote() - another CPU takes the lock; waits for the owner and other remotes.
 * @port: whose barrier_all hook to use; NULL, or hook NULL: owner and remote are one
 *	thread (a deterministic machine), where no barrier is needed.
 * Cost: a barrier on all CPUs, microseconds.
 */
void owner_lock_remote(struct owner_lock *lock, const struct quire_port *port);

/** owner_unlock_remote() - gives back what owner_lock_remote() took. */
static inline void owner_unlock_remote(struct owner_lock *lock)
{
	__atomic_and_fetch(&lock->gate, ~OWNER_REMOTE, __ATOMIC_RELEASE);
	quire_unlock(&lock->inner);
}

/** owner_lock_assert_held() - the calling thread is inside, on either side; debug builds. */
static inline void owner_lock_assert_held(const struct owner_lock *lock)
{
	quire_lock_assert_held(&lock->inner);
}

#endif /* QUIRE_BASE_OWNER_LOCK_H */
