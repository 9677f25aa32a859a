/* SPDX-License-Identifier: MIT */
/*
 * surface/refcount.h - reference counts that saturate instead of wrapping, and kref.
 *
 * 1. A count that is increased from 0, or decreased below 1, or that leaves the positive
 *    numbers, is reported once by a warning and set to REFCOUNT_SATURATED, where it stays: the
 *    object leaks, and is never used after it was freed.
 * 2. Increments order nothing; decrements release; those that ask whether 0 is reached acquire,
 *    too.
 *
 * Source: semantics of Linux 6.1 Documentation/core-api/refcount-vs-atomic.rst.
 */
#ifndef COMPAT_SURFACE_REFCOUNT_H
#define COMPAT_SURFACE_REFCOUNT_H

#include <quire/atomic.h>

#include "bug.h"

/** typedef refcount_t - a count of references; 0: the object is being freed. */
typedef struct refcount_struct {
	atomic_t refs;
} refcount_t;

#define REFCOUNT_INIT(n)               \
	{                              \
		.refs = ATOMIC_INIT(n) \
	}
#define REFCOUNT_MAX	   0x7fffffff
#define REFCOUNT_SATURATED ((int)0xc0000000)

enum refcount_saturation_type {
	REFCOUNT_ADD_NOT_ZERO_OVF,
	REFCOUNT_ADD_OVF,
	REFCOUNT_ADD_UAF,
	REFCOUNT_SUB_UAF,
	REFCOUNT_DEC_LEAK,
};
/** refcount_warn_saturate() - reports @t, once a kind, and saturates @r. */
void refcount_warn_saturate(refcount_t *r, enum refcount_saturation_type t);

static inline void refcount_set(refcount_t *r, int n)
{
	atomic_set(&r->refs, n);
}

static inline unsigned int refcount_read(const refcount_t *r)
{
	return (unsigned int)atomic_read(&r->refs);
}

/** refcount_add_not_zero() - adds @i unless 0. Return: was it added? */
static inline bool __must_check refcount_add_not_zero(int i, refcount_t *r)
{
	int old = atomic_fetch_add_unless(&r->refs, i, 0);

	if (unlikely(old < 0 || old + (long)i > REFCOUNT_MAX))
		refcount_warn_saturate(r, REFCOUNT_ADD_NOT_ZERO_OVF);
	return old != 0;
}

static inline void refcount_add(int i, refcount_t *r)
{
	int old = atomic_fetch_add_relaxed(i, &r->refs);

	if (unlikely(!old))
		refcount_warn_saturate(r, REFCOUNT_ADD_UAF);
	else if (unlikely(old < 0 || old + (long)i > REFCOUNT_MAX))
		refcount_warn_saturate(r, REFCOUNT_ADD_OVF);
}

static inline bool __must_check refcount_inc_not_zero(refcount_t *r)
{
	return refcount_add_not_zero(1, r);
}

static inline void refcount_inc(refcount_t *r)
{
	refcount_add(1, r);
}

/** refcount_sub_and_test() - takes @i away. Return: is it 0 now, the object the caller's? */
static inline bool __must_check refcount_sub_and_test(int i, refcount_t *r)
{
	int old = atomic_fetch_sub(i, &r->refs);

	if (old > 0 && old == i)
		return true;
	if (unlikely(old <= 0 || old - i < 0))
		refcount_warn_saturate(r, REFCOUNT_SUB_UAF);
	return false;
}

static inline bool __must_check refcount_dec_and_test(refcount_t *r)
{
	return refcount_sub_and_test(1, r);
}

/** refcount_dec() - takes 1 away, which must leave some. */
static inline void refcount_dec(refcount_t *r)
{
	if (unlikely(atomic_fetch_sub_release(1, &r->refs) <= 1))
		refcount_warn_saturate(r, REFCOUNT_DEC_LEAK);
}

/** refcount_dec_if_one() - 1 becomes 0. Return: did it? */
static inline bool __must_check refcount_dec_if_one(refcount_t *r)
{
	int one = 1;

	return atomic_try_cmpxchg_release(&r->refs, &one, 0);
}

/** refcount_dec_not_one() - takes 1 away unless it is 1. Return: did it? */
static inline bool __must_check refcount_dec_not_one(refcount_t *r)
{
	int old = atomic_read(&r->refs);

	do {
		if (unlikely(old == REFCOUNT_SATURATED))
			return true;
		if (old == 1)
			return false;
		if (unlikely(old <= 0)) {
			refcount_warn_saturate(r, REFCOUNT_SUB_UAF);
			return true;
		}
	} while (!atomic_try_cmpxchg_release(&r->refs, &old, old - 1));
	return true;
}

/** struct kref - a reference count whose last put calls a function. */
struct kref {
	refcount_t refcount;
};

#define KREF_INIT(n)                         \
	{                                    \
		.refcount = REFCOUNT_INIT(n) \
	}

static inline void kref_init(struct kref *kref)
{
	refcount_set(&kref->refcount, 1);
}

static inline unsigned int kref_read(const struct kref *kref)
{
	return refcount_read(&kref->refcount);
}

static inline void kref_get(struct kref *kref)
{
	refcount_inc(&kref->refcount);
}

static inline int __must_check kref_get_unless_zero(struct kref *kref)
{
	return refcount_inc_not_zero(&kref->refcount);
}

/** kref_put() - drops a reference; the last one calls @release. Return: was it the last? */
static inline int kref_put(struct kref *kref, void (*release)(struct kref *kref))
{
	if (!refcount_dec_and_test(&kref->refcount))
		return 0;
	release(kref);
	return 1;
}

#endif /* COMPAT_SURFACE_REFCOUNT_H */
