/* SPDX-License-Identifier: MIT */
/*
 * bitmap.c - operations on whole bitmaps that the core has no use for; see surface/bits.h.
 *
 * Bits behind the last one are nobody's: they are written by operations that make words, and
 * never looked at.
 */
#include <linux/kernel.h>

/* The bits of word @i that belong to a map of @nbits. */
static unsigned long mask_of(unsigned int i, unsigned int nbits)
{
	return i == nbits / BITS_PER_LONG ? BITMAP_LAST_WORD_MASK(nbits) : ~0ul;
}

void bitmap_xor(unsigned long *dst, const unsigned long *a, const unsigned long *b,
		unsigned int nbits)
{
	unsigned int i;

	for (i = 0; i < BITS_TO_LONGS(nbits); i++)
		dst[i] = a[i] ^ b[i];
}

bool bitmap_andnot(unsigned long *dst, const unsigned long *a, const unsigned long *b,
		   unsigned int nbits)
{
	unsigned long any = 0;
	unsigned int i;

	for (i = 0; i < BITS_TO_LONGS(nbits); i++)
		any |= (dst[i] = a[i] & ~b[i] & mask_of(i, nbits));
	return any != 0;
}

void bitmap_complement(unsigned long *dst, const unsigned long *src, unsigned int nbits)
{
	unsigned int i;

	for (i = 0; i < BITS_TO_LONGS(nbits); i++)
		dst[i] = ~src[i];
}

bool bitmap_equal(const unsigned long *a, const unsigned long *b, unsigned int nbits)
{
	unsigned int i;

	for (i = 0; i < BITS_TO_LONGS(nbits); i++)
		if ((a[i] ^ b[i]) & mask_of(i, nbits))
			return false;
	return true;
}

bool bitmap_or_equal(const unsigned long *a, const unsigned long *b, const unsigned long *c,
		     unsigned int nbits)
{
	unsigned int i;

	for (i = 0; i < BITS_TO_LONGS(nbits); i++)
		if (((a[i] | b[i]) ^ c[i]) & mask_of(i, nbits))
			return false;
	return true;
}

bool bitmap_intersects(const unsigned long *a, const unsigned long *b, unsigned int nbits)
{
	return find_next_and_bit(a, b, nbits, 0) < nbits;
}

bool bitmap_subset(const unsigned long *a, const unsigned long *b, unsigned int nbits)
{
	return find_next_andnot_bit(a, b, nbits, 0) >= nbits;
}

/* The word of @src at bit @at, bits outside the map being 0; @at may be negative. */
static unsigned long word_at(const unsigned long *src, long at, unsigned int nbits)
{
	long i = at >> 6;
	unsigned int by = (unsigned int)at & (BITS_PER_LONG - 1);
	long words = BITS_TO_LONGS((long)nbits);
	unsigned long low = 0, high = 0;

	if (i >= 0 && i < words)
		low = src[i] & mask_of((unsigned int)i, nbits);
	if (i + 1 >= 0 && i + 1 < words)
		high = src[i + 1] & mask_of((unsigned int)i + 1, nbits);
	return by ? low >> by | high << (BITS_PER_LONG - by) : low;
}

void bitmap_shift_right(unsigned long *dst, const unsigned long *src, unsigned int shift,
			unsigned int nbits)
{
	unsigned int i;

	for (i = 0; i < BITS_TO_LONGS(nbits); i++)
		dst[i] = word_at(src, (long)i * BITS_PER_LONG + shift, nbits);
}

void bitmap_shift_left(unsigned long *dst, const unsigned long *src, unsigned int shift,
		       unsigned int nbits)
{
	unsigned int i;

	for (i = BITS_TO_LONGS(nbits); i-- > 0;)
		dst[i] = word_at(src, (long)i * BITS_PER_LONG - (long)shift, nbits);
}

void bitmap_replace(unsigned long *dst, const unsigned long *was, const unsigned long *now,
		    const unsigned long *mask, unsigned int nbits)
{
	unsigned int i;

	for (i = 0; i < BITS_TO_LONGS(nbits); i++)
		dst[i] = (was[i] & ~mask[i]) | (now[i] & mask[i]);
}

