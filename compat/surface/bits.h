/* SPDX-License-Identifier: MIT */
/*
 * surface/bits.h - bits, bitmaps, atomics: Quire's own, and what kernel code wants beside them.
 *
 * Ordering and cost stand in quire/bitops.h, quire/bitmap.h and quire/atomic.h.
 */
#ifndef COMPAT_SURFACE_BITS_H
#define COMPAT_SURFACE_BITS_H

#include <quire/atomic.h>
#include <quire/bitmap.h>
#include <quire/bitops.h>
#include <strings.h>

#include "bug.h"
#include "math.h"

#define BITS_PER_TYPE(type) (sizeof(type) * BITS_PER_BYTE)
#define BITS_PER_LONG_LONG  64
#define BITS_TO_U64(nr)	    DIV_ROUND_UP(nr, BITS_PER_TYPE(u64))
#define BITS_TO_U32(nr)	    DIV_ROUND_UP(nr, BITS_PER_TYPE(u32))
#define BITS_TO_BYTES(nr)   DIV_ROUND_UP(nr, BITS_PER_TYPE(char))
#define BIT_ULL(nr)	    (ULL(1) << (nr))
#define BIT_ULL_MASK(nr)    (ULL(1) << ((nr) % 64))
#define BIT_ULL_WORD(nr)    ((nr) / 64)
/* Does not compile when @l is above @h, both constant. */
#define GENMASK_INPUT_CHECK(h, l) \
	BUILD_BUG_ON_ZERO(__builtin_choose_expr(__builtin_constant_p((l) > (h)), (l) > (h), 0))
#define GENMASK_ULL(h, l) ((~ULL(0) << (l)) & (~ULL(0) >> (63 - (h))))

static inline bool xor_unlock_is_negative_byte(unsigned long mask, volatile unsigned long *addr)
{
	return __atomic_fetch_xor(addr, mask, __ATOMIC_RELEASE) & 0x80ul;
}
#define arch_test_bit(nr, addr) test_bit(nr, addr)
#define test_bit_acquire(nr, addr) \
	(!!(__atomic_load_n((addr) + BIT_WORD(nr), __ATOMIC_ACQUIRE) & BIT_MASK(nr)))
#define assign_bit(nr, addr, value) ((value) ? set_bit((nr), (addr)) : clear_bit((nr), (addr)))
#define __assign_bit(nr, addr, value) \
	((value) ? __set_bit((nr), (addr)) : __clear_bit((nr), (addr)))

#define hweight64(w) ((unsigned int)__builtin_popcountll(w))
#define hweight32(w) ((unsigned int)__builtin_popcount(w))
#define hweight16(w) ((unsigned int)__builtin_popcount((u16)(w)))
#define hweight8(w)  ((unsigned int)__builtin_popcount((u8)(w)))
#define __ffs64(w)   ((unsigned long)__builtin_ctzll(w))

static inline u64 rol64(u64 word, unsigned int shift)
{
	return (word << (shift & 63)) | (word >> ((-shift) & 63));
}

static inline u64 ror64(u64 word, unsigned int shift)
{
	return (word >> (shift & 63)) | (word << ((-shift) & 63));
}

static inline u32 rol32(u32 word, unsigned int shift)
{
	return (word << (shift & 31)) | (word >> ((-shift) & 31));
}

static inline u32 ror32(u32 word, unsigned int shift)
{
	return (word >> (shift & 31)) | (word << ((-shift) & 31));
}

/** sign_extend32(), sign_extend64() - bit @index becomes the sign of the result. */
static inline s32 sign_extend32(u32 value, int index)
{
	return (s32)(value << (31 - index)) >> (31 - index);
}

static inline s64 sign_extend64(u64 value, int index)
{
	return (s64)(value << (63 - index)) >> (63 - index);
}

/** get_count_order() - log2 of @count rounded up; -1 for 0. */
static inline int get_count_order(unsigned int count)
{
	return count ? fls(count - 1) : -1;
}

static inline int get_count_order_long(unsigned long count)
{
	return count ? fls64(count - 1) : -1;
}

/* Bitmaps: what quire/bitmap.h leaves out. Sizes in bits. */
#define BITMAP_MEM_ALIGNMENT 8
#define bitmap_size(nbits)   (BITS_TO_LONGS(nbits) * sizeof(unsigned long))

