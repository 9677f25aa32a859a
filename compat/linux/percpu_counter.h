/* SPDX-License-Identifier: MIT */
/*
 * percpu_counter.h - a counter that CPUs add to without meeting.
 *
 * Each CPU collects what it adds and gives it to the count when it has a batch together. So
 * percpu_counter_read() is off by less than a batch for each CPU, percpu_counter_sum() asks them
 * all.
 *
 * Names and contracts are those of Linux 6.1; the functions may be the client's own
 * (lib/percpu_counter.c).
 */
#ifndef COMPAT_LINUX_PERCPU_COUNTER_H
#define COMPAT_LINUX_PERCPU_COUNTER_H

#include "../surface/base.h"

#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>

#define PERCPU_COUNTER_LOCAL_BATCH INT_MAX

/** struct percpu_counter - @count: what the CPUs have given; @counters: what each has yet. */
struct percpu_counter {
	raw_spinlock_t lock;
	s64 count;
	s32 __percpu *counters; /* NULL: not initialized */
};

/** percpu_counter_batch - at least 32, and two for each CPU. */
extern int percpu_counter_batch;

/** percpu_counter_init() - 0, -ENOMEM. */
int __percpu_counter_init(struct percpu_counter *fbc, s64 amount, gfp_t gfp,
			  struct lock_class_key *key);
#define percpu_counter_init(fbc, value, gfp) __percpu_counter_init((fbc), (value), (gfp), NULL)
/** percpu_counter_destroy() - may be called twice. */
void percpu_counter_destroy(struct percpu_counter *fbc);
/** percpu_counter_set() - nobody may add meanwhile. */
void percpu_counter_set(struct percpu_counter *fbc, s64 amount);
void percpu_counter_add_batch(struct percpu_counter *fbc, s64 amount, s32 batch);
/** percpu_counter_sync() - this CPU gives what it has. */
void percpu_counter_sync(struct percpu_counter *fbc);
s64 __percpu_counter_sum(struct percpu_counter *fbc);
/** percpu_counter_compare() - -1, 0, 1: less, the same, more than @rhs; exact. */
int __percpu_counter_compare(struct percpu_counter *fbc, s64 rhs, s32 batch);

static inline int percpu_counter_compare(struct percpu_counter *fbc, s64 rhs)
{
	return __percpu_counter_compare(fbc, rhs, percpu_counter_batch);
}
static inline void percpu_counter_add(struct percpu_counter *fbc, s64 amount)
{
	percpu_counter_add_batch(fbc, amount, percpu_counter_batch);
}
static inline void percpu_counter_sub(struct percpu_counter *fbc, s64 amount)
{
	percpu_counter_add(fbc, -amount);
}
static inline void percpu_counter_inc(struct percpu_counter *fbc)
{
	percpu_counter_add(fbc, 1);
}
static inline void percpu_counter_dec(struct percpu_counter *fbc)
{
	percpu_counter_add(fbc, -1);
}
/** percpu_counter_add_local() - gives nothing before it must: for counters that are only summed. */
static inline void percpu_counter_add_local(struct percpu_counter *fbc, s64 amount)
{
	percpu_counter_add_batch(fbc, amount, PERCPU_COUNTER_LOCAL_BATCH);
}
static inline void percpu_counter_sub_local(struct percpu_counter *fbc, s64 amount)
{
	percpu_counter_add_local(fbc, -amount);
}

static inline s64 percpu_counter_read(struct percpu_counter *fbc)
{
	return READ_ONCE(fbc->count);
}
static inline s64 percpu_counter_read_positive(struct percpu_counter *fbc)
{
	s64 count = percpu_counter_read(fbc);

	return count > 0 ? count : 0;
}
static inline s64 percpu_counter_sum(struct percpu_counter *fbc)
{
	return __percpu_counter_sum(fbc);
}
static inline s64 percpu_counter_sum_positive(struct percpu_counter *fbc)
{
	s64 sum = __percpu_counter_sum(fbc);

	return sum > 0 ? sum : 0;
}
static inline bool percpu_counter_initialized(struct percpu_counter *fbc)
{
	return fbc->counters;
}

#endif /* COMPAT_LINUX_PERCPU_COUNTER_H */
