/* SPDX-License-Identifier: MIT */
/*
 * surface/locks.h - spin locks, mutexes, semaphores, local locks; lockdep's names.
 *
 * 1. A spin lock is the core's (quire/spinlock.h; (spin_lock)(lock) calls that) and counts in
 *    preempt_count(): sleeping with one held is reported, so is the end of a task that holds one.
 *    There are no interrupts: _irq and _irqsave switch off a flag of the task.
 * 2. Mutexes and semaphores sleep by schedule(). A mutex knows its owner: unlocking
 *    by another task, or taking it twice, is reported.
 * 3. lockdep does not follow orders of locks here; its assertions look at the lock itself.
 */
/* Ahead of the guard: base.h ends with all services, in an order that works. */
#include "base.h"

#ifndef COMPAT_SURFACE_LOCKS_H
#define COMPAT_SURFACE_LOCKS_H

#include <quire/spinlock.h>

#include "task.h"

/* --- spin locks -------------------------------------------------------------------------- */

/**
 * quire_kernel_spin_lock() and kin - spin_lock(), with the checks of CONFIG_DEBUG_SPINLOCK: a lock
 * that the caller holds already ("recursion", which ends the program), one that nobody holds given
 * back ("already unlocked"), one that another task took ("wrong owner"; it is given back), memory
 * that holds no lock ("bad magic"). A zero-filled lock is free.
 */
void quire_kernel_spin_lock(spinlock_t *lock);
void quire_kernel_spin_unlock(spinlock_t *lock);
int quire_kernel_spin_trylock(spinlock_t *lock);

#undef spin_lock_bh
#undef spin_lock_irq
#undef spin_unlock_bh
#undef spin_unlock_irq
#undef spin_trylock_bh
#undef spin_trylock_irq
#undef spin_lock_nested
#undef spin_lock_irqsave
#undef spin_unlock_irqrestore
#define spin_lock(lock)	   quire_kernel_spin_lock(lock)
#define spin_unlock(lock)  quire_kernel_spin_unlock(lock)
#define spin_trylock(lock) quire_kernel_spin_trylock(lock)
#define spin_lock_bh(lock)          \
	do {                        \
		local_bh_disable(); \
		spin_lock(lock);    \
	} while (0)
#define spin_unlock_bh(lock)       \
	do {                       \
		spin_unlock(lock); \
		local_bh_enable(); \
	} while (0)
#define spin_lock_irq(lock)          \
	do {                         \
		local_irq_disable(); \
		spin_lock(lock);     \
	} while (0)
#define spin_unlock_irq(lock)       \
	do {                        \
		spin_unlock(lock);  \
		local_irq_enable(); \
	} while (0)
#define spin_lock_irqsave(lock, flags) \
	do {                           \
		local_irq_save(flags); \
		spin_lock(lock);       \
	} while (0)
#define spin_unlock_irqrestore(lock, flags) \
	do {                                \
		spin_unlock(lock);          \
		local_irq_restore(flags);   \
	} while (0)
#define spin_trylock_bh(lock)               \
	({                                  \
		local_bh_disable();         \
		spin_trylock(lock) ? 1 : ({ \
			local_bh_enable();  \
			0;                  \
		});                         \
	})
#define spin_trylock_irq(lock)              \
	({                                  \
		local_irq_disable();        \
		spin_trylock(lock) ? 1 : ({ \
			local_irq_enable(); \
			0;                  \
		});                         \
	})
#define spin_trylock_irqsave(lock, flags)         \
	({                                        \
		local_irq_save(flags);            \
		spin_trylock(lock) ? 1 : ({       \
			local_irq_restore(flags); \
			0;                        \
		});                               \
	})
#define spin_lock_nested(lock, subclass)		spin_lock(lock)
#define spin_lock_bh_nested(lock, subclass)		spin_lock_bh(lock)
#define spin_lock_irqsave_nested(lock, flags, subclass) spin_lock_irqsave(lock, flags)
#define spin_lock_nest_lock(lock, nest)			spin_lock(lock)
#define spin_is_contended(lock)				((void)(lock), 0)
#define assert_spin_locked(lock)			BUG_ON(!spin_is_locked(lock))