/* The words of a bitmap in an initialiser, by 64 bits. */
#define BITMAP_FROM_U64(n) ((unsigned long)(n))
#define bitmap_from_arr64(map, words, nbits) \
	bitmap_copy((map), (const unsigned long *)(words), (nbits))
/** bitmap_from_arr32(), bitmap_to_arr32() - from and to words of 32 bits; the rest is cleared. */
void bitmap_from_arr32(unsigned long *map, const u32 *words, unsigned int nbits);
void bitmap_to_arr32(u32 *words, const unsigned long *map, unsigned int nbits);
void bitmap_to_arr64(u64 *words, const unsigned long *map, unsigned int nbits);
/** bitmap_copy_clear_tail() - copies, and clears what is behind the last bit. */
void bitmap_copy_clear_tail(unsigned long *dst, const unsigned long *src, unsigned int nbits);
/** bitmap_get_value8(), bitmap_set_value8() - the 8 bits at @start, a multiple of 8. */
unsigned long bitmap_get_value8(const unsigned long *map, unsigned long start);
void bitmap_set_value8(unsigned long *map, unsigned long value, unsigned long start);
/** bitmap_cut() - @dst = @src without @cut bits from @first on; what is behind moves down. */
void bitmap_cut(unsigned long *dst, const unsigned long *src, unsigned int first, unsigned int cut,
		unsigned int nbits);
/** bitmap_parse() - the inverse of %*pb: chunks of 32 bits in hex. 0, -EINVAL, -EOVERFLOW. */
int bitmap_parse(const char *text, unsigned int len, unsigned long *map, int nbits);

/** bitmap_alloc(), bitmap_zalloc() - a bitmap by kmalloc(); freed by bitmap_free(). */
unsigned long *bitmap_alloc(unsigned int nbits, gfp_t flags);
unsigned long *bitmap_zalloc(unsigned int nbits, gfp_t flags);
void bitmap_free(const unsigned long *bitmap);

/** bitmap_xor(), bitmap_andnot() - @dst = @a ^ @b, @a & ~@b; the latter: is any bit set in @dst? */
void bitmap_xor(unsigned long *dst, const unsigned long *a, const unsigned long *b,
		unsigned int nbits);
bool bitmap_andnot(unsigned long *dst, const unsigned long *a, const unsigned long *b,
		   unsigned int nbits);
/** bitmap_complement() - @dst = ~@src. */
void bitmap_complement(unsigned long *dst, const unsigned long *src, unsigned int nbits);
/** bitmap_equal(), bitmap_intersects(), bitmap_subset() - questions about the first @nbits. */
bool bitmap_equal(const unsigned long *a, const unsigned long *b, unsigned int nbits);
bool bitmap_intersects(const unsigned long *a, const unsigned long *b, unsigned int nbits);
bool bitmap_subset(const unsigned long *a, const unsigned long *b, unsigned int nbits);
/** bitmap_shift_right(), bitmap_shift_left() - towards bit 0, away from it; zeroes come in. */
void bitmap_shift_right(unsigned long *dst, const unsigned long *src, unsigned int shift,
			unsigned int nbits);
void bitmap_shift_left(unsigned long *dst, const unsigned long *src, unsigned int shift,
		       unsigned int nbits);
/** bitmap_replace() - @dst = @was, but where @mask has a bit: @now. */
void bitmap_replace(unsigned long *dst, const unsigned long *was, const unsigned long *now,
		    const unsigned long *mask, unsigned int nbits);
/** bitmap_parselist() - the inverse of %*pbl: "0,3-5,8-63:1/2", "all". 0, -EINVAL, -ERANGE, ... */
int bitmap_parselist(const char *text, unsigned long *map, int nbits);
/** bitmap_print_to_pagebuf() - as %*pbl (@list) or %*pb and a newline. Return: the length. */
int bitmap_print_to_pagebuf(bool list, char *buf, const unsigned long *map, int nbits);

/** find_next_and_bit(), find_first_and_bit() - in both maps. find_next_andnot_bit(): in @a alone.
 */
unsigned long find_next_and_bit(const unsigned long *a, const unsigned long *b, unsigned long size,
				unsigned long offset);
unsigned long find_next_andnot_bit(const unsigned long *a, const unsigned long *b,
				   unsigned long size, unsigned long offset);
