/* SPDX-License-Identifier: MIT */
/*
 * linux/seqlock.h - data that is read without a lock: who read while it was written reads again.
 *
 *	reader						writer
 *	 do {						 write_seqlock(&l);
 *		seq = read_seqbegin(&l);			... change ...
 *		... read ...				 write_sequnlock(&l);
 *	 } while (read_seqretry(&l, seq));
 *
 * 1. The count is odd while somebody writes. A reader waits until it is even, and what it
 *    read is good if the count is still the same behind it.
 * 2. seqcount_t is the count alone: its user sees to it that one writes at a time, and that a
 *    writer is not preempted (told by a WARN_ON_ONCE()). seqcount_spinlock_t and kin know the lock
 *    of their writers, which must be held; with a mutex the write section switches preemption off.
 * 3. A seqlock_t has its own spin lock. "_excl" readers take it and read once.
 * 4. Who waits, or reads again, goes through cpu_relax(): a writer that was made to give its CPU
 *    away gets one.
 * 5. seqcount_latch_t: readers never wait. The writer keeps two copies and changes that which the
 *    count's lowest bit does not show.
 *
 * Names and contracts are those of Linux 6.1 (Documentation/locking/seqlock.rst).
 */
#ifndef COMPAT_LINUX_SEQLOCK_H
#define COMPAT_LINUX_SEQLOCK_H

#include "../surface/base.h"

/* --- the count ---------------------------------------------------------------------------- */

typedef struct seqcount {
	unsigned int sequence;
} seqcount_t;
#define SEQCNT_ZERO(name)     \
	{                     \
		.sequence = 0 \
	}
#define seqcount_init(s)	      ((void)((s)->sequence = 0))
#define __seqcount_init(s, name, key) seqcount_init(s)

/* One with the lock of its writers. */
#define QUIRE_SEQCOUNT(kind, type)       \
	typedef struct seqcount_##kind { \
		seqcount_t seqcount;     \
		type *lock;              \
	} seqcount_##kind##_t
QUIRE_SEQCOUNT(raw_spinlock, spinlock_t);
QUIRE_SEQCOUNT(spinlock, spinlock_t);
QUIRE_SEQCOUNT(rwlock, rwlock_t);
QUIRE_SEQCOUNT(mutex, struct mutex);
#define QUIRE_SEQCNT_ZERO(its_lock)                               \
	{                                                         \
		.seqcount = SEQCNT_ZERO(none), .lock = (its_lock) \
	}
#define SEQCNT_RAW_SPINLOCK_ZERO(name, its_lock) QUIRE_SEQCNT_ZERO(its_lock)
#define SEQCNT_SPINLOCK_ZERO(name, its_lock)	 QUIRE_SEQCNT_ZERO(its_lock)
#define SEQCNT_RWLOCK_ZERO(name, its_lock)	 QUIRE_SEQCNT_ZERO(its_lock)
#define SEQCNT_MUTEX_ZERO(name, its_lock)	 QUIRE_SEQCNT_ZERO(its_lock)
#define quire_seqcount_init(s, its_lock)       \
	do {                                   \
		seqcount_init(&(s)->seqcount); \
		(s)->lock = (its_lock);        \
	} while (0)
#define seqcount_raw_spinlock_init(s, lock) quire_seqcount_init(s, lock)
#define seqcount_spinlock_init(s, lock)	    quire_seqcount_init(s, lock)
#define seqcount_rwlock_init(s, lock)	    quire_seqcount_init(s, lock)
#define seqcount_mutex_init(s, lock)	    quire_seqcount_init(s, lock)

/* The plain count, the first member of each kind. */
#define quire_seq(s)                                                       \
	((seqcount_t *)(uintptr_t) _Generic(*(s), seqcount_t               \
					    : (s), seqcount_raw_spinlock_t \
					    : (s), seqcount_spinlock_t     \
					    : (s), seqcount_rwlock_t       \
					    : (s), seqcount_mutex_t        \
					    : (s)))
#define quire_seq_sleeps(s) _Generic(*(s), seqcount_mutex_t : true, default : false)
/* What a writer must have done. */
#define quire_seq_check(s)                                        \
	_Generic(*(s), seqcount_t                                 \
		 : quire_seq_check_plain, seqcount_raw_spinlock_t \
		 : quire_seq_check_spinlock, seqcount_spinlock_t  \
		 : quire_seq_check_spinlock, seqcount_rwlock_t    \
		 : quire_seq_check_rwlock, seqcount_mutex_t       \
		 : quire_seq_check_mutex)(s)