/* The first set bit of @a & (@b ^ @flip) in [@offset, @size), or @size. */
static unsigned long find_in_two(const unsigned long *a, const unsigned long *b, unsigned long flip,
				 unsigned long size, unsigned long offset)
{
	unsigned long i = offset / BITS_PER_LONG, word;

	if (offset >= size)
		return size;
	word = a[i] & (b[i] ^ flip) & BITMAP_FIRST_WORD_MASK(offset);
	while (!word) {
		if (++i * BITS_PER_LONG >= size)
			return size;
		word = a[i] & (b[i] ^ flip);
	}
	return min(i * BITS_PER_LONG + __ffs(word), size);
}

unsigned long find_next_and_bit(const unsigned long *a, const unsigned long *b, unsigned long size,
				unsigned long offset)
{
	return find_in_two(a, b, 0, size, offset);
}

unsigned long find_next_andnot_bit(const unsigned long *a, const unsigned long *b,
				   unsigned long size, unsigned long offset)
{
	return find_in_two(a, b, ~0ul, size, offset);
}

unsigned long find_nth_bit(const unsigned long *map, unsigned long size, unsigned long n)
{
	unsigned long bit;

	for_each_set_bit (bit, map, size)
		if (n-- == 0)
			break;
	return bit;
}

void bitmap_copy_clear_tail(unsigned long *dst, const unsigned long *src, unsigned int nbits)
{
	unsigned int i;

	for (i = 0; i < BITS_TO_LONGS(nbits); i++)
		dst[i] = src[i] & mask_of(i, nbits);
}

void bitmap_from_arr32(unsigned long *map, const u32 *words, unsigned int nbits)
{
	unsigned int i;

	for (i = 0; i < BITS_TO_LONGS(nbits); i++) {
		map[i] = words[2 * i];
		if (2 * i + 1 < BITS_TO_U32(nbits))
			map[i] |= (unsigned long)words[2 * i + 1] << 32;
	}
	bitmap_copy_clear_tail(map, map, nbits);
}

void bitmap_to_arr32(u32 *words, const unsigned long *map, unsigned int nbits)
{
	unsigned int i;

	for (i = 0; i < BITS_TO_U32(nbits); i++)
		words[i] = (u32)((map[i / 2] & mask_of(i / 2, nbits)) >> (i % 2 * 32));
}

void bitmap_to_arr64(u64 *words, const unsigned long *map, unsigned int nbits)
{
	bitmap_copy_clear_tail((unsigned long *)words, map, nbits);
}

unsigned long bitmap_get_value8(const unsigned long *map, unsigned long start)
{
	return (map[BIT_WORD(start)] >> (start % BITS_PER_LONG)) & 0xff;
}

void bitmap_set_value8(unsigned long *map, unsigned long value, unsigned long start)
{
	unsigned long *word = &map[BIT_WORD(start)];

	*word = (*word & ~(0xfful << (start % BITS_PER_LONG))) | value << (start % BITS_PER_LONG);
}

unsigned long quire_next_clump8(unsigned long *clump, const unsigned long *map, unsigned long size,
				unsigned long offset)
{
	offset = find_next_bit(map, size, offset);
	if (offset == size)
		return size;
	offset = round_down(offset, 8);
	*clump = bitmap_get_value8(map, offset);
	return offset;
}

/*
 * Bits below @first stay, those from @first + @cut on move down. As on Linux these are the bits of
 * whole words: what stands behind the last bit, in its word, comes in, too.
 */
void bitmap_cut(unsigned long *dst, const unsigned long *src, unsigned int first, unsigned int cut,
		unsigned int nbits)
{
	unsigned long keep = BITMAP_FIRST_WORD_MASK(first), word;
	unsigned int i, at = first / BITS_PER_LONG;

	memmove(dst, src, at * sizeof(*dst));
	for (i = at; i < BITS_TO_LONGS(nbits); i++) {
		word = word_at(src, (long)i * BITS_PER_LONG + cut,
			       round_up(nbits, (unsigned int)BITS_PER_LONG));
		dst[i] = i == at ? (src[i] & ~keep) | (word & keep) : word;
	}
}
