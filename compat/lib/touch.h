/* SPDX-License-Identifier: MIT */
/*
 * touch.h - locks, queues, timers and work items of clients, as the library meets them.
 *
 * 1. Clients are watched by AddressSanitizer, the library is not: kfree(c); complete(c); would go
 *    through, or hang. So functions that are handed something of the client's touch it first, as
 *    the client would have: what is closed (config.vm.asan) is reported with the caller's stack.
 *    Without AddressSanitizer that is a load and a branch.
 * 2. Such a thing has a plain lock of the core's inside. One that holds neither 0 nor 1 is none any
 *    more; it is told ("bad magic") and taken as free, where waiting would not end.
 * 3. Things in the library's lists may be freed there, or made anew: whoever walks a list looks at
 *    each entry before it goes on, without being watched. What is lost is cut out of the list and
 *    told, with the object that it lies in.
 *
 * Source: sanitizer/asan_interface.h.
 */
#ifndef COMPAT_LIB_TOUCH_H
#define COMPAT_LIB_TOUCH_H

#include <linux/list.h>
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

/** quire_is_poison() - does @func, read from memory, show that it is free, or was never set? */
static __always_inline bool quire_is_poison(const void *func)
{
	return (unsigned long)func == 0x6b6b6b6b6b6b6b6bul;
}

/** quire_dump_owner() - reports who allocated and freed the object at @p, if there is one. */
void quire_dump_owner(const void *p);

/** quire_tell_unset() - reports that the @what at @p has no function, which @init had set. */
void quire_tell_unset(const char *what, const void *p, const char *init) __attribute__((cold));

/**
 * quire_entry_lost() - is @entry, which follows @before in a list, no entry any more?
 * @func: behind @entry, bytes: a pointer to a function, which is poison when the entry is free
 */
bool quire_entry_lost(const struct list_head *entry, const struct list_head *before, size_t func);

/**
 * quire_entry_tied() - do the neighbours of @entry, whatever they are, know it? Then they may be
 * written to.
 */
bool quire_entry_tied(const struct list_head *entry);

/**
 * quire_cut_lost() - ties @head's list together around what follows @at and is lost. Of several at
 * a time, those between the first and the last are lost with them.
 * Return: the first was freed, as far as one can see.
 */
bool quire_cut_lost(struct list_head *at, struct list_head *head, size_t func);

/** quire_tell_lost() - reports that the @what at @p was lost, @freed or not. Never sleeps. */
void quire_tell_lost(const char *what, const void *p, bool freed);

#endif /* COMPAT_LIB_TOUCH_H */