typedef spinlock_t raw_spinlock_t;
#define DEFINE_RAW_SPINLOCK(name)		raw_spinlock_t name = { 0 }
#define __RAW_SPIN_LOCK_UNLOCKED(name)		__SPIN_LOCK_UNLOCKED(name)
#define raw_spin_lock_init(lock)		spin_lock_init(lock)
#define raw_spin_lock(lock)			spin_lock(lock)
#define raw_spin_lock_nested(lock, subclass)	spin_lock(lock)
#define raw_spin_trylock(lock)			spin_trylock(lock)
#define raw_spin_unlock(lock)			spin_unlock(lock)
#define raw_spin_lock_bh(lock)			spin_lock_bh(lock)
#define raw_spin_unlock_bh(lock)		spin_unlock_bh(lock)
#define raw_spin_lock_irq(lock)			spin_lock_irq(lock)
#define raw_spin_unlock_irq(lock)		spin_unlock_irq(lock)
#define raw_spin_lock_irqsave(lock, flags)	spin_lock_irqsave(lock, flags)
#define raw_spin_unlock_irqrestore(lock, flags) spin_unlock_irqrestore(lock, flags)
#define raw_spin_trylock_irqsave(lock, flags)	spin_trylock_irqsave(lock, flags)
#define raw_spin_is_locked(lock)		spin_is_locked(lock)

typedef spinlock_t arch_spinlock_t;
#define __ARCH_SPIN_LOCK_UNLOCKED \
	{                         \
		0                 \
	}
#define arch_spin_lock(lock)   (spin_lock)(lock)
#define arch_spin_unlock(lock) (spin_unlock)(lock)

/** typedef rwlock_t - readers or one writer, spinning; writers may starve. */
typedef struct {
	int count; /* readers; -1: a writer */
} rwlock_t;
#define __RW_LOCK_UNLOCKED(name) \
	{                        \
		0                \
	}
#define DEFINE_RWLOCK(name) rwlock_t name = { 0 }
#define rwlock_init(lock)   ((void)((lock)->count = 0))
/** read_lock() and kin: context and cost as spin_lock(). */
void read_lock(rwlock_t *lock);
void read_unlock(rwlock_t *lock);
void write_lock(rwlock_t *lock);
void write_unlock(rwlock_t *lock);
/** read_trylock(), write_trylock() - take @lock if it needs no wait. Return: taken? Any context. */
int read_trylock(rwlock_t *lock);
int write_trylock(rwlock_t *lock);
#define read_lock_bh(lock)          \
	do {                        \
		local_bh_disable(); \
		read_lock(lock);    \
	} while (0)
#define read_unlock_bh(lock)       \
	do {                       \
		read_unlock(lock); \
		local_bh_enable(); \
	} while (0)
#define read_lock_irq(lock)          \
	do {                         \
		local_irq_disable(); \
		read_lock(lock);     \
	} while (0)
#define read_unlock_irq(lock)       \
	do {                        \
		read_unlock(lock);  \
		local_irq_enable(); \
	} while (0)
#define write_lock_bh(lock)         \
	do {                        \
		local_bh_disable(); \
		write_lock(lock);   \
	} while (0)
#define write_unlock_bh(lock)       \
	do {                        \
		write_unlock(lock); \
		local_bh_enable();  \
	} while (0)
#define write_lock_irq(lock)         \
	do {                         \
		local_irq_disable(); \
		write_lock(lock);    \
	} while (0)
#define write_unlock_irq(lock)      \
	do {                        \
		write_unlock(lock); \
		local_irq_enable(); \
	} while (0)
#define read_lock_irqsave(lock, flags) \
	do {                           \
		local_irq_save(flags); \
		read_lock(lock);       \
	} while (0)
#define read_unlock_irqrestore(lock, flags) \
	do {                                \
		read_unlock(lock);          \
		local_irq_restore(flags);   \
	} while (0)
#define write_lock_irqsave(lock, flags) \
	do {                            \
		local_irq_save(flags);  \
		write_lock(lock);       \
	} while (0)
#define write_unlock_irqrestore(lock, flags) \
	do {                                 \
		write_unlock(lock);          \
		local_irq_restore(flags);    \
	} while (0)

/* --- mutexes ----------------------------------------------------------------------------- */

/**
 * struct mutex - sleeping lock of one task.
 * @owner: NULL: free; bit 0: others may wait
 * @wait_lock, @wait_list: who waits, first come first served
 */
struct mutex {
	unsigned long owner;
	spinlock_t wait_lock;
	struct list_head wait_list;
};
#define __MUTEX_INITIALIZER(name)                              \
	{                                                      \
		.owner = 0, .wait_lock = { 0 }, .wait_list = { \
			&(name).wait_list,                     \
			&(name).wait_list                      \
		}                                              \
	}
