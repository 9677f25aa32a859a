/* SPDX-License-Identifier: MIT */
/*
 * surface/dec_lock.h - dropping the last reference with a lock held: so that nobody finds an object
 * in a list whose count has come to 0.
 *
 * Any other reference is dropped without the lock. Whoever drops the last one, as it seems, takes
 * the lock first; if the count comes to 0, it is the caller's to give back.
 *
 * Names and contracts are those of Linux 6.1.
 */
/* Ahead of the guard: base.h ends with all services, in an order that works. */
#include "base.h"

#ifndef COMPAT_SURFACE_DEC_LOCK_H
#define COMPAT_SURFACE_DEC_LOCK_H

#include "locks.h"

/* Inline, for the checks of locks to name the caller. */
#define QUIRE_DEC_AND_LOCK(name, count_t, not_one, dec_and_test, lock_t, take, give) \
	static __always_inline bool __must_check name(count_t *count, lock_t *lock)  \
	{                                                                            \
		if (not_one(count))                                                  \
			return false;                                                \
		take(lock);                                                          \
		if (dec_and_test(count))                                             \
			return true;                                                 \
		give(lock);                                                          \
		return false;                                                        \
	}
#define quire_atomic_dec_not_one(v) atomic_add_unless((v), -1, 1)

/** refcount_dec_and_mutex_lock() - Return: true: the count is 0 and @lock held. May sleep. */
QUIRE_DEC_AND_LOCK(refcount_dec_and_mutex_lock, refcount_t, refcount_dec_not_one,
		   refcount_dec_and_test, struct mutex, mutex_lock, mutex_unlock)
/** refcount_dec_and_lock() - the same with a spin lock; _irqsave: @flags points to them. */
QUIRE_DEC_AND_LOCK(refcount_dec_and_lock, refcount_t, refcount_dec_not_one, refcount_dec_and_test,
		   spinlock_t, spin_lock, spin_unlock)
/** atomic_dec_and_lock() - refcount_dec_and_lock() of a count that is not checked. */
QUIRE_DEC_AND_LOCK(_atomic_dec_and_lock, atomic_t, quire_atomic_dec_not_one, atomic_dec_and_test,
		   spinlock_t, spin_lock, spin_unlock)
QUIRE_DEC_AND_LOCK(atomic_dec_and_mutex_lock, atomic_t, quire_atomic_dec_not_one,
		   atomic_dec_and_test, struct mutex, mutex_lock, mutex_unlock)
#define atomic_dec_and_lock(v, lock) _atomic_dec_and_lock((v), (lock))

static __always_inline bool __must_check refcount_dec_and_lock_irqsave(refcount_t *r,
								       spinlock_t *lock,
								       unsigned long *flags)
{
	local_irq_save(*flags);
	if (refcount_dec_and_lock(r, lock))
		return true;
	local_irq_restore(*flags);
	return false;
}
static __always_inline bool __must_check _atomic_dec_and_lock_irqsave(atomic_t *v, spinlock_t *lock,
								      unsigned long *flags)
{
	local_irq_save(*flags);
	if (_atomic_dec_and_lock(v, lock))
		return true;
	local_irq_restore(*flags);
	return false;
}
#define atomic_dec_and_lock_irqsave(v, lock, flags) \
	_atomic_dec_and_lock_irqsave((v), (lock), &(flags))

/** kref_put_mutex() - kref_put() whose @release is called with @lock held, and gives it back.
 * kref_put_lock(): with a spin lock. Return: was it the last reference? */
static __always_inline int kref_put_mutex(struct kref *kref, void (*release)(struct kref *kref),
					  struct mutex *lock)
{
	if (!refcount_dec_and_mutex_lock(&kref->refcount, lock))
		return 0;
	release(kref);
	return 1;
}
static __always_inline int kref_put_lock(struct kref *kref, void (*release)(struct kref *kref),
					 spinlock_t *lock)
{
	if (!refcount_dec_and_lock(&kref->refcount, lock))
		return 0;
	release(kref);
	return 1;
}

#endif /* COMPAT_SURFACE_DEC_LOCK_H */
