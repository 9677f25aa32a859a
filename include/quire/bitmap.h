/* SPDX-License-Identifier: MIT */
/*
 * bitmap.h - runs of bits in arrays of unsigned long, with Linux's names.
 *
 * 1. Sizes and positions are in bits. A bitmap of n bits occupies
 *    BITS_TO_LONGS(n) words; bits past n in the last word are nobody's: the
 *    search and test functions ignore them, bitmap_zero() and bitmap_fill()
 *    write them, the others leave them alone.
 * 2. All searches return @size (find_next_zero_area: more than @size) when
 *    there is nothing to find.
 * 3. A word at a time: a search over n bits looks at n/64 words.
 *
 * No locking, no atomicity.
 * Source: names and semantics of Linux 6.1 include/linux/{bitmap,find}.h.
 */
#ifndef QUIRE_BITMAP_H
#define QUIRE_BITMAP_H

#include <quire/bitops.h>

QUIRE_BEGIN_DECLS

#ifndef DECLARE_BITMAP
#define DECLARE_BITMAP(name, bits) unsigned long name[BITS_TO_LONGS(bits)]
#endif
/* The bits from @start on within its word; the bits below @nbits within its last word. */
#ifndef BITMAP_FIRST_WORD_MASK
#define BITMAP_FIRST_WORD_MASK(start) (~0ul << ((start) & (QUIRE_BITS_PER_LONG - 1)))
#endif
#ifndef BITMAP_LAST_WORD_MASK
#define BITMAP_LAST_WORD_MASK(nbits) (~0ul >> (-(nbits) & (QUIRE_BITS_PER_LONG - 1)))
#endif

/** find_next_bit() - the first set bit of @addr in [@offset, @size), or @size. O(n/64). */
unsigned long find_next_bit(const unsigned long *addr, unsigned long size, unsigned long offset)
	QUIRE_API(find_next_bit);
/** find_next_zero_bit() - the first clear bit of @addr in [@offset, @size), or @size. O(n/64). */
unsigned long find_next_zero_bit(const unsigned long *addr, unsigned long size,
				 unsigned long offset) QUIRE_API(find_next_zero_bit);
/** find_last_bit() - the last set bit of @addr below @size, or @size. O(n/64). */
unsigned long find_last_bit(const unsigned long *addr, unsigned long size) QUIRE_API(find_last_bit);

/** find_first_bit() - the first set bit of @addr below @size, or @size. O(n/64). */
static inline unsigned long find_first_bit(const unsigned long *addr, unsigned long size)
{
	return find_next_bit(addr, size, 0);
}

/** find_first_zero_bit() - the first clear bit of @addr below @size, or @size. O(n/64). */
static inline unsigned long find_first_zero_bit(const unsigned long *addr, unsigned long size)
{
	return find_next_zero_bit(addr, size, 0);
}

#define for_each_set_bit(bit, addr, size)                              \
	for ((bit) = find_next_bit((addr), (size), 0); (bit) < (size); \
	     (bit) = find_next_bit((addr), (size), (bit) + 1))
#define for_each_clear_bit(bit, addr, size)                                 \
	for ((bit) = find_next_zero_bit((addr), (size), 0); (bit) < (size); \
	     (bit) = find_next_zero_bit((addr), (size), (bit) + 1))

/** bitmap_set() - sets @len bits of @map from @start on. O(n/64). */
void bitmap_set(unsigned long *map, unsigned int start, unsigned int len) QUIRE_API(bitmap_set);
/** bitmap_clear() - clears @len bits of @map from @start on. O(n/64). */
void bitmap_clear(unsigned long *map, unsigned int start, unsigned int len) QUIRE_API(bitmap_clear);
/** bitmap_zero() - clears all words of a map of @nbits. O(n/64). */
void bitmap_zero(unsigned long *map, unsigned int nbits) QUIRE_API(bitmap_zero);
/** bitmap_fill() - sets all bits of all words of a map of @nbits. O(n/64). */
void bitmap_fill(unsigned long *map, unsigned int nbits) QUIRE_API(bitmap_fill);
/** bitmap_copy() - copies the words of a map of @nbits. O(n/64). */
void bitmap_copy(unsigned long *dst, const unsigned long *src, unsigned int nbits)
	QUIRE_API(bitmap_copy);
/** bitmap_and() - @dst = @a & @b. Return: is any of the @nbits set in @dst? O(n/64). */
bool bitmap_and(unsigned long *dst, const unsigned long *a, const unsigned long *b,
		unsigned int nbits) QUIRE_API(bitmap_and);
/** bitmap_or() - @dst = @a | @b. O(n/64). */
void bitmap_or(unsigned long *dst, const unsigned long *a, const unsigned long *b,
	       unsigned int nbits) QUIRE_API(bitmap_or);
/** bitmap_weight() - number of set bits among the first @nbits. O(n/64). */
unsigned int bitmap_weight(const unsigned long *map, unsigned int nbits) QUIRE_API(bitmap_weight);

/** bitmap_empty() - are the first @nbits all clear? O(n/64). */
static inline bool bitmap_empty(const unsigned long *map, unsigned int nbits)
{
	return find_first_bit(map, nbits) == nbits;
}

/** bitmap_full() - are the first @nbits all set? O(n/64). */
static inline bool bitmap_full(const unsigned long *map, unsigned int nbits)
{
	return find_first_zero_bit(map, nbits) == nbits;
}

/**
 * bitmap_find_next_zero_area_off() - a run of clear bits at an aligned place.
 * @size: bits of @map
 * @start: where to begin
 * @nr: length of the run, > 0
 * @align_mask: 2^k - 1
 * @align_offset: the place plus this is a multiple of 2^k
 * Return: the first such place, > @size - @nr when there is none. O(n/64 + runs).
 */
unsigned long bitmap_find_next_zero_area_off(unsigned long *map, unsigned long size,
					     unsigned long start, unsigned int nr,
					     unsigned long align_mask, unsigned long align_offset)
	QUIRE_API(bitmap_find_next_zero_area_off);

/** bitmap_find_next_zero_area() - the same with @align_offset 0. */
static inline unsigned long bitmap_find_next_zero_area(unsigned long *map, unsigned long size,
						       unsigned long start, unsigned int nr,
						       unsigned long align_mask)
{
	return bitmap_find_next_zero_area_off(map, size, start, nr, align_mask, 0);
}

QUIRE_END_DECLS

#endif /* QUIRE_BITMAP_H */
