/* SPDX-License-Identifier: MIT */
/*
 * linux/percpu-rwsem.h - read-write semaphores whose readers come often and writers rarely.
 *
 * A read-write semaphore here (surface/locks.h), so reading is no cheaper than of that. Rules are
 * the same: who waits to write holds later readers up; percpu_init_rwsem() may fail in Linux.
 *
 * Names and contracts are those of Linux 6.1.
 */
#ifndef COMPAT_LINUX_PERCPU_RWSEM_H
#define COMPAT_LINUX_PERCPU_RWSEM_H

#include "../surface/base.h"

struct percpu_rw_semaphore {
	struct rw_semaphore rwsem;
};
#define QUIRE_PERCPU_RWSEM(name)                            \
	{                                                   \
		.rwsem = __RWSEM_INITIALIZER((name).rwsem), \
	}
#define DEFINE_PERCPU_RWSEM(name)	 struct percpu_rw_semaphore name = QUIRE_PERCPU_RWSEM(name)
#define DEFINE_STATIC_PERCPU_RWSEM(name) static DEFINE_PERCPU_RWSEM(name)

/** percpu_init_rwsem() - @sem is free. Return: 0. percpu_free_rwsem(): it will not be used. */
#define percpu_init_rwsem(sem)		  (init_rwsem(&(sem)->rwsem), 0)
#define __percpu_init_rwsem(sem, name, k) percpu_init_rwsem(sem)
static inline void percpu_free_rwsem(struct percpu_rw_semaphore *sem)
{
	WARN(rwsem_is_locked(&sem->rwsem), "percpu_rwsem %px is freed while it is held\n", sem);
}

/** percpu_down_read(), percpu_down_write() - take @sem. May sleep. */
static inline void percpu_down_read(struct percpu_rw_semaphore *sem)
{
	down_read(&sem->rwsem);
}
/** percpu_down_read_trylock() - Return: taken? Any context. */
static inline bool percpu_down_read_trylock(struct percpu_rw_semaphore *sem)
{
	return down_read_trylock(&sem->rwsem);
}
static inline void percpu_up_read(struct percpu_rw_semaphore *sem)
{
	up_read(&sem->rwsem);
}
static inline void percpu_down_write(struct percpu_rw_semaphore *sem)
{
	down_write(&sem->rwsem);
}
static inline void percpu_up_write(struct percpu_rw_semaphore *sem)
{
	up_write(&sem->rwsem);
}
/** percpu_is_read_locked() - by anybody; percpu_is_write_locked(): likewise. */
static inline bool percpu_is_read_locked(struct percpu_rw_semaphore *sem)
{
	return READ_ONCE(sem->rwsem.count) > 0;
}
static inline bool percpu_is_write_locked(struct percpu_rw_semaphore *sem)
{
	return READ_ONCE(sem->rwsem.count) < 0;
}
#define percpu_rwsem_is_held(sem)	    rwsem_is_locked(&(sem)->rwsem)
#define percpu_rwsem_assert_held(sem)	    WARN_ON(!percpu_rwsem_is_held(sem))
#define percpu_rwsem_release(sem, read, ip) ((void)(sem))
#define percpu_rwsem_acquire(sem, read, ip) ((void)(sem))

#endif /* COMPAT_LINUX_PERCPU_RWSEM_H */