static inline void quire_seq_check_plain(const void *s)
{
	(void)s;
	lockdep_assert_preemption_disabled();
}
static inline void quire_seq_check_spinlock(const void *s)
{
	lockdep_assert_held(((const seqcount_spinlock_t *)s)->lock);
}
static inline void quire_seq_check_rwlock(const void *s)
{
	WARN_ON(READ_ONCE(((const seqcount_rwlock_t *)s)->lock->count) >= 0);
}
static inline void quire_seq_check_mutex(const void *s)
{
	lockdep_assert_held(((const seqcount_mutex_t *)s)->lock);
}

/* --- reading ------------------------------------------------------------------------------ */

static inline unsigned int quire_seq_wait(const seqcount_t *s)
{
	unsigned int seq;

	while ((seq = smp_load_acquire(&s->sequence)) & 1)
		cpu_relax();
	return seq;
}

static inline int quire_seq_changed(const seqcount_t *s, unsigned int start)
{
	if (likely(READ_ONCE(s->sequence) == start))
		return 0;
	cpu_relax();
	return 1;
}

static inline int quire_seq_retry(const seqcount_t *s, unsigned int start)
{
	smp_rmb();
	return quire_seq_changed(s, start);
}

/** read_seqcount_begin() - waits until nobody writes. Return: for read_seqcount_retry(). Any
 * context. __: the reader brings its own barriers. */
#define read_seqcount_begin(s)		quire_seq_wait(quire_seq(s))
#define raw_read_seqcount_begin(s)	read_seqcount_begin(s)
#define __read_seqcount_begin(s)	read_seqcount_begin(s)
/** raw_read_seqcount() - the count as it is, odd perhaps. raw_seqcount_begin(): does not wait; when
 * somebody writes, read_seqcount_retry() will say so. */
#define raw_read_seqcount(s)		smp_load_acquire(&quire_seq(s)->sequence)
#define raw_seqcount_begin(s)		(raw_read_seqcount(s) & ~1u)
/** read_seqcount_retry() - was it written since @start? Then what was read must not be used. */
#define read_seqcount_retry(s, start)	quire_seq_retry(quire_seq(s), (start))
#define __read_seqcount_retry(s, start) quire_seq_changed(quire_seq(s), (start))

/* --- writing ------------------------------------------------------------------------------ */

static inline void quire_seq_begin(seqcount_t *s)
{
	WRITE_ONCE(s->sequence, s->sequence + 1);
	smp_wmb();
}

static inline void quire_seq_end(seqcount_t *s)
{
	smp_wmb();
	WRITE_ONCE(s->sequence, s->sequence + 1);
}

/** write_seqcount_begin() - readers wait from here to write_seqcount_end(). raw_: nothing checked.
 */
#define raw_write_seqcount_begin(s)            \
	do {                                   \
		if (quire_seq_sleeps(s))       \
			preempt_disable();     \
		quire_seq_begin(quire_seq(s)); \
	} while (0)
#define raw_write_seqcount_end(s)            \
	do {                                 \
		quire_seq_end(quire_seq(s)); \
		if (quire_seq_sleeps(s))     \
			preempt_enable();    \
	} while (0)
#define write_seqcount_begin(s)              \
	do {                                 \
		quire_seq_check(s);          \
		raw_write_seqcount_begin(s); \
	} while (0)
#define write_seqcount_begin_nested(s, subclass) write_seqcount_begin(s)
#define write_seqcount_end(s)			 raw_write_seqcount_end(s)
/** raw_write_seqcount_barrier() - what was written before is seen before what comes behind it, or
 * the reader reads again; it never waits for the writer. */
#define raw_write_seqcount_barrier(s)                                           \
	do {                                                                    \
		quire_seq_begin(quire_seq(s));                                  \
		WRITE_ONCE(quire_seq(s)->sequence, quire_seq(s)->sequence + 1); \
	} while (0)
/** write_seqcount_invalidate() - whoever reads now, reads again. */
#define write_seqcount_invalidate(s)                                            \
	do {                                                                    \
		smp_wmb();                                                      \
		WRITE_ONCE(quire_seq(s)->sequence, quire_seq(s)->sequence + 2); \
	} while (0)

/* --- latches ------------------------------------------------------------------------------ */

typedef struct {
	seqcount_t seqcount;
} seqcount_latch_t;
#define SEQCNT_LATCH_ZERO(name)               \
	{                                     \
		.seqcount = SEQCNT_ZERO(name) \
	}
#define seqcount_latch_init(s) seqcount_init(&(s)->seqcount)

/** raw_read_seqcount_latch() - bit 0 says which copy to read. */
static inline unsigned int raw_read_seqcount_latch(const seqcount_latch_t *s)
{
	return smp_load_acquire(&s->seqcount.sequence);
}

static inline int read_seqcount_latch_retry(const seqcount_latch_t *s, unsigned int start)
{
	return quire_seq_retry(&s->seqcount, start);
}

