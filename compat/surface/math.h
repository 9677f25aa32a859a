/* SPDX-License-Identifier: MIT */
/*
 * surface/math.h - numbers: smallest and largest, rounding, division, logarithms.
 *
 * 1. min(), max(), clamp() evaluate each argument once, and are constant where both arguments
 *    are (inside a function). Unlike the kernel's they do not refuse arguments of two types.
 * 2. <stdlib.h> declares a function abs(); it comes first, so that the macro of this name,
 *    which takes any integer type, never meets that declaration.
 */
#ifndef COMPAT_SURFACE_MATH_H
#define COMPAT_SURFACE_MATH_H

#include <linux/limits.h>
#include <linux/types.h>
#include <quire/bitops.h>
#include <quire/math.h>
#include <stdlib.h>

#include "compiler.h"

/* Literals that assembly could read too. */
#ifdef __ASSEMBLY__
#define _AC(x, suffix) x
#else
#define _AC(x, suffix) __PASTE(x, suffix)
#endif
#define _AT(type, x) ((type)(x))
#define _UL(x)	     (_AC(x, UL))
#define _ULL(x)	     (_AC(x, ULL))
#define UL(x)	     _UL(x)
#define ULL(x)	     _ULL(x)
#ifndef U
#define U(x) (_AC(x, U))
#endif

/* Both constant: the plain comparison; else each one once. @op: < or >. @n: makes names unique. */
#define __quire_choose(op, a, b) __quire_choose_n(op, a, b, __COUNTER__)
#define __quire_choose_n(op, a, b, n) \
	__quire_choose_as(op, a, b, __PASTE(quire_a, n), __PASTE(quire_b, n))
#define __quire_choose_as(op, a, b, x, y)                                         \
	__builtin_choose_expr(__builtin_constant_p(a) && __builtin_constant_p(b), \
			      ((a)op(b) ? (a) : (b)), ({                          \
				      __typeof__(a) x = (a);                      \
				      __typeof__(b) y = (b);                      \
				      x op y ? x : y;                             \
			      }))
#undef min
#undef max
#undef min_t
#undef max_t
#undef clamp
#undef clamp_t
#undef swap
#define min(a, b)		 __quire_choose(<, a, b)
#define max(a, b)		 __quire_choose(>, a, b)
#define min_t(type, a, b)	 __quire_choose(<, (type)(a), (type)(b))
#define max_t(type, a, b)	 __quire_choose(>, (type)(a), (type)(b))
#define min3(a, b, c)		 min((__typeof__(a))min(a, b), c)
#define max3(a, b, c)		 max((__typeof__(a))max(a, b), c)
#define clamp(v, lo, hi)	 min((__typeof__(v))max(v, lo), hi)
#define clamp_t(type, v, lo, hi) min_t(type, max_t(type, v, lo), hi)
#define clamp_val(v, lo, hi)	 clamp_t(__typeof__(v), v, lo, hi)
/* MIN, MAX: <sys/param.h> has the same. */
#ifndef MIN
#define MIN(a, b) (((a) < (b)) ? (a) : (b))
#endif
#ifndef MAX
#define MAX(a, b) (((a) > (b)) ? (a) : (b))
#endif
/** min_not_zero() - the smaller of the two that are not 0; 0 when both are. */
#define min_not_zero(a, b)                                                             \
	({                                                                             \
		__typeof__(a) quire_za = (a);                                          \
		__typeof__(b) quire_zb = (b);                                          \
		!quire_za ? quire_zb : !quire_zb ? quire_za : min(quire_za, quire_zb); \
	})
/* With three arguments it is a function of the client's, or a member, of this name. */
#define swap(...) __quire_swap_which(__VA_ARGS__, swap, __quire_swap, )(__VA_ARGS__)

#define __quire_swap_which(a, b, c, which, ...) which

#define __quire_swap(a, b)                      \
	do {                                    \
		__typeof__(a) quire_swap = (a); \
		(a) = (b);                      \
		(b) = quire_swap;               \
	} while (0)

/** abs() - the absolute value of any signed integer, in its own type. */
#undef abs
#define abs(x)                                          \
	({                                              \
		__typeof__((x) + 0) quire_abs = (x);    \
		quire_abs < 0 ? -quire_abs : quire_abs; \
	})
#define abs_diff(a, b)                                                           \
	({                                                                       \
		__typeof__(a) quire_da = (a);                                    \
		__typeof__(b) quire_db = (b);                                    \
		quire_da > quire_db ? quire_da - quire_db : quire_db - quire_da; \
	})

#define __ALIGN_MASK(x, mask)	    (((x) + (mask)) & ~(mask))
#define __ALIGN_KERNEL(x, a)	    __ALIGN_MASK(x, (__typeof__(x))(a)-1)
#define __ALIGN(x, a)		    ALIGN(x, a)
#define PTR_ALIGN(p, a)		    ((__typeof__(p))ALIGN((unsigned long)(p), (a)))
#define PTR_ALIGN_DOWN(p, a)	    ((__typeof__(p))ALIGN_DOWN((unsigned long)(p), (a)))
#define DIV_ROUND_DOWN_ULL(n, d)    ((unsigned long long)(n) / (d))
#define DIV_ROUND_UP_ULL(n, d)	    DIV_ROUND_DOWN_ULL((unsigned long long)(n) + (d)-1, (d))
#define DIV64_U64_ROUND_UP(n, d)    (((u64)(n) + (u64)(d)-1) / (u64)(d))
#define DIV_ROUND_UP_SECTOR_T(n, d) DIV_ROUND_UP_ULL(n, d)
/** DIV_ROUND_CLOSEST() - the quotient rounded to the nearest; halves away from zero. */
#define DIV_ROUND_CLOSEST(n, d)                                        \
	({                                                             \
		__typeof__(n) quire_dn = (n);                          \
		__typeof__(d) quire_dd = (d);                          \
		(((__typeof__(n))-1) > 0 || ((__typeof__(d))-1) > 0 || \
		 ((quire_dn > 0) == (quire_dd > 0)))                   \
			? (quire_dn + quire_dd / 2) / quire_dd         \
			: (quire_dn - quire_dd / 2) / quire_dd;        \
	})