#define DEFINE_MUTEX(name) struct mutex name = __MUTEX_INITIALIZER(name)

/** quire_mutex_init() - @lock is free. */
void quire_mutex_init(struct mutex *lock);
#define mutex_init(lock)	      quire_mutex_init(lock)
#define __mutex_init(lock, name, key) quire_mutex_init(lock)
/** mutex_lock() - takes @lock, sleeping while another task has it. Context: may sleep. */
void mutex_lock(struct mutex *lock);
/** mutex_trylock() - takes @lock if it is free. Return: taken? Never sleeps. */
int mutex_trylock(struct mutex *lock);
/** mutex_unlock() - the owner gives @lock back; a foreign one is reported and does nothing. */
void mutex_unlock(struct mutex *lock);
/** mutex_is_locked() - by whomever. */
bool mutex_is_locked(const struct mutex *lock);
/** quire_mutex_is_mine() - by the calling task. */
bool quire_mutex_is_mine(const struct mutex *lock);
/** mutex_destroy() - @lock will not be used any more; a taken one is reported. */
void mutex_destroy(struct mutex *lock);
#define mutex_lock_nested(lock, subclass)	 mutex_lock(lock)
#define mutex_lock_nest_lock(lock, nest)	 mutex_lock(lock)
#define mutex_lock_io(lock)			 mutex_lock(lock)
#define mutex_lock_interruptible(lock)		 (mutex_lock(lock), 0)
#define mutex_lock_killable(lock)		 (mutex_lock(lock), 0)
#define mutex_lock_interruptible_nested(lock, s) (mutex_lock(lock), 0)

/* --- read-write semaphores --------------------------------------------------------------- */

/**
 * struct rw_semaphore - readers or one writer, sleeping.
 * @count: readers inside; -1: a writer
 * @wait_list: who waits, first come first served: a waiting writer holds later readers up
 */
struct rw_semaphore {
	spinlock_t wait_lock;
	int count;
	struct list_head wait_list;
};
#define __RWSEM_INITIALIZER(name)                              \
	{                                                      \
		.wait_lock = { 0 }, .count = 0, .wait_list = { \
			&(name).wait_list,                     \
			&(name).wait_list                      \
		}                                              \
	}
#define DECLARE_RWSEM(name) struct rw_semaphore name = __RWSEM_INITIALIZER(name)

/** quire_rwsem_init() - @sem is free. */
void quire_rwsem_init(struct rw_semaphore *sem);
#define init_rwsem(sem) quire_rwsem_init(sem)
/** down_read(), down_write() - take @sem, sleeping; _trylock: if that needs no wait: 1. */
void down_read(struct rw_semaphore *sem);
int down_read_trylock(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);
void down_write(struct rw_semaphore *sem);
int down_write_trylock(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);
/** downgrade_write() - the writer becomes a reader. */
void downgrade_write(struct rw_semaphore *sem);
/** rwsem_is_locked() - by whomever. */
int rwsem_is_locked(const struct rw_semaphore *sem);
#define down_write_nested(sem, subclass) down_write(sem)
#define down_read_nested(sem, subclass)	 down_read(sem)
#define down_write_killable(sem)	 (down_write(sem), 0)
#define down_read_killable(sem)		 (down_read(sem), 0)
#define down_read_interruptible(sem)	 (down_read(sem), 0)

/** struct semaphore - a counting semaphore. */
struct semaphore {
	spinlock_t lock;
	unsigned int count;
	struct list_head wait_list;
};
#define __SEMAPHORE_INITIALIZER(name, n)                                                           \
	{                                                                                          \
		.lock = { 0 }, .count = (n), .wait_list = { &(name).wait_list, &(name).wait_list } \
	}
#define DEFINE_SEMAPHORE(name) struct semaphore name = __SEMAPHORE_INITIALIZER(name, 1)
/** sema_init() - @sem lets @val tasks in. down(): waits; _trylock: 0 taken, 1 not; up(): one more.
 */
void sema_init(struct semaphore *sem, int val);
void down(struct semaphore *sem);
int down_trylock(struct semaphore *sem);
void up(struct semaphore *sem);
#define down_interruptible(sem) (down(sem), 0)
#define down_killable(sem)	(down(sem), 0)

/* --- local locks: a CPU's own data ------------------------------------------------------- */

typedef struct {
	char nothing;
} local_lock_t;
#define INIT_LOCAL_LOCK(name) \
	{                     \
		0             \
	}
