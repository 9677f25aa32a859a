/* SPDX-License-Identifier: MIT */
/*
 * bitmap.c - searches and runs in bitmaps; see quire/bitmap.h.
 *
 * Every function treats the first and the last word by a mask and the words
 * between them whole.
 */
#include <quire/bitmap.h>

#include "base/string.h"

/* Searches @addr for a one after XOR with @flip: 0 finds set bits, ~0 finds clear ones. */
static unsigned long find_from(const unsigned long *addr, unsigned long size, unsigned long offset,
			       unsigned long flip)
{
	unsigned long word, at;

	if (offset >= size)
		return size;
	word = (addr[BIT_WORD(offset)] ^ flip) & BITMAP_FIRST_WORD_MASK(offset);
	at = round_down(offset, (unsigned long)BITS_PER_LONG);
	while (!word) {
		at += BITS_PER_LONG;
		if (at >= size)
			return size;
		word = addr[BIT_WORD(at)] ^ flip;
	}
	return min(at + __ffs(word), size);
}

unsigned long find_next_bit(const unsigned long *addr, unsigned long size, unsigned long offset)
{
	return find_from(addr, size, offset, 0);
}

unsigned long find_next_zero_bit(const unsigned long *addr, unsigned long size,
				 unsigned long offset)
{
	return find_from(addr, size, offset, ~0ul);
}

unsigned long find_last_bit(const unsigned long *addr, unsigned long size)
{
	unsigned long mask = BITMAP_LAST_WORD_MASK(size);
	unsigned long at = BITS_TO_LONGS(size);

	while (at--) {
		if (addr[at] & mask)
			return at * BITS_PER_LONG + __fls(addr[at] & mask);
		mask = ~0ul;
	}
	return size;
}

/* Writes ones (@value ~0) or zeroes (0) to the bits of *@word that @mask selects. */
static inline void write_masked(unsigned long *word, unsigned long mask, unsigned long value)
{
	*word = (*word & ~mask) | (value & mask);
}

static void write_run(unsigned long *map, unsigned long start, unsigned long len,
		      unsigned long value)
{
	unsigned long end = start + len;
	unsigned long *word = map + BIT_WORD(start), *last = map + BIT_WORD(end);
	unsigned long mask = BITMAP_FIRST_WORD_MASK(start);

	for (; word < last; word++) {
		write_masked(word, mask, value);
		mask = ~0ul;
	}
	mask &= ~BITMAP_FIRST_WORD_MASK(end);
	if (mask)
		write_masked(word, mask, value);
}

void bitmap_set(unsigned long *map, unsigned int start, unsigned int len)
{
	write_run(map, start, len, ~0ul);
}

void bitmap_clear(unsigned long *map, unsigned int start, unsigned int len)
{
	write_run(map, start, len, 0);
}

static size_t map_bytes(unsigned int nbits)
{
	return BITS_TO_LONGS((size_t)nbits) * sizeof(unsigned long);
}

void bitmap_zero(unsigned long *map, unsigned int nbits)
{
	memset(map, 0, map_bytes(nbits));
}

void bitmap_fill(unsigned long *map, unsigned int nbits)
{
	memset(map, 0xff, map_bytes(nbits));
}

void bitmap_copy(unsigned long *dst, const unsigned long *src, unsigned int nbits)
{
	memmove(dst, src, map_bytes(nbits));
}

bool bitmap_and(unsigned long *dst, const unsigned long *a, const unsigned long *b,
		unsigned int nbits)
{
	size_t i, words = BITS_TO_LONGS((size_t)nbits);

	for (i = 0; i < words; i++)
		dst[i] = a[i] & b[i];
	return !bitmap_empty(dst, nbits);
}

void bitmap_or(unsigned long *dst, const unsigned long *a, const unsigned long *b,
	       unsigned int nbits)
{
	size_t i, words = BITS_TO_LONGS((size_t)nbits);

	for (i = 0; i < words; i++)
		dst[i] = a[i] | b[i];
}

unsigned int bitmap_weight(const unsigned long *map, unsigned int nbits)
{
	unsigned long i, weight = 0;

	for (i = 0; i < BIT_WORD(nbits); i++)
		weight += hweight_long(map[i]);
	if (nbits % BITS_PER_LONG)
		weight += hweight_long(map[i] & BITMAP_LAST_WORD_MASK(nbits));
	return (unsigned int)weight;
}

unsigned long bitmap_find_next_zero_area_off(unsigned long *map, unsigned long size,
					     unsigned long start, unsigned int nr,
					     unsigned long align_mask, unsigned long align_offset)
{
	for (;;) {
		unsigned long at = find_next_zero_bit(map, size, start), end, taken;

		at = ((at + align_offset + align_mask) & ~align_mask) - align_offset;
		end = at + nr;
		if (end > size)
			return end;
		taken = find_next_bit(map, end, at);
		if (taken >= end)
			return at;
		start = taken + 1;
	}
}
