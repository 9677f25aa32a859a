/* SPDX-License-Identifier: MIT */
/*
 * linux/notifier.h - chains of functions that are called when something happens.
 *
 *	chain	who may sleep in it		what protects the list
 *	atomic	nobody				RCU; a spin lock among those who change it
 *	blocking	callbacks, who changes it	a read-write semaphore
 *	raw	as the client says		the client
 *
 * 1. Blocks are called in the order of priority, highest first; of one priority in the order in
 *    which they were registered.
 * 2. A callback that returns a value with NOTIFY_STOP_MASK is the last one; what the last one
 *    returned is what the call returns.
 * 3. A block that was unregistered is called no more once that call has returned, so it may be
 *    freed: an atomic chain waits for a grace period.
 *
 * Left out: chains of SRCU, which do not compile; there is no SRCU.
 * Names and contracts are those of Linux 6.1.
 */
#ifndef COMPAT_LINUX_NOTIFIER_H
#define COMPAT_LINUX_NOTIFIER_H

#include "../surface/base.h"

struct notifier_block;
typedef int (*notifier_fn_t)(struct notifier_block *nb, unsigned long action, void *data);

/** struct notifier_block - one who wants to be called. @next: the chain's. */
struct notifier_block {
	notifier_fn_t notifier_call;
	struct notifier_block __rcu *next;
	int priority;
};

struct atomic_notifier_head {
	spinlock_t lock;
	struct notifier_block __rcu *head;
};

struct blocking_notifier_head {
	struct rw_semaphore rwsem;
	struct notifier_block __rcu *head;
};

struct raw_notifier_head {
	struct notifier_block __rcu *head;
};

#define ATOMIC_NOTIFIER_INIT(name)            \
	{                                     \
		.lock = { 0 }, .head = (NULL) \
	}
#define BLOCKING_NOTIFIER_INIT(name)                                       \
	{                                                                  \
		.rwsem = __RWSEM_INITIALIZER((name).rwsem), .head = (NULL) \
	}
#define RAW_NOTIFIER_INIT(name) \
	{                       \
		.head = (NULL)  \
	}
#define ATOMIC_NOTIFIER_HEAD(name) struct atomic_notifier_head name = ATOMIC_NOTIFIER_INIT(name)
#define BLOCKING_NOTIFIER_HEAD(name) \
	struct blocking_notifier_head name = BLOCKING_NOTIFIER_INIT(name)
#define RAW_NOTIFIER_HEAD(name) struct raw_notifier_head name = RAW_NOTIFIER_INIT(name)
#define ATOMIC_INIT_NOTIFIER_HEAD(nh)        \
	do {                                 \
		spin_lock_init(&(nh)->lock); \
		(nh)->head = NULL;           \
	} while (0)
#define BLOCKING_INIT_NOTIFIER_HEAD(nh)   \
	do {                              \
		init_rwsem(&(nh)->rwsem); \
		(nh)->head = NULL;        \
	} while (0)
#define RAW_INIT_NOTIFIER_HEAD(nh) ((void)((nh)->head = NULL))

/* What a callback returns: it does not care; it is content; it will not have it; enough. */
#define NOTIFY_DONE	 0x0000
#define NOTIFY_OK	 0x0001
#define NOTIFY_STOP_MASK 0x8000
#define NOTIFY_BAD	 (NOTIFY_STOP_MASK | 0x0002)
#define NOTIFY_STOP	 (NOTIFY_OK | NOTIFY_STOP_MASK)

/** notifier_from_errno() - 0 or a negative errno as what a callback returns, and back. */
static inline int notifier_from_errno(int err)
{
	return err ? NOTIFY_STOP_MASK | (NOTIFY_OK - err) : NOTIFY_OK;
}
static inline int notifier_to_errno(int ret)
{
	int value = ret & ~NOTIFY_STOP_MASK;

	return value > NOTIFY_OK ? NOTIFY_OK - value : 0;
}

/**
 * atomic_notifier_chain_register() - @nb is called from now on. Return: 0; -EEXIST: it is in the
 * chain already, which a warning says. _unique_prio: -EBUSY: another one has its priority.
 * Context: any; of a blocking chain: may sleep.
 */
int atomic_notifier_chain_register(struct atomic_notifier_head *nh, struct notifier_block *nb);
int atomic_notifier_chain_register_unique_prio(struct atomic_notifier_head *nh,
					       struct notifier_block *nb);
int blocking_notifier_chain_register(struct blocking_notifier_head *nh, struct notifier_block *nb);
int blocking_notifier_chain_register_unique_prio(struct blocking_notifier_head *nh,
						 struct notifier_block *nb);
int raw_notifier_chain_register(struct raw_notifier_head *nh, struct notifier_block *nb);
/**
 * atomic_notifier_chain_unregister() - @nb is called no more. Return: 0; -ENOENT: it is not in the
 * chain. May sleep, but for a raw chain.
 */
int atomic_notifier_chain_unregister(struct atomic_notifier_head *nh, struct notifier_block *nb);
int blocking_notifier_chain_unregister(struct blocking_notifier_head *nh,
				       struct notifier_block *nb);
int raw_notifier_chain_unregister(struct raw_notifier_head *nh, struct notifier_block *nb);
/**
 * atomic_notifier_call_chain() - calls the chain with @action and @data. Return: what the last
 * callback said; NOTIFY_DONE: there is none. Context: any, the callbacks' is atomic; a blocking
 * chain: may sleep, and a callback must not change its own chain.
 */
int atomic_notifier_call_chain(struct atomic_notifier_head *nh, unsigned long action, void *data);
int blocking_notifier_call_chain(struct blocking_notifier_head *nh, unsigned long action,
				 void *data);
int raw_notifier_call_chain(struct raw_notifier_head *nh, unsigned long action, void *data);
/**
 * blocking_notifier_call_chain_robust() - calls the chain with @up; when a callback stops it,
 * those that were called before that one are called with @down. Return: what @up returned.
 */
int blocking_notifier_call_chain_robust(struct blocking_notifier_head *nh, unsigned long up,
					unsigned long down, void *data);
int raw_notifier_call_chain_robust(struct raw_notifier_head *nh, unsigned long up,
				   unsigned long down, void *data);
/** atomic_notifier_call_chain_is_empty() - nobody would be called. */
bool atomic_notifier_call_chain_is_empty(struct atomic_notifier_head *nh);

/* A use ends the compilation with this text. */
#define QUIRE_NO_SRCU			_Static_assert(0, "SRCU notifier chains are not there")
#define SRCU_NOTIFIER_HEAD(name)	QUIRE_NO_SRCU
#define SRCU_NOTIFIER_HEAD_STATIC(name) QUIRE_NO_SRCU
#define srcu_init_notifier_head(nh)	({ QUIRE_NO_SRCU; })
#define srcu_cleanup_notifier_head(nh)	({ QUIRE_NO_SRCU; })
#define srcu_notifier_chain_register(nh, nb) \
	({                                   \
		QUIRE_NO_SRCU;               \
		0;                           \
	})
#define srcu_notifier_chain_unregister(nh, nb) \
	({                                     \
		QUIRE_NO_SRCU;                 \
		0;                             \
	})
#define srcu_notifier_call_chain(nh, val, v) \
	({                                   \
		QUIRE_NO_SRCU;               \
		0;                           \
	})

#endif /* COMPAT_LINUX_NOTIFIER_H */