/** find_nth_bit() - the @n-th set bit, counted from 0; @size or more when there are fewer. */
unsigned long find_nth_bit(const unsigned long *map, unsigned long size, unsigned long n);
#define find_first_and_bit(a, b, size) find_next_and_bit((a), (b), (size), 0)

/** quire_next_clump8() - the next 8 bits, at a multiple of 8, that are not all clear; @size: none.
 */
unsigned long quire_next_clump8(unsigned long *clump, const unsigned long *map, unsigned long size,
				unsigned long offset);
#define for_each_set_clump8(start, clump, map, size)                                    \
	for ((start) = quire_next_clump8(&(clump), (map), (size), 0); (start) < (size); \
	     (start) = quire_next_clump8(&(clump), (map), (size), (start) + 8))
#define for_each_set_bit_from(bit, addr, size)                             \
	for ((bit) = find_next_bit((addr), (size), (bit)); (bit) < (size); \
	     (bit) = find_next_bit((addr), (size), (bit) + 1))
#define for_each_clear_bit_from(bit, addr, size)                                \
	for ((bit) = find_next_zero_bit((addr), (size), (bit)); (bit) < (size); \
	     (bit) = find_next_zero_bit((addr), (size), (bit) + 1))
#define for_each_and_bit(bit, a, b, size)                                    \
	for ((bit) = find_next_and_bit((a), (b), (size), 0); (bit) < (size); \
	     (bit) = find_next_and_bit((a), (b), (size), (bit) + 1))
#define for_each_andnot_bit(bit, a, b, size)                                    \
	for ((bit) = find_next_andnot_bit((a), (b), (size), 0); (bit) < (size); \
	     (bit) = find_next_andnot_bit((a), (b), (size), (bit) + 1))
/** for_each_set_bitrange() - the runs [@b, @e) of set bits. */
#define for_each_set_bitrange(b, e, addr, size)                                      \
	for ((b) = find_next_bit((addr), (size), 0);                                 \
	     (b) < (size) && ((e) = find_next_zero_bit((addr), (size), (b) + 1), 1); \
	     (b) = find_next_bit((addr), (size), (e) + 1))
#define for_each_clear_bitrange(b, e, addr, size)                               \
	for ((b) = find_next_zero_bit((addr), (size), 0);                       \
	     (b) < (size) && ((e) = find_next_bit((addr), (size), (b) + 1), 1); \
	     (b) = find_next_zero_bit((addr), (size), (e) + 1))

#define for_each_set_bitrange_from(b, e, addr, size)                                 \
	for ((b) = find_next_bit((addr), (size), (b));                               \
	     (b) < (size) && ((e) = find_next_zero_bit((addr), (size), (b) + 1), 1); \
	     (b) = find_next_bit((addr), (size), (e) + 1))
#define for_each_clear_bitrange_from(b, e, addr, size)                          \
	for ((b) = find_next_zero_bit((addr), (size), (b));                     \
	     (b) < (size) && ((e) = find_next_bit((addr), (size), (b) + 1), 1); \
	     (b) = find_next_zero_bit((addr), (size), (e) + 1))
/* Every set bit once, those from @start on first. */
#define for_each_set_bit_wrap(bit, addr, size, start)                              \
	for (unsigned long quire_at = (unsigned long)(start), quire_left = (size); \
	     quire_left-- && (((bit) = quire_at % (size)), quire_at++, true);      \
	     /* one step for each bit of the map */)                               \
		if (!test_bit((bit), (addr))) {                                    \
		} else

#define __bitmap_equal(a, b, nbits)	bitmap_equal(a, b, nbits)
#define __bitmap_and(d, a, b, nbits)	bitmap_and(d, a, b, nbits)
#define __bitmap_or(d, a, b, nbits)	bitmap_or(d, a, b, nbits)
#define __bitmap_xor(d, a, b, nbits)	bitmap_xor(d, a, b, nbits)
#define __bitmap_andnot(d, a, b, nbits) bitmap_andnot(d, a, b, nbits)
#define __bitmap_weight(map, nbits)	bitmap_weight(map, nbits)
#define __bitmap_set(map, start, len)	bitmap_set(map, start, (unsigned int)(len))
#define __bitmap_clear(map, start, len) bitmap_clear(map, start, (unsigned int)(len))
/** bitmap_or_equal() - are the first @nbits of @a | @b those of @c? */
bool bitmap_or_equal(const unsigned long *a, const unsigned long *b, const unsigned long *c,
		     unsigned int nbits);