#define local_lock_init(lock)  ((void)(lock))
/* A CPU belongs to one task at a time: what is per CPU needs no lock, only no sleep. */
#define local_lock(lock)       ((void)(lock), preempt_disable())
#define local_unlock(lock)     ((void)(lock), preempt_enable())
#define local_lock_irq(lock)   ((void)(lock), local_irq_disable())
#define local_unlock_irq(lock) ((void)(lock), local_irq_enable())
#define local_lock_irqsave(lock, flags) \
	do {                            \
		(void)(lock);           \
		local_irq_save(flags);  \
	} while (0)
#define local_unlock_irqrestore(lock, flags) \
	do {                                 \
		(void)(lock);                \
		local_irq_restore(flags);    \
	} while (0)

/* --- lockdep ----------------------------------------------------------------------------- */

#define SINGLE_DEPTH_NESTING   1
#define MAX_LOCKDEP_SUBCLASSES 8
struct lock_class_key {
	char nothing;
};
struct lockdep_map {
	const char *name;
	int depth; /* lock_map_acquire() less lock_map_release() */
};
#define STATIC_LOCKDEP_MAP_INIT(n, key) \
	{                               \
		.name = (n)             \
	}
#define DEFINE_WAIT_OVERRIDE_MAP(n, t)		 struct lockdep_map n = { .name = #n }
#define lockdep_init_map(map, n, key, sub)	 ((void)(key), (map)->name = (n), (map)->depth = 0)
#define lockdep_init_map_wait(map, n, key, s, w) lockdep_init_map(map, n, key, s)
#define lockdep_register_key(key)		 ((void)(key))
#define lockdep_unregister_key(key)		 ((void)(key))
#define lockdep_set_class(lock, key)		 ((void)(key))
#define lockdep_set_class_and_name(l, key, n)	 ((void)(key))
#define lockdep_set_subclass(lock, sub)		 ((void)(lock))
#define lockdep_set_novalidate_class(lock)	 ((void)(lock))
#define lockdep_off()				 ((void)0)
#define lockdep_on()				 ((void)0)
#define lockdep_sys_exit()			 ((void)0)
#define debug_locks				 0
#define lock_map_acquire(map)			 ((void)(map)->depth++)
#define lock_map_acquire_read(map)		 ((void)(map)->depth++)
#define lock_map_release(map)			 ((void)(map)->depth--)
#define lock_acquire(map, s, t, r, c, n, ip)	 ((void)(map)->depth++)
#define lock_release(map, ip)			 ((void)(map)->depth--)
#define lock_acquire_exclusive(map, s, t, n, ip) ((void)(map)->depth++)
#define lock_acquire_shared(map, s, t, n, ip)	 ((void)(map)->depth++)
#define lock_map_acquire_tryread(map)		 ((void)(map)->depth++)
#define lock_map_assert_held(map)		 WARN_ON(!lock_is_held(map))
#define lock_is_held(map)			 ((map)->depth > 0)
#define might_lock(lock)			 ((void)(lock))
#define might_lock_read(lock)			 ((void)(lock))
/* Held by somebody; a mutex: by the caller. */
#define lockdep_is_held(lock) \
	_Generic((lock),                                                                     \
		struct mutex *: quire_mutex_is_mine((const struct mutex *)(const void *)(lock)), \
		struct rw_semaphore *: rwsem_is_locked((const void *)(lock)),                \
		spinlock_t *: spin_is_locked((const spinlock_t *)(const void *)(lock)),      \
		const spinlock_t *: spin_is_locked((const spinlock_t *)(const void *)(lock)), \
		default: 1)
#define lockdep_is_held_type(lock, read) lockdep_is_held(lock)
#define lockdep_assert_held(lock)	 WARN_ON(!lockdep_is_held(lock))
#define lockdep_assert_held_write(lock)	 lockdep_assert_held(lock)
#define lockdep_assert_held_read(lock)	 lockdep_assert_held(lock)
#define lockdep_assert_held_once(lock)	 WARN_ON_ONCE(!lockdep_is_held(lock))
#define lockdep_assert_not_held(lock)	 ((void)(lock))
#define lockdep_assert_none_held_once()	 ((void)0)
#define lockdep_assert(cond)		 WARN_ON(!(cond))
#define lockdep_assert_once(cond)	 WARN_ON_ONCE(!(cond))

#endif /* COMPAT_SURFACE_LOCKS_H */
