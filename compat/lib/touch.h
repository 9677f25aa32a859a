/* SPDX-License-Identifier: MIT */
/*
 * touch.h - locks and queues of clients, as the library meets them.
 *
 * 1. Clients are watched by AddressSanitizer, the library is not: kfree(c); complete(c); would go
 *    through, or hang. So functions that are handed something of the client's touch it first, as
 *    the client would have: what is closed (config.vm.asan) is reported with the caller's stack.
 *    Without AddressSanitizer that is a load and a branch.
 * 2. Such a thing has a plain lock of the core's inside. One that holds neither 0 nor 1 is none any
 *    more; it is told ("bad magic") and taken as free, where waiting would not end.
 *
 * Source: sanitizer/asan_interface.h.
 */
#ifndef COMPAT_LIB_TOUCH_H
#define COMPAT_LIB_TOUCH_H

#include <linux/spinlock.h>

/* The client's. */
void *__asan_region_is_poisoned(void *p, size_t bytes) __attribute__((weak));

/** quire_touch_watched() - quire_touch() in a program that AddressSanitizer watches. */
void quire_touch_watched(const void *p, size_t bytes) __attribute__((cold));

/** quire_touch() - the calling function writes to @bytes at @p, the client's. */
static __always_inline void quire_touch(const void *p, size_t bytes)
{
	if (unlikely(__asan_region_is_poisoned))
		quire_touch_watched(p, bytes);
}

/** quire_inner_wait() - the slow half of quire_inner_lock(), which has seen @seen in the lock. */
void quire_inner_wait(spinlock_t *lock, u32 seen) __attribute__((cold));

/** quire_inner_lock() - takes the plain lock inside of something of the client's. */
static __always_inline void quire_inner_lock(spinlock_t *lock)
{
	u32 seen;

	quire_touch(lock, sizeof(*lock));
	seen = __atomic_exchange_n(&lock->state, 1, __ATOMIC_ACQUIRE);
	if (unlikely(seen))
		quire_inner_wait(lock, seen);
}

/** quire_dump_owner() - reports who allocated and freed the object at @p, if there is one. */
void quire_dump_owner(const void *p);

#endif /* COMPAT_LIB_TOUCH_H */
