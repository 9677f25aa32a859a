/* SPDX-License-Identifier: MIT */
/*
 * atomic.h - counters and words shared between CPUs, with Linux's names and ordering.
 *
 * For each of the prefixes atomic_ (int), atomic_long_ (long), atomic64_ (s64):
 *
 *	read set                                   a plain load, a plain store: relaxed
 *	read_acquire set_release
 *	add sub inc dec and or xor andnot          no result: relaxed
 *	add_return sub_return inc_return dec_return  the new value
 *	fetch_{add,sub,inc,dec,and,or,xor,andnot}    the old value
 *	xchg cmpxchg                               the old value
 *	try_cmpxchg                                true when exchanged, else *old is renewed
 *	add_return, fetch_add, inc_return, xchg ... with _relaxed _acquire _release
 *	sub_and_test dec_and_test inc_and_test     is the new value 0?
 *	add_negative                               is the new value < 0?
 *	add_unless inc_not_zero inc_unless_negative dec_unless_positive dec_if_positive
 *
 * Order, as Linux defines it: operations without a result order nothing; those
 * with one order everything, unless the name ends in _relaxed, _acquire or
 * _release; a compare that fails orders nothing. The full order is C11's seq_cst
 * on the operation itself: no separate fence on any path, one locked
 * instruction on x86.
 *
 * Sources: Linux 6.1 Documentation/atomic_t.txt (names, semantics).
 */
#ifndef QUIRE_ATOMIC_H
#define QUIRE_ATOMIC_H

#include <quire/api.h>
#include <quire/config.h>
#include <quire/types.h>

QUIRE_BEGIN_DECLS

/** typedef atomic64_t - as atomic_t, 64 bits wide. */
typedef struct {
	s64 counter;
} atomic64_t;

#ifndef ATOMIC_INIT
#define ATOMIC_INIT(i) \
	{              \
		(i)    \
	}
#endif
#ifndef ATOMIC_LONG_INIT
#define ATOMIC_LONG_INIT(i) \
	{                   \
		(i)         \
	}
#endif
#ifndef ATOMIC64_INIT
#define ATOMIC64_INIT(i) \
	{                \
		(i)      \
	}
#endif

#ifndef barrier
#define barrier() __asm__ __volatile__("" : : : "memory")
#endif

/* Fences between CPUs. smp_mb() is dear (16 ns): not for fast paths. */
#ifndef smp_mb
#define smp_mb() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#endif
#ifndef smp_rmb
#define smp_rmb() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#endif
#ifndef smp_wmb
#define smp_wmb() __atomic_thread_fence(__ATOMIC_RELEASE)
#endif
#ifndef smp_load_acquire
#define smp_load_acquire(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#endif
#ifndef smp_store_release
#define smp_store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#endif

/* xchg, cmpxchg, try_cmpxchg: on any word of 1, 2, 4 or 8 bytes; fully ordered. */
#ifndef xchg
#define xchg(p, v) __atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST)
#endif
#ifndef cmpxchg
#define cmpxchg(p, was, becomes)                                                                \
	({                                                                                      \
		__typeof__(*(p)) quire_cx = (was);                                              \
		__atomic_compare_exchange_n((p), &quire_cx, (becomes), false, __ATOMIC_SEQ_CST, \
					    __ATOMIC_RELAXED);                                  \
		quire_cx;                                                                       \
	})
#endif
#ifndef try_cmpxchg
#define try_cmpxchg(p, was, becomes)                                                \
	__atomic_compare_exchange_n((p), (was), (becomes), false, __ATOMIC_SEQ_CST, \
				    __ATOMIC_RELAXED)
#endif

/** cpu_relax() - tells the processor that this is a spin loop; compiles to one hint at most. */
static inline void cpu_relax(void)
{
	QUIRE_CPU_RELAX();
}

