/* SPDX-License-Identifier: MIT */
/*
 * base/lock.h - the ranked spin lock, and the one list of ranks.
 *
 * 1. A lock is one word: 0 free, 1 taken. Taking it is one exchange with acquire
 *    order, giving it back one plain store with release order; both together
 *    cost about as much as one uncontended locked instruction (2 ns).
 * 2. A waiter reads until the word is 0 and only then tries again (test and
 *    test-and-set), doubling its pauses; the pauses are the port's relax hook,
 *    which yields on a host with more threads than processors.
 *    A thread that is alone (base/thread.h) takes over what it finds taken.
 * 3. No fairness, no recursion, no sleeping while held.
 *
 * Invariants, checked in builds with QUIRE_WITH_DEBUG:
 *   K1  a thread takes locks in strictly ascending rank; so no cycle of waiting
 *       threads can form. quire_trylock() does not wait and is exempt.
 *   K2  only the thread that holds a lock gives it back.
 * A violation names both locks and ends the machine.
 */
#ifndef QUIRE_BASE_LOCK_H
#define QUIRE_BASE_LOCK_H

#include <quire/types.h>

#include "base/config.h"

/**
 * enum quire_lock_rank - every rank, outermost first. A thread that holds a lock may take
 * only locks of ranks further down. Unranked are a spinlock_t (i_mmap, page tables: their order is
 * in vm/internal.h) and what ports and clients have.
 */
enum quire_lock_rank {
	QUIRE_RANK_MMAP = 1, /* an address space's mmap_lock; may be held long */
	QUIRE_RANK_MACHINE,  /* a machine's table of busy CPUs */
	QUIRE_RANK_SYSCTL,   /* change of watermarks, reserves and per-CPU limits of all zones */
	QUIRE_RANK_NODE,     /* a node's size, its kswapd and compaction state */
	QUIRE_RANK_BOOT,     /* the boot allocators */
	QUIRE_RANK_ANON_VMA, /* a family of anon_vmas */
	QUIRE_RANK_LRU,	     /* a node's lists of pages by age */
	QUIRE_RANK_VMALLOC_PURGE, /* one purge of freed kernel addresses at a time */
	QUIRE_RANK_VMALLOC,	  /* kernel addresses: free, in use, waiting */
	QUIRE_RANK_SLAB_CACHES,	  /* a machine's list of caches; creation and destruction */
	QUIRE_RANK_SLAB_CPU,	  /* a CPU's slabs and sheaves of one cache (owner_lock) */
	QUIRE_RANK_SLAB_NODE,	  /* a cache's lists of one node */
	QUIRE_RANK_SLAB_BARN,	  /* a cache's store of sheaves of one node */
	QUIRE_RANK_PCP,		  /* a CPU's page lists: the lock among remote CPUs (owner_lock) */
	QUIRE_RANK_ZONE,	  /* a zone's free lists; never two zones at once */
	QUIRE_RANK_PAGE_OWNER,	  /* the table of call stacks of page owner */
	QUIRE_RANK_RCU_ALL,	  /* who moves RCU callbacks from CPU to CPU */
	QUIRE_RANK_RCU,		  /* a CPU's RCU callbacks */
	QUIRE_RANK_RCU_GP,	  /* a machine's grace period */
	QUIRE_RANK_RESERVE,	  /* who asks the port for book-keeping memory */
	QUIRE_RANK_LEAF,	  /* small tables inside which nothing is called */
	QUIRE_RANK_REPORT,	  /* a report channel: anything above may report while held */
};

/**
 * struct quire_lock - a spin lock.
 * @state: 0 free, 1 taken
 * @rank: enum quire_lock_rank
 * @name: for reports; a constant string
 */
struct quire_lock {
	u32 state;
	u8 rank;
	const char *name;
};

#define QUIRE_LOCK_INIT(rank_, name_)                        \
	{                                                    \
		.state = 0, .rank = (rank_), .name = (name_) \
	}

/* The slow and the debug halves; not to be called directly. */
void quire_lock_wait(struct quire_lock *lock) __attribute__((cold));
void quire_lock_check_order(const struct quire_lock *lock);
void quire_lock_note_taken(const struct quire_lock *lock);
void quire_lock_note_given(const struct quire_lock *lock);
void quire_lock_check_held(const struct quire_lock *lock);

/** quire_lock_init() - @lock is free. @name must outlive it. */
static inline void quire_lock_init(struct quire_lock *lock, enum quire_lock_rank rank,
				   const char *name)
{
	lock->state = 0;
	lock->rank = (u8)rank;
	lock->name = name;
}

/** quire_lock() - takes @lock, spinning while another thread holds it (K1). */
static inline void quire_lock(struct quire_lock *lock)
{
	if (QUIRE_CONFIG_DEBUG)
		quire_lock_check_order(lock);
	if (unlikely(__atomic_exchange_n(&lock->state, 1, __ATOMIC_ACQUIRE)))
		quire_lock_wait(lock);
	if (QUIRE_CONFIG_DEBUG)
		quire_lock_note_taken(lock);
}

/** quire_trylock() - takes @lock if nobody holds it. Return: taken? Any rank. */
static inline bool quire_trylock(struct quire_lock *lock)
{
	if (__atomic_load_n(&lock->state, __ATOMIC_RELAXED) ||
	    __atomic_exchange_n(&lock->state, 1, __ATOMIC_ACQUIRE))
		return false;
	if (QUIRE_CONFIG_DEBUG)
		quire_lock_note_taken(lock);
	return true;
}

/** quire_unlock() - gives back @lock, which the calling thread holds (K2). */
static inline void quire_unlock(struct quire_lock *lock)
{
	if (QUIRE_CONFIG_DEBUG)
		quire_lock_note_given(lock);
	__atomic_store_n(&lock->state, 0, __ATOMIC_RELEASE);
}

/** quire_lock_is_taken() - does any thread hold @lock just now? For reports. */
static inline bool quire_lock_is_taken(const struct quire_lock *lock)
{
	return __atomic_load_n(&lock->state, __ATOMIC_RELAXED);
}

/** quire_lock_assert_held() - the calling thread holds @lock; checked in debug builds. */
static inline void quire_lock_assert_held(const struct quire_lock *lock)
{
	if (QUIRE_CONFIG_DEBUG)
		quire_lock_check_held(lock);
}

#endif /* QUIRE_BASE_LOCK_H */
