/* SPDX-License-Identifier: MIT */
/*
 * bitops.h - single bits of words and of bitmaps, with Linux's names and ordering.
 *
 * A bitmap is an array of unsigned long; bit n is bit n % 64 of word n / 64.
 *
 *	name                             atomic  order
 *	set_bit clear_bit change_bit     yes     none (relaxed)
 *	test_and_{set,clear,change}_bit  yes     full
 *	test_and_set_bit_lock            yes     acquire
 *	clear_bit_unlock                 yes     release
 *	test_bit                         load    none
 *	__set_bit ...                    no      none: the caller owns the word
 *
 * Positions: ffs counts from 1 and is libc's; __ffs, __fls, ffz count from 0 and
 * are undefined for a word without such a bit; fls, fls64 count from 1, 0 when empty.
 * Source: names and semantics of Linux 6.1 Documentation/atomic_bitops.txt.
 */
#ifndef QUIRE_BITOPS_H
#define QUIRE_BITOPS_H

#include <quire/api.h>
#include <quire/config.h>
#include <quire/math.h>
#include <quire/types.h>

QUIRE_BEGIN_DECLS

#ifndef BITS_PER_LONG
#define BITS_PER_LONG QUIRE_BITS_PER_LONG
#endif
#ifndef BITS_PER_BYTE
#define BITS_PER_BYTE 8
#endif
#ifndef BITS_TO_LONGS
#define BITS_TO_LONGS(nr) DIV_ROUND_UP(nr, QUIRE_BITS_PER_LONG)
#endif
#ifndef BIT
#define BIT(nr) (1ul << (nr))
#endif
#ifndef BIT_MASK
#define BIT_MASK(nr) (1ul << ((nr) % QUIRE_BITS_PER_LONG))
#endif
#ifndef BIT_WORD
#define BIT_WORD(nr) ((nr) / QUIRE_BITS_PER_LONG)
#endif
#ifndef GENMASK
/* GENMASK: bits @h down to @l, both inclusive. */
#define GENMASK(h, l) ((~0ul << (l)) & (~0ul >> (QUIRE_BITS_PER_LONG - 1 - (h))))
#endif

/** set_bit() - sets bit @nr of @addr. */
static inline void set_bit(unsigned long nr, volatile unsigned long *addr)
{
	__atomic_fetch_or(addr + BIT_WORD(nr), BIT_MASK(nr), __ATOMIC_RELAXED);
}

/** clear_bit() - clears bit @nr of @addr. */
static inline void clear_bit(unsigned long nr, volatile unsigned long *addr)
{
	__atomic_fetch_and(addr + BIT_WORD(nr), ~BIT_MASK(nr), __ATOMIC_RELAXED);
}

/** change_bit() - inverts bit @nr of @addr. */
static inline void change_bit(unsigned long nr, volatile unsigned long *addr)
{
	__atomic_fetch_xor(addr + BIT_WORD(nr), BIT_MASK(nr), __ATOMIC_RELAXED);
}

/** test_bit() - is bit @nr of @addr set? */
static inline bool test_bit(unsigned long nr, const volatile unsigned long *addr)
{
	return __atomic_load_n(addr + BIT_WORD(nr), __ATOMIC_RELAXED) & BIT_MASK(nr);
}

/** test_and_set_bit() - sets bit @nr. Return: was it set before? */
static inline bool test_and_set_bit(unsigned long nr, volatile unsigned long *addr)
{
	return __atomic_fetch_or(addr + BIT_WORD(nr), BIT_MASK(nr), __ATOMIC_SEQ_CST) &
	       BIT_MASK(nr);
}

/** test_and_clear_bit() - clears bit @nr. Return: was it set before? */
static inline bool test_and_clear_bit(unsigned long nr, volatile unsigned long *addr)
{
	return __atomic_fetch_and(addr + BIT_WORD(nr), ~BIT_MASK(nr), __ATOMIC_SEQ_CST) &
	       BIT_MASK(nr);
}

/** test_and_change_bit() - inverts bit @nr. Return: was it set before? */
static inline bool test_and_change_bit(unsigned long nr, volatile unsigned long *addr)
{
	return __atomic_fetch_xor(addr + BIT_WORD(nr), BIT_MASK(nr), __ATOMIC_SEQ_CST) &
	       BIT_MASK(nr);
}

/** test_and_set_bit_lock() - takes bit @nr as a lock. Return: was it taken already? */
static inline bool test_and_set_bit_lock(unsigned long nr, volatile unsigned long *addr)
{
	return __atomic_fetch_or(addr + BIT_WORD(nr), BIT_MASK(nr), __ATOMIC_ACQUIRE) &
	       BIT_MASK(nr);
}

/** clear_bit_unlock() - gives back a lock taken by test_and_set_bit_lock(). */
static inline void clear_bit_unlock(unsigned long nr, volatile unsigned long *addr)
{
	__atomic_fetch_and(addr + BIT_WORD(nr), ~BIT_MASK(nr), __ATOMIC_RELEASE);
}

/** __clear_bit_unlock() - as clear_bit_unlock(), when nobody else changes bits of the word. */
static inline void __clear_bit_unlock(unsigned long nr, volatile unsigned long *addr)
{
	volatile unsigned long *word = addr + BIT_WORD(nr);

	__atomic_store_n(word, *word & ~BIT_MASK(nr), __ATOMIC_RELEASE);
}