/* The functions of one prefix. @P: prefix, @T: type, @I: type of its counter. */
#define QUIRE_ATOMIC_PLAIN(P, T, I)                                    \
	static inline I P##_read(const T *v)                           \
	{                                                              \
		return __atomic_load_n(&v->counter, __ATOMIC_RELAXED); \
	}                                                              \
	static inline I P##_read_acquire(const T *v)                   \
	{                                                              \
		return __atomic_load_n(&v->counter, __ATOMIC_ACQUIRE); \
	}                                                              \
	static inline void P##_set(T *v, I i)                          \
	{                                                              \
		__atomic_store_n(&v->counter, i, __ATOMIC_RELAXED);    \
	}                                                              \
	static inline void P##_set_release(T *v, I i)                  \
	{                                                              \
		__atomic_store_n(&v->counter, i, __ATOMIC_RELEASE);    \
	}

/* op without result, and fetch_op in one order; andnot is and with the complement. */
#define QUIRE_ATOMIC_VOID(P, T, I, op, builtin, arg)                          \
	static inline void P##_##op(I i, T *v)                                \
	{                                                                     \
		__atomic_fetch_##builtin(&v->counter, arg, __ATOMIC_RELAXED); \
	}
#define QUIRE_ATOMIC_FETCH(P, T, I, op, builtin, arg, suffix, order)      \
	static inline I P##_fetch_##op##suffix(I i, T *v)                 \
	{                                                                 \
		return __atomic_fetch_##builtin(&v->counter, arg, order); \
	}
#define QUIRE_ATOMIC_RETURN(P, T, I, op, suffix, order)              \
	static inline I P##_##op##_return##suffix(I i, T *v)         \
	{                                                            \
		return __atomic_##op##_fetch(&v->counter, i, order); \
	}
#define QUIRE_ATOMIC_OP(P, T, I, op, builtin, arg)                                \
	QUIRE_ATOMIC_VOID(P, T, I, op, builtin, arg)                              \
	QUIRE_ATOMIC_FETCH(P, T, I, op, builtin, arg, , __ATOMIC_SEQ_CST)         \
	QUIRE_ATOMIC_FETCH(P, T, I, op, builtin, arg, _relaxed, __ATOMIC_RELAXED) \
	QUIRE_ATOMIC_FETCH(P, T, I, op, builtin, arg, _acquire, __ATOMIC_ACQUIRE) \
	QUIRE_ATOMIC_FETCH(P, T, I, op, builtin, arg, _release, __ATOMIC_RELEASE)
#define QUIRE_ATOMIC_ARITH(P, T, I, op)                              \
	QUIRE_ATOMIC_OP(P, T, I, op, op, i)                          \
	QUIRE_ATOMIC_RETURN(P, T, I, op, , __ATOMIC_SEQ_CST)         \
	QUIRE_ATOMIC_RETURN(P, T, I, op, _relaxed, __ATOMIC_RELAXED) \
	QUIRE_ATOMIC_RETURN(P, T, I, op, _acquire, __ATOMIC_ACQUIRE) \
	QUIRE_ATOMIC_RETURN(P, T, I, op, _release, __ATOMIC_RELEASE)
#define QUIRE_ATOMIC_STEP_ORDERED(P, T, I, op, by, suffix) \
	static inline I P##_##op##_return##suffix(T *v)    \
	{                                                  \
		return P##_##by##_return##suffix(1, v);    \
	}                                                  \
	static inline I P##_fetch_##op##suffix(T *v)       \
	{                                                  \
		return P##_fetch_##by##suffix(1, v);       \
	}
#define QUIRE_ATOMIC_STEP(P, T, I, op, by)                   \
	static inline void P##_##op(T *v)                    \
	{                                                    \
		P##_##by(1, v);                              \
	}                                                    \
	QUIRE_ATOMIC_STEP_ORDERED(P, T, I, op, by, )         \
	QUIRE_ATOMIC_STEP_ORDERED(P, T, I, op, by, _relaxed) \
	QUIRE_ATOMIC_STEP_ORDERED(P, T, I, op, by, _acquire) \
	QUIRE_ATOMIC_STEP_ORDERED(P, T, I, op, by, _release) \
	static inline bool P##_##op##_and_test(T *v)         \
	{                                                    \
		return P##_##by##_return(1, v) == 0;         \
	}

