/* SPDX-License-Identifier: MIT */
/* once.h - calls that are made once; whoever comes meanwhile waits for it. */
#ifndef COMPAT_LINUX_ONCE_H
#define COMPAT_LINUX_ONCE_H

#include "../surface/base.h"

#include <linux/mutex.h>
#include <linux/spinlock.h>

/** DO_ONCE() - @func(...) the first time that this place is reached. Return: was it called? */
#define DO_ONCE(func, ...)                                                     \
	({                                                                     \
		static DEFINE_SPINLOCK(quire_once_lock);                       \
		static bool quire_done;                                        \
		unsigned long quire_flags;                                     \
		bool quire_first = false;                                      \
                                                                               \
		if (unlikely(!smp_load_acquire(&quire_done))) {                \
			spin_lock_irqsave(&quire_once_lock, quire_flags);      \
			if (!quire_done) {                                     \
				func(__VA_ARGS__);                             \
				quire_first = true;                            \
				smp_store_release(&quire_done, true);          \
			}                                                      \
			spin_unlock_irqrestore(&quire_once_lock, quire_flags); \
		}                                                              \
		quire_first;                                                   \
	})
/** DO_ONCE_SLEEPABLE() - the same for a @func that sleeps. */
#define DO_ONCE_SLEEPABLE(func, ...)                                  \
	({                                                            \
		static DEFINE_MUTEX(quire_once_lock);                 \
		static bool quire_done;                               \
		bool quire_first = false;                             \
                                                                      \
		if (unlikely(!smp_load_acquire(&quire_done))) {       \
			mutex_lock(&quire_once_lock);                 \
			if (!quire_done) {                            \
				func(__VA_ARGS__);                    \
				quire_first = true;                   \
				smp_store_release(&quire_done, true); \
			}                                             \
			mutex_unlock(&quire_once_lock);               \
		}                                                     \
		quire_first;                                          \
	})
#define get_random_once(buf, n)		  DO_ONCE(get_random_bytes, (buf), (n))
#define get_random_sleepable_once(buf, n) DO_ONCE_SLEEPABLE(get_random_bytes, (buf), (n))

#endif /* COMPAT_LINUX_ONCE_H */
