/* SPDX-License-Identifier: MIT */
/*
 * spinlock.h - the spin lock that lives inside public structures, with Linux's names.
 *
 * 1. One word: 0 free, 1 taken. Zero-filled memory is a free lock. Taking it is one
 *    exchange with acquire order, giving it back one store with release order.
 * 2. A waiter reads until the word is 0 and pauses in between by the port's relax hook,
 *    which yields on a host with more threads than processors. No fairness, no recursion.
 * 3. There are no interrupts in Quire: the _bh, _irq and _irqsave forms are the plain
 *    ones, and the saved flags are 0.
 *
 * Unlike the core's own locks (src/base/lock.h) these have no rank: the order among them is
 * their users' to keep.
 * Source: names and semantics of Linux 6.1 Documentation/locking/spinlocks.rst.
 */
#ifndef QUIRE_SPINLOCK_H
#define QUIRE_SPINLOCK_H

#include <quire/api.h>
#include <quire/types.h>

QUIRE_BEGIN_DECLS

/** typedef spinlock_t - a spin lock; @state is nobody's to touch. */
typedef struct spinlock {
	u32 state;
} spinlock_t;

#ifndef __SPIN_LOCK_UNLOCKED
#define __SPIN_LOCK_UNLOCKED(name) ((spinlock_t){ 0 })
#endif
#ifndef DEFINE_SPINLOCK
#define DEFINE_SPINLOCK(name) spinlock_t name = { 0 }
#endif

/** quire_spin_wait() - takes @lock after waiting for it; the slow half of spin_lock(). */
QUIRE_PUBLIC void quire_spin_wait(spinlock_t *lock) __attribute__((cold));

/** quire_relax() - one turn of a caller's own spin loop, the @turns-th; may yield to the host. */
QUIRE_PUBLIC void quire_relax(unsigned int turns);

/** spin_lock_init() - @lock is free. */
static inline void spin_lock_init(spinlock_t *lock)
{
	lock->state = 0;
}

/** spin_lock() - takes @lock, spinning while another thread holds it. */
static inline void spin_lock(spinlock_t *lock)
{
	if (unlikely(__atomic_exchange_n(&lock->state, 1, __ATOMIC_ACQUIRE)))
		quire_spin_wait(lock);
}

/** spin_trylock() - takes @lock if nobody holds it. Return: taken? */
static inline int spin_trylock(spinlock_t *lock)
{
	return !__atomic_load_n(&lock->state, __ATOMIC_RELAXED) &&
	       !__atomic_exchange_n(&lock->state, 1, __ATOMIC_ACQUIRE);
}

/** spin_unlock() - gives back @lock, which the caller holds. */
static inline void spin_unlock(spinlock_t *lock)
{
	__atomic_store_n(&lock->state, 0, __ATOMIC_RELEASE);
}

/** spin_is_locked() - does any thread hold @lock just now? */
static inline int spin_is_locked(const spinlock_t *lock)
{
	return __atomic_load_n(&lock->state, __ATOMIC_RELAXED) != 0;
}

#ifndef spin_lock_irqsave
#define spin_lock_irqsave(lock, flags) \
	do {                           \
		(flags) = 0;           \
		spin_lock(lock);       \
	} while (0)
#define spin_unlock_irqrestore(lock, flags) \
	do {                                \
		(void)(flags);              \
		spin_unlock(lock);          \
	} while (0)
#define spin_lock_bh(lock)		 spin_lock(lock)
#define spin_lock_irq(lock)		 spin_lock(lock)
#define spin_unlock_bh(lock)		 spin_unlock(lock)
#define spin_unlock_irq(lock)		 spin_unlock(lock)
#define spin_trylock_bh(lock)		 spin_trylock(lock)
#define spin_trylock_irq(lock)		 spin_trylock(lock)
#define spin_lock_nested(lock, subclass) spin_lock(lock)
#endif

QUIRE_END_DECLS

#endif /* QUIRE_SPINLOCK_H */