/** raw_write_seqcount_latch() - readers go to the other copy. */
static inline void raw_write_seqcount_latch(seqcount_latch_t *s)
{
	smp_wmb();
	quire_seq_begin(&s->seqcount);
}

/* --- the count and its spin lock ----------------------------------------------------------- */

typedef struct {
	seqcount_spinlock_t seqcount;
	spinlock_t lock;
} seqlock_t;
#define __SEQLOCK_UNLOCKED(name)                                      \
	{                                                             \
		.seqcount = SEQCNT_SPINLOCK_ZERO(name, &(name).lock), \
		.lock = __SPIN_LOCK_UNLOCKED((name).lock),            \
	}
#define DEFINE_SEQLOCK(name) seqlock_t name = __SEQLOCK_UNLOCKED(name)
#define seqlock_init(sl)                                              \
	do {                                                          \
		spin_lock_init(&(sl)->lock);                          \
		seqcount_spinlock_init(&(sl)->seqcount, &(sl)->lock); \
	} while (0)

/** read_seqbegin() - waits until nobody writes. Return: for read_seqretry(). Any context. */
static inline unsigned int read_seqbegin(const seqlock_t *sl)
{
	return quire_seq_wait(&sl->seqcount.seqcount);
}

/** read_seqretry() - was it written since @start? Then what was read must not be used. */
static inline unsigned int read_seqretry(const seqlock_t *sl, unsigned int start)
{
	return (unsigned int)quire_seq_retry(&sl->seqcount.seqcount, start);
}

/* By each way of taking the lock. write_: readers wait, too; read_..._excl: one at a time. */
#define QUIRE_SEQLOCK_WAYS(way)                                             \
	static __always_inline void write_seqlock##way(seqlock_t *sl)       \
	{                                                                   \
		spin_lock##way(&sl->lock);                                  \
		quire_seq_begin(&sl->seqcount.seqcount);                    \
	}                                                                   \
	static __always_inline void write_sequnlock##way(seqlock_t *sl)     \
	{                                                                   \
		quire_seq_end(&sl->seqcount.seqcount);                      \
		spin_unlock##way(&sl->lock);                                \
	}                                                                   \
	static __always_inline void read_seqlock_excl##way(seqlock_t *sl)   \
	{                                                                   \
		spin_lock##way(&sl->lock);                                  \
	}                                                                   \
	static __always_inline void read_sequnlock_excl##way(seqlock_t *sl) \
	{                                                                   \
		spin_unlock##way(&sl->lock);                                \
	}
QUIRE_SEQLOCK_WAYS()
QUIRE_SEQLOCK_WAYS(_bh)
QUIRE_SEQLOCK_WAYS(_irq)
#define write_seqlock_irqsave(sl, flags) \
	do {                             \
		local_irq_save(flags);   \
		write_seqlock(sl);       \
	} while (0)
#define read_seqlock_excl_irqsave(sl, flags) \
	do {                                 \
		local_irq_save(flags);       \
		read_seqlock_excl(sl);       \
	} while (0)
static inline void write_sequnlock_irqrestore(seqlock_t *sl, unsigned long flags)
{
	write_sequnlock(sl);
	local_irq_restore(flags);
}
static inline void read_sequnlock_excl_irqrestore(seqlock_t *sl, unsigned long flags)
{
	read_sequnlock_excl(sl);
	local_irq_restore(flags);
}

/*
 * First without the lock (*@seq even: 0), and when that fails with it (*@seq odd):
 *
 *	read_seqbegin_or_lock() ... need_seqretry() ? seq = 1, again : done_seqretry()
 */
static __always_inline void read_seqbegin_or_lock(seqlock_t *sl, int *seq)
{
	if (*seq & 1)
		read_seqlock_excl(sl);
	else
		*seq = (int)read_seqbegin(sl);
}
static inline int need_seqretry(seqlock_t *sl, int seq)
{
	return !(seq & 1) && read_seqretry(sl, (unsigned int)seq);
}
static inline void done_seqretry(seqlock_t *sl, int seq)
{
	if (seq & 1)
		read_sequnlock_excl(sl);
}
static __always_inline unsigned long read_seqbegin_or_lock_irqsave(seqlock_t *sl, int *seq)
{
	unsigned long flags = 0;

	if (*seq & 1)
		read_seqlock_excl_irqsave(sl, flags);
	else
		*seq = (int)read_seqbegin(sl);
	return flags;
}
static inline void done_seqretry_irqrestore(seqlock_t *sl, int seq, unsigned long flags)
{
	if (seq & 1)
		read_sequnlock_excl_irqrestore(sl, flags);
}

#endif /* COMPAT_LINUX_SEQLOCK_H */