#define upper_32_bits(n) ((u32)((u64)(n) >> 32))
#define lower_32_bits(n) ((u32)((n)&0xffffffffu))
#define upper_16_bits(n) ((u16)((n) >> 16))
#define lower_16_bits(n) ((u16)((n)&0xffffu))

/** do_div() - @n becomes the quotient; the result is the remainder. */
#define do_div(n, base)                                        \
	({                                                     \
		u32 quire_base = (base);                       \
		u32 quire_rest = (u32)((u64)(n) % quire_base); \
		(n) = (u64)(n) / quire_base;                   \
		quire_rest;                                    \
	})

static inline u64 div_u64_rem(u64 dividend, u32 divisor, u32 *remainder)
{
	*remainder = (u32)(dividend % divisor);
	return dividend / divisor;
}

static inline s64 div_s64_rem(s64 dividend, s32 divisor, s32 *remainder)
{
	*remainder = (s32)(dividend % divisor);
	return dividend / divisor;
}

static inline u64 div64_u64_rem(u64 dividend, u64 divisor, u64 *remainder)
{
	*remainder = dividend % divisor;
	return dividend / divisor;
}

static inline u64 div64_u64(u64 dividend, u64 divisor)
{
	return dividend / divisor;
}

static inline s64 div64_s64(s64 dividend, s64 divisor)
{
	return dividend / divisor;
}

static inline u64 div_u64(u64 dividend, u32 divisor)
{
	return dividend / divisor;
}

static inline s64 div_s64(s64 dividend, s32 divisor)
{
	return dividend / divisor;
}
#define div64_long(x, y) div64_s64((x), (y))
#define div64_ul(x, y)	 div64_u64((x), (y))

/** mul_u64_u32_shr(), mul_u64_u64_shr() - the product, with no bit lost, shifted right. */
static inline u64 mul_u64_u32_shr(u64 a, u32 mul, unsigned int shift)
{
	return (u64)(((unsigned __int128)a * mul) >> shift);
}

static inline u64 mul_u64_u64_shr(u64 a, u64 mul, unsigned int shift)
{
	return (u64)(((unsigned __int128)a * mul) >> shift);
}

/** mul_u64_u64_div_u64() - a * b / c with no bit lost on the way. */
static inline u64 mul_u64_u64_div_u64(u64 a, u64 b, u64 c)
{
	return (u64)((unsigned __int128)a * b / c);
}
#define mul_u32_u32(a, b)		 ((u64)(u32)(a) * (u32)(b))
#define mul_u64_u32_div(a, mul, divisor) mul_u64_u64_div_u64(a, mul, divisor)

/** reciprocal_scale() - maps @val, spread over all of 32 bits, to 0 .. @ep_ro - 1. */
static inline u32 reciprocal_scale(u32 val, u32 ep_ro)
{
	return (u32)(((u64)val * ep_ro) >> 32);
}
#define int_sqrt64(x) ((u32)int_sqrt(x))

#define ilog2_up(n)		  order_base_2(n)
#define const_ilog2(n)		  ilog2(n)
#define bits_per(n)		  (((n) == 0 || (n) == 1) ? 1u : (unsigned int)ilog2(n) + 1u)
#define __roundup_pow_of_two(n)	  roundup_pow_of_two(n)
#define __rounddown_pow_of_two(n) rounddown_pow_of_two(n)

/* Sizes in bytes. */
#define SZ_1	0x00000001
#define SZ_2	0x00000002
#define SZ_4	0x00000004
#define SZ_8	0x00000008
#define SZ_16	0x00000010
#define SZ_32	0x00000020
#define SZ_64	0x00000040
#define SZ_128	0x00000080
#define SZ_256	0x00000100
#define SZ_512	0x00000200
#define SZ_1K	0x00000400
#define SZ_2K	0x00000800
#define SZ_4K	0x00001000
#define SZ_8K	0x00002000
#define SZ_16K	0x00004000
#define SZ_32K	0x00008000
#define SZ_64K	0x00010000
#define SZ_128K 0x00020000
#define SZ_256K 0x00040000
#define SZ_512K 0x00080000
#define SZ_1M	0x00100000
#define SZ_2M	0x00200000
#define SZ_4M	0x00400000
#define SZ_8M	0x00800000
#define SZ_16M	0x01000000
#define SZ_32M	0x02000000
#define SZ_64M	0x04000000
#define SZ_128M 0x08000000
#define SZ_256M 0x10000000
#define SZ_512M 0x20000000
#define SZ_1G	0x40000000
#define SZ_2G	0x80000000
#define SZ_4G	_AC(0x100000000, ULL)
#define SZ_8G	_AC(0x200000000, ULL)
#define SZ_16G	_AC(0x400000000, ULL)
#define SZ_32G	_AC(0x800000000, ULL)
#define SZ_64T	_AC(0x400000000000, ULL)

#endif /* COMPAT_SURFACE_MATH_H */
