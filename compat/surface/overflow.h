/* SPDX-License-Identifier: MIT */
/*
 * surface/overflow.h - arithmetic that tells when the result does not fit.
 *
 * check_*: true when it did not fit; *@d has the low bits then. size_*: SIZE_MAX instead, which
 * no allocator grants, so that the test for NULL is test enough.
 */
#ifndef COMPAT_SURFACE_OVERFLOW_H
#define COMPAT_SURFACE_OVERFLOW_H

#include "math.h"

#define is_signed_type(type)   (((type)(-1)) < (type)1)
#define is_unsigned_type(type) (!is_signed_type(type))
#define type_max(T) \
	((T)(is_signed_type(T) ? ((((T)1 << (sizeof(T) * 8 - 2)) - 1) * 2 + 1) : (T) ~(T)0))
#define type_min(T) ((T)(is_signed_type(T) ? -type_max(T) - 1 : 0))

static inline bool __must_check __must_check_overflow(bool overflow)
{
	return unlikely(overflow);
}

#define check_add_overflow(a, b, d) __must_check_overflow(__builtin_add_overflow(a, b, d))
#define check_sub_overflow(a, b, d) __must_check_overflow(__builtin_sub_overflow(a, b, d))
#define check_mul_overflow(a, b, d) __must_check_overflow(__builtin_mul_overflow(a, b, d))
/** check_shl_overflow() - *@d = @a << @s; true when a set bit or the sign was lost. */
#define check_shl_overflow(a, s, d)                                                              \
	__must_check_overflow(({                                                                 \
		__typeof__(a) quire_sa = (a);                                                    \
		__typeof__(s) quire_ss = (s);                                                    \
		__typeof__(d) quire_sd = (d);                                                    \
		bool quire_fits = quire_ss >= 0 && quire_ss < 8 * (int)sizeof(*quire_sd);        \
		unsigned int quire_by = quire_fits ? (unsigned int)quire_ss : 0;                 \
		*quire_sd = (__typeof__(*quire_sd))((u64)quire_sa << quire_by);                  \
		!quire_fits ||                                                                   \
			*quire_sd<0 || quire_sa<0 || (u64)*quire_sd>> quire_by != (u64)quire_sa; \
	}))

/** overflows_type() - can a variable of @T (or of @T's type) not hold the value @n? */
#define overflows_type(n, T)                               \
	({                                                 \
		__typeof__(T) quire_ot;                    \
		__builtin_add_overflow((n), 0, &quire_ot); \
	})
#define castable_to_type(n, T) (!overflows_type(n, T))

static inline size_t __must_check size_mul(size_t a, size_t b)
{
	size_t bytes;

	return check_mul_overflow(a, b, &bytes) ? SIZE_MAX : bytes;
}

static inline size_t __must_check size_add(size_t a, size_t b)
{
	size_t bytes;

	return check_add_overflow(a, b, &bytes) ? SIZE_MAX : bytes;
}

/** size_sub() - SIZE_MAX also when an argument is SIZE_MAX already. */
static inline size_t __must_check size_sub(size_t a, size_t b)
{
	size_t bytes;

	if (a == SIZE_MAX || b == SIZE_MAX || check_sub_overflow(a, b, &bytes))
		return SIZE_MAX;
	return bytes;
}

#define array_size(a, b)     size_mul(a, b)
#define array3_size(a, b, c) size_mul(size_mul(a, b), c)

/** flex_array_size() - bytes of @count elements of the flexible array @member of *@p. */
#define flex_array_size(p, member, count) \
	size_mul((count), sizeof(*(p)->member) + __must_be_array((p)->member))
/** struct_size() - bytes of *@p with @count elements in its flexible array @member. */
#define struct_size(p, member, count)	   size_add(sizeof(*(p)), flex_array_size(p, member, count))
#define struct_size_t(type, member, count) struct_size((type *)NULL, member, count)

#endif /* COMPAT_SURFACE_OVERFLOW_H */