#define QUIRE_ATOMIC_XCHG(P, T, I, suffix, order)                                           \
	static inline I P##_xchg##suffix(T *v, I i)                                         \
	{                                                                                   \
		return __atomic_exchange_n(&v->counter, i, order);                          \
	}                                                                                   \
	static inline bool P##_try_cmpxchg##suffix(T *v, I *was, I becomes)                 \
	{                                                                                   \
		return __atomic_compare_exchange_n(&v->counter, was, becomes, false, order, \
						   __ATOMIC_RELAXED);                       \
	}                                                                                   \
	static inline I P##_cmpxchg##suffix(T *v, I was, I becomes)                         \
	{                                                                                   \
		P##_try_cmpxchg##suffix(v, &was, becomes);                                  \
		return was;                                                                 \
	}

/* name: while @cond holds for the value seen, replace it by @next; result: @result. */
#define QUIRE_ATOMIC_WHILE(type, head, T, I, cond, next, result)                             \
	static inline type head                                                              \
	{                                                                                    \
		I seen = __atomic_load_n(&v->counter, __ATOMIC_RELAXED);                     \
                                                                                             \
		while (cond) {                                                               \
			if (__atomic_compare_exchange_n(&v->counter, &seen, next, false,     \
							__ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) \
				break;                                                       \
		}                                                                            \
		return result;                                                               \
	}
#define QUIRE_ATOMIC_CONDITIONAL(P, T, I)                                                      \
	QUIRE_ATOMIC_WHILE(I, P##_fetch_add_unless(T *v, I a, I u), T, I, seen != u, seen + a, \
			   seen)                                                               \
	QUIRE_ATOMIC_WHILE(bool, P##_inc_unless_negative(T *v), T, I, seen >= 0, seen + 1,     \
			   seen >= 0)                                                          \
	QUIRE_ATOMIC_WHILE(bool, P##_dec_unless_positive(T *v), T, I, seen <= 0, seen - 1,     \
			   seen <= 0)                                                          \
	QUIRE_ATOMIC_WHILE(I, P##_dec_if_positive(T *v), T, I, seen > 0, seen - 1, seen - 1)   \
	static inline bool P##_add_unless(T *v, I a, I u)                                      \
	{                                                                                      \
		return P##_fetch_add_unless(v, a, u) != u;                                     \
	}                                                                                      \
	static inline bool P##_inc_not_zero(T *v)                                              \
	{                                                                                      \
		return P##_add_unless(v, 1, 0);                                                \
	}                                                                                      \
	static inline bool P##_sub_and_test(I i, T *v)                                         \
	{                                                                                      \
		return P##_sub_return(i, v) == 0;                                              \
	}                                                                                      \
	static inline bool P##_add_negative(I i, T *v)                                         \
	{                                                                                      \
		return P##_add_return(i, v) < 0;                                               \
	}

#define QUIRE_ATOMIC_FAMILY(P, T, I)                           \
	QUIRE_ATOMIC_PLAIN(P, T, I)                            \
	QUIRE_ATOMIC_ARITH(P, T, I, add)                       \
	QUIRE_ATOMIC_ARITH(P, T, I, sub)                       \
	QUIRE_ATOMIC_OP(P, T, I, and, and, i)                  \
	QUIRE_ATOMIC_OP(P, T, I, or, or, i)                    \
	QUIRE_ATOMIC_OP(P, T, I, xor, xor, i)                  \
	QUIRE_ATOMIC_OP(P, T, I, andnot, and, ~i)              \
	QUIRE_ATOMIC_STEP(P, T, I, inc, add)                   \
	QUIRE_ATOMIC_STEP(P, T, I, dec, sub)                   \
	QUIRE_ATOMIC_XCHG(P, T, I, , __ATOMIC_SEQ_CST)         \
	QUIRE_ATOMIC_XCHG(P, T, I, _relaxed, __ATOMIC_RELAXED) \
	QUIRE_ATOMIC_XCHG(P, T, I, _acquire, __ATOMIC_ACQUIRE) \
	QUIRE_ATOMIC_XCHG(P, T, I, _release, __ATOMIC_RELEASE) \
	QUIRE_ATOMIC_CONDITIONAL(P, T, I)

QUIRE_ATOMIC_FAMILY(atomic, atomic_t, int)
QUIRE_ATOMIC_FAMILY(atomic_long, atomic_long_t, long)
QUIRE_ATOMIC_FAMILY(atomic64, atomic64_t, s64)

QUIRE_END_DECLS

#endif /* QUIRE_ATOMIC_H */