/** bitmap_print_bitmask_to_buf(), _list_ - @count bytes of the text of %*pb(l) from byte @off on.
 */
int bitmap_print_bitmask_to_buf(char *buf, const unsigned long *map, int nbits, loff_t off,
				size_t count);
int bitmap_print_list_to_buf(char *buf, const unsigned long *map, int nbits, loff_t off,
			     size_t count);

/* Barriers and exchanges beside those of quire/atomic.h. */
#define mb()			     smp_mb()
#define rmb()			     smp_rmb()
#define wmb()			     smp_wmb()
#define smp_store_mb(var, value)     ((void)xchg(&(var), (value)))
#define smp_mb__before_atomic()	     smp_mb()
#define smp_mb__after_atomic()	     smp_mb()
#define smp_mb__after_spinlock()     smp_mb()
#define smp_read_barrier_depends()   ((void)0)
#define dma_rmb()		     smp_rmb()
#define dma_wmb()		     smp_wmb()
#define cmpxchg_relaxed(p, o, n)     cmpxchg(p, o, n)
#define cmpxchg_acquire(p, o, n)     cmpxchg(p, o, n)
#define cmpxchg_release(p, o, n)     cmpxchg(p, o, n)
#define cmpxchg64(p, o, n)	     cmpxchg(p, o, n)
#define cmpxchg_local(p, o, n)	     cmpxchg(p, o, n)
#define xchg_relaxed(p, v)	     xchg(p, v)
#define xchg_acquire(p, v)	     xchg(p, v)
#define xchg_release(p, v)	     xchg(p, v)
#define try_cmpxchg_relaxed(p, o, n) try_cmpxchg(p, o, n)
#define try_cmpxchg_acquire(p, o, n) try_cmpxchg(p, o, n)
#define try_cmpxchg_release(p, o, n) try_cmpxchg(p, o, n)
/** set_mask_bits() - in one step, the bits of @mask away from *@p, then those of @bits there.
 * Return: what was there. */
#define set_mask_bits(p, mask, bits)                                                       \
	({                                                                                 \
		const __typeof__(*(p)) quire_m = (mask), quire_b = (bits);                 \
		__typeof__(*(p)) quire_was = READ_ONCE(*(p));                              \
                                                                                           \
		while (!try_cmpxchg((p), &quire_was,                                       \
				    (__typeof__(*(p)))((quire_was & ~quire_m) | quire_b))) \
			;                                                                  \
		quire_was;                                                                 \
	})
/** bit_clear_unless() - in one step, the bits of @clear away, unless one of @test is set. Return:
 * none was. */
#define bit_clear_unless(p, clear, test)                                                        \
	({                                                                                      \
		const __typeof__(*(p)) quire_c = (clear), quire_t = (test);                     \
		__typeof__(*(p)) quire_was = READ_ONCE(*(p));                                   \
                                                                                                \
		while (!(quire_was & quire_t) &&                                                \
		       !try_cmpxchg((p), &quire_was, (__typeof__(*(p)))(quire_was & ~quire_c))) \
			;                                                                       \
		!(quire_was & quire_t);                                                         \
	})
/** smp_cond_load_relaxed() - waits until @cond, in which VAL is *@p, holds. Return: that VAL. */
#define smp_cond_load_relaxed(p, cond)                 \
	({                                             \
		__typeof__(*(p)) VAL;                  \
		while (VAL = READ_ONCE(*(p)), !(cond)) \
			cpu_relax();                   \
		VAL;                                   \
	})
#define smp_cond_load_acquire(p, cond)                     \
	({                                                 \
		__typeof__(*(p)) VAL;                      \
		while (VAL = smp_load_acquire(p), !(cond)) \
			cpu_relax();                       \
		VAL;                                       \
	})
#define atomic_cond_read_acquire(v, cond) smp_cond_load_acquire(&(v)->counter, (cond))
#define atomic_cond_read_relaxed(v, cond) smp_cond_load_relaxed(&(v)->counter, (cond))

#endif /* COMPAT_SURFACE_BITS_H */
