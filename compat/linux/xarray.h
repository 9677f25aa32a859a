/* SPDX-License-Identifier: MIT */
/* linux/xarray.h - quire/xarray.h under the kernel's names, see surface/replaceable.h. */
#ifndef COMPAT_LINUX_XARRAY_H
#define COMPAT_LINUX_XARRAY_H

#include "../surface/services.h"
#include <linux/bug.h>
#include <linux/gfp.h>
#include <linux/list.h>

#ifdef XA_DEBUG
#define XA_BUG_ON(xa, x)             \
	do {                         \
		if (x) {             \
			xa_dump(xa); \
			BUG();       \
		}                    \
	} while (0)
#define XA_NODE_BUG_ON(node, x)                     \
	do {                                        \
		if (x) {                            \
			if (node)                   \
				xa_dump_node(node); \
			BUG();                      \
		}                                   \
	} while (0)
#endif

#include "../surface/replaceable.h"

/* In the kernel who holds a spin lock is a reader of RCU too, and clients look at dead nodes so. */
#define QUIRE_XA_LOCK(how, xa)                  \
	do {                                    \
		rcu_read_lock();                \
		spin_lock##how(&(xa)->xa_lock); \
	} while (0)
#define QUIRE_XA_UNLOCK(how, xa)                  \
	do {                                      \
		spin_unlock##how(&(xa)->xa_lock); \
		rcu_read_unlock();                \
	} while (0)
#undef xa_lock
#undef xa_unlock
#undef xa_lock_bh
#undef xa_unlock_bh
#undef xa_lock_irq
#undef xa_unlock_irq
#undef xa_lock_irqsave
#undef xa_unlock_irqrestore
#undef xa_trylock
#define xa_lock(xa)	  QUIRE_XA_LOCK(, xa)
#define xa_unlock(xa)	  QUIRE_XA_UNLOCK(, xa)
#define xa_lock_bh(xa)	  QUIRE_XA_LOCK(_bh, xa)
#define xa_unlock_bh(xa)  QUIRE_XA_UNLOCK(_bh, xa)
#define xa_lock_irq(xa)	  QUIRE_XA_LOCK(_irq, xa)
#define xa_unlock_irq(xa) QUIRE_XA_UNLOCK(_irq, xa)
#define xa_lock_irqsave(xa, flags)                        \
	do {                                              \
		rcu_read_lock();                          \
		spin_lock_irqsave(&(xa)->xa_lock, flags); \
	} while (0)
#define xa_unlock_irqrestore(xa, flags)                        \
	do {                                                   \
		spin_unlock_irqrestore(&(xa)->xa_lock, flags); \
		rcu_read_unlock();                             \
	} while (0)
#define xa_trylock(xa)                                      \
	({                                                  \
		int quire_taken;                            \
                                                            \
		rcu_read_lock();                            \
		quire_taken = spin_trylock(&(xa)->xa_lock); \
		if (!quire_taken)                           \
			rcu_read_unlock();                  \
		quire_taken;                                \
	})

#endif /* COMPAT_LINUX_XARRAY_H */