/** clear_bit_unlock_is_negative_byte() - unlocks. Return: was bit 7 of the lowest byte set? */
static inline bool clear_bit_unlock_is_negative_byte(unsigned long nr, volatile unsigned long *addr)
{
	return __atomic_fetch_and(addr, ~BIT_MASK(nr), __ATOMIC_RELEASE) & BIT(7);
}

/** __set_bit() - set_bit() without atomicity. */
static inline void __set_bit(unsigned long nr, volatile unsigned long *addr)
{
	addr[BIT_WORD(nr)] |= BIT_MASK(nr);
}

/** __clear_bit() - clear_bit() without atomicity. */
static inline void __clear_bit(unsigned long nr, volatile unsigned long *addr)
{
	addr[BIT_WORD(nr)] &= ~BIT_MASK(nr);
}

/** __change_bit() - change_bit() without atomicity. */
static inline void __change_bit(unsigned long nr, volatile unsigned long *addr)
{
	addr[BIT_WORD(nr)] ^= BIT_MASK(nr);
}

/** __test_and_set_bit() - test_and_set_bit() without atomicity. */
static inline bool __test_and_set_bit(unsigned long nr, volatile unsigned long *addr)
{
	unsigned long old = addr[BIT_WORD(nr)];

	addr[BIT_WORD(nr)] = old | BIT_MASK(nr);
	return old & BIT_MASK(nr);
}

/** __test_and_clear_bit() - test_and_clear_bit() without atomicity. */
static inline bool __test_and_clear_bit(unsigned long nr, volatile unsigned long *addr)
{
	unsigned long old = addr[BIT_WORD(nr)];

	addr[BIT_WORD(nr)] = old & ~BIT_MASK(nr);
	return old & BIT_MASK(nr);
}

/** __test_and_change_bit() - test_and_change_bit() without atomicity. */
static inline bool __test_and_change_bit(unsigned long nr, volatile unsigned long *addr)
{
	unsigned long old = addr[BIT_WORD(nr)];

	addr[BIT_WORD(nr)] = old ^ BIT_MASK(nr);
	return old & BIT_MASK(nr);
}

/** __ffs() - position of the lowest set bit of @word, which is not 0. */
static inline unsigned long __ffs(unsigned long word)
{
	return (unsigned long)__builtin_ctzl(word);
}

/** __fls() - position of the highest set bit of @word, which is not 0. */
static inline unsigned long __fls(unsigned long word)
{
	return QUIRE_BITS_PER_LONG - 1 - (unsigned long)__builtin_clzl(word);
}

/** ffz() - position of the lowest clear bit of @word, which is not ~0. */
static inline unsigned long ffz(unsigned long word)
{
	return __ffs(~word);
}

/** fls() - 1 + position of the highest set bit of @x, 0 for 0. */
static inline int fls(unsigned int x)
{
	return x ? 32 - __builtin_clz(x) : 0;
}

/** fls64() - 1 + position of the highest set bit of @x, 0 for 0. */
static inline int fls64(u64 x)
{
	return x ? 64 - __builtin_clzll(x) : 0;
}

/** fls_long() - 1 + position of the highest set bit of @x, 0 for 0. */
static inline unsigned int fls_long(unsigned long x)
{
	return (unsigned int)fls64(x);
}

/** hweight_long() - number of set bits. */
static inline unsigned long hweight_long(unsigned long word)
{
	return (unsigned long)__builtin_popcountl(word);
}

/** is_power_of_2() - exactly one bit set? */
static inline bool is_power_of_2(unsigned long n)
{
	return n && !(n & (n - 1));
}

/* ilog2: floor of the binary logarithm of @n > 0; a constant expression when @n is one. */
#ifndef ilog2
#define ilog2(n) (63 - __builtin_clzll((unsigned long long)(n)))
#endif

/** order_base_2() - the smallest k with 2^k >= @n; 0 for 0 and 1. */
static inline unsigned int order_base_2(unsigned long n)
{
	return n > 1 ? (unsigned int)ilog2(n - 1) + 1 : 0;
}

/** roundup_pow_of_two() - the smallest power of two >= @n; @n in 1 .. 2^63. */
static inline unsigned long roundup_pow_of_two(unsigned long n)
{
	return 1ul << order_base_2(n);
}

/** rounddown_pow_of_two() - the largest power of two <= @n; @n > 0. */
static inline unsigned long rounddown_pow_of_two(unsigned long n)
{
	return 1ul << ilog2(n);
}

/**
 * quire_get_order() - Linux's get_order() for any page size.
 * @bytes: 0 gives the order of the whole address space, as in Linux
 * @page_shift: log2 of the page size in bytes
 * Return: the smallest order whose block holds @bytes.
 */
static inline unsigned int quire_get_order(unsigned long bytes, unsigned int page_shift)
{
	if (!bytes)
		return QUIRE_BITS_PER_LONG - page_shift;
	return fls_long((bytes - 1) >> page_shift);
}

QUIRE_END_DECLS

#endif /* QUIRE_BITOPS_H */
