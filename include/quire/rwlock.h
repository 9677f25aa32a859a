/* SPDX-License-Identifier: MIT */
/*
 * rwlock.h - a lock for many readers or one writer, as a thing to stand inside a structure.
 *
 * What is done with it stands in src/base/rwlock.h; address spaces (vm_types.h) hold one each.
 */
#ifndef QUIRE_RWLOCK_H
#define QUIRE_RWLOCK_H

#include <quire/types.h>

/**
 * struct quire_rwlock - many readers or one writer.
 * @state: number of readers, or QUIRE_RWLOCK_WRITER
 * @rank, @name: as those of any lock of the core; begins like struct quire_lock
 * @waiting: writers that wait; new readers let them pass
 * @owner: the one thread that has written so far, which reads without locked instructions; NULL:
 *	none, or no longer
 * @inside: the owner reads, or tries to; written by the owner alone
 * @shut: another thread has written: nobody reads as the owner any more
 */
struct quire_rwlock {
	u32 state;
	u8 rank;
	const char *name;
	u32 waiting;
	u32 inside, shut;
	const void *owner;
};

#define QUIRE_RWLOCK_WRITER 0x80000000u

#endif /* QUIRE_RWLOCK_H */
