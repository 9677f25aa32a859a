/* SPDX-License-Identifier: MIT */
/*
 * math.h - integer arithmetic with Linux's names.
 *
 * Every macro that another header of a program may bring too (sys/param.h has
 * roundup, C++ libraries have min) is defined only when missing. Arguments are
 * evaluated once where that matters (min, max, clamp); the alignment macros are
 * constant expressions when their arguments are.
 */
#ifndef QUIRE_MATH_H
#define QUIRE_MATH_H

#include <quire/api.h>
#include <quire/types.h>

QUIRE_BEGIN_DECLS

/* The mask of a power of two @y, in the type of @x. */
#define quire_round_mask(x, y) ((__typeof__(x))((y)-1))

/* round_up, round_down: to a multiple of @y, a power of two. */
#ifndef round_up
#define round_up(x, y) ((((x)-1) | quire_round_mask(x, y)) + 1)
#endif
#ifndef round_down
#define round_down(x, y) ((x) & ~quire_round_mask(x, y))
#endif
/* roundup, rounddown: to a multiple of any @y. */
#ifndef roundup
#define roundup(x, y) ((((x) + (y)-1) / (y)) * (y))
#endif
#ifndef rounddown
#define rounddown(x, y) ((x) - (x) % (y))
#endif
#ifndef DIV_ROUND_UP
#define DIV_ROUND_UP(n, d) (((n) + (d)-1) / (d))
#endif
/* ALIGN, ALIGN_DOWN, IS_ALIGNED: @a is a power of two; the result has the type of @x. */
#ifndef ALIGN
#define ALIGN(x, a) (((x) + quire_round_mask(x, a)) & ~quire_round_mask(x, a))
#endif
#ifndef ALIGN_DOWN
#define ALIGN_DOWN(x, a) ((x) & ~quire_round_mask(x, a))
#endif
#ifndef IS_ALIGNED
#define IS_ALIGNED(x, a) (((x)&quire_round_mask(x, a)) == 0)
#endif

/* C++ has its own of these, and its library is broken by macros of such names. */
#ifndef __cplusplus
#ifndef min
#define min(a, b)                                                  \
	({                                                         \
		__typeof__(a) quire_mina = (a);                    \
		__typeof__(b) quire_minb = (b);                    \
		quire_mina < quire_minb ? quire_mina : quire_minb; \
	})
#endif
#ifndef max
#define max(a, b)                                                  \
	({                                                         \
		__typeof__(a) quire_maxa = (a);                    \
		__typeof__(b) quire_maxb = (b);                    \
		quire_maxa > quire_maxb ? quire_maxa : quire_maxb; \
	})
#endif
#ifndef min_t
#define min_t(type, a, b)                                              \
	({                                                             \
		type quire_minta = (type)(a), quire_mintb = (type)(b); \
		quire_minta < quire_mintb ? quire_minta : quire_mintb; \
	})
#endif
#ifndef max_t
#define max_t(type, a, b)                                              \
	({                                                             \
		type quire_maxta = (type)(a), quire_maxtb = (type)(b); \
		quire_maxta > quire_maxtb ? quire_maxta : quire_maxtb; \
	})
#endif
/* clamp: @v, but not below @lo nor above @hi. */
#ifndef clamp
#define clamp(v, lo, hi)                                                                        \
	({                                                                                      \
		__typeof__(v) quire_clv = (v), quire_cll = (lo), quire_clh = (hi);              \
		quire_clv<quire_cll ? quire_cll : quire_clv> quire_clh ? quire_clh : quire_clv; \
	})
#endif
#ifndef clamp_t
#define clamp_t(type, v, lo, hi) clamp((type)(v), (type)(lo), (type)(hi))
#endif
#ifndef swap
#define swap(a, b)                              \
	do {                                    \
		__typeof__(a) quire_swap = (a); \
		(a) = (b);                      \
		(b) = quire_swap;               \
	} while (0)
#endif
#endif /* __cplusplus */

/* mult_frac: @x * @numer / @denom without overflow of the product when x is large. */
#ifndef mult_frac
#define mult_frac(x, numer, denom)                                                       \
	({                                                                               \
		__typeof__(x) quire_mfx = (x), quire_mfn = (numer), quire_mfd = (denom); \
		(quire_mfx / quire_mfd) * quire_mfn +                                    \
			(quire_mfx % quire_mfd) * quire_mfn / quire_mfd;                 \
	})
#endif

/**
 * int_sqrt() - the largest r with r * r <= @x. O(bits).
 */
unsigned long int_sqrt(unsigned long x) QUIRE_API(int_sqrt);

QUIRE_END_DECLS

#endif /* QUIRE_MATH_H */
