/* SPDX-License-Identifier: MIT */
/*
 * slab/pattern.h - patterns around objects, quickly: the checks and the writing that every
 * allocation and free of a debugging cache does. Layout: debug.h.
 *
 * 1. Sizes are multiples of 8 but for what kmalloc() was asked for. Runs go by pairs of words, what
 *    is left by one word: reading then never joins what was written apart, which would wait for the
 *    writes to reach the cache.
 * 2. Differences are gathered by "or" and looked at once: no branch for each word.
 * 3. @flags are those of the cache, passed on by who knows some of them when compiling.
 *
 * These say only whether all is well; who wrote where is found out by check_object().
 */
#ifndef QUIRE_SLAB_PATTERN_H
#define QUIRE_SLAB_PATTERN_H

#include "slab/debug.h"

#define PATTERN_INLINE inline __attribute__((always_inline))

#define ONES 0x0101010101010101ull
/* The last 8 bytes of a free object, as a word is loaded. */
#define POISON_LAST_WORD                                                           \
	(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__                                 \
		 ? (POISON_FREE * ONES & ~(0xffull << 56)) | (u64)POISON_END << 56 \
		 : (POISON_FREE * ONES & ~0xffull) | POISON_END)

typedef u64 pattern_pair __attribute__((vector_size(16)));
/* How they lie in memory: at any address of a word. */
typedef pattern_pair pattern_pair_at __attribute__((aligned(8), may_alias));
typedef u64 pattern_word_at __attribute__((aligned(1), may_alias));

static PATTERN_INLINE u64 load_word(const void *p)
{
	return *(const pattern_word_at *)p;
}

/* @n bytes of @word, a multiple of 8. */
static PATTERN_INLINE void fill_words(void *to, u64 word, size_t n)
{
	const pattern_pair pair = { word, word };
	unsigned char *p = to, *end = p + (n & ~15ul);

	for (; p != end; p += 16)
		*(pattern_pair_at *)p = pair;
	if (n & 8)
		*(pattern_word_at *)p = word;
}

/* Differences of @n bytes, a multiple of 8, from @want; 0: none. */
static PATTERN_INLINE u64 words_differ(const void *from, u64 want, size_t n)
{
	const pattern_pair pair = { want, want };
	const unsigned char *p = from, *end = p + (n & ~15ul);
	pattern_pair bad = { 0, 0 };

	for (; p != end; p += 16)
		bad |= *(const pattern_pair_at *)p ^ pair;
	return bad[0] | bad[1] | (n & 8 ? load_word(p) ^ want : 0);
}

/* The same of @n bytes of any number; most are one word. */
static PATTERN_INLINE u64 bytes_differ(const void *p, unsigned char value, size_t n)
{
	if (likely(n == 8))
		return load_word(p) ^ value * ONES;
	return n % 8 ? (u64)(unsigned long)pattern_check(p, value, n)
		     : words_differ(p, value * ONES, n);
}

static PATTERN_INLINE void fill_bytes(void *p, unsigned char value, size_t n)
{
	if (likely(n == 8))
		*(pattern_word_at *)p = value * ONES;
	else if (n % 8)
		pattern_fill(p, value, n);
	else
		fill_words(p, value * ONES, n);
}

/* Poison of a free object of @n bytes, the last of which differs. */
static PATTERN_INLINE u64 poison_differs(const unsigned char *p, size_t n)
{
	const pattern_pair end = { POISON_FREE * ONES, POISON_LAST_WORD };
	pattern_pair bad;

	if (unlikely(n % 8))
		return (u64)(unsigned long)pattern_check(p, POISON_FREE, n - 1) |
		       (p[n - 1] ^ POISON_END);
	if (unlikely(n == 8))
		return load_word(p) ^ POISON_LAST_WORD;
	bad = *(const pattern_pair_at *)(p + n - 16) ^ end;
	return words_differ(p, POISON_FREE * ONES, n - 16) | bad[0] | bad[1];
}

static PATTERN_INLINE void fill_poison(unsigned char *p, size_t n)
{
	const pattern_pair end = { POISON_FREE * ONES, POISON_LAST_WORD };

	if (unlikely(n % 8)) {
		pattern_fill(p, POISON_FREE, n - 1);
		p[n - 1] = POISON_END;
	} else if (unlikely(n == 8)) {
		*(pattern_word_at *)p = POISON_LAST_WORD;
	} else {
		fill_words(p, POISON_FREE * ONES, n - 16);
		*(pattern_pair_at *)(p + n - 16) = end;
	}
}

/**
 * object_whole() - are the patterns right? The quick half of check_object(), which does not look
 * at the free pointer and says nothing.
 */
static PATTERN_INLINE bool object_whole(const struct kmem_cache *s, const void *object,
					unsigned char red, slab_flags_t flags)
{
	const unsigned int gap = s->inuse - s->object_size;
	const unsigned char *p = object;
	u64 bad = 0;

	if (flags & SLAB_RED_ZONE) {
		bad = bytes_differ(p - s->red_left_pad, red, s->red_left_pad) |
		      bytes_differ(p + s->object_size, red, gap);
		if (red == SLUB_RED_ACTIVE && flags_keep_size(flags) &&
		    *orig_size_of(s, object) < s->object_size)
			bad |= bytes_differ(p + *orig_size_of(s, object), red,
					    s->object_size - *orig_size_of(s, object));
	} else if (flags & SLAB_POISON && gap) {
		bad = bytes_differ(p + s->object_size, POISON_INUSE, gap);
	}
	if (flags & SLAB_POISON) {
		const unsigned int pad = padding_start_by(s, flags);

		if (red != SLUB_RED_ACTIVE && flags & __OBJECT_POISON)
			bad |= poison_differs(p, s->object_size);
		if (pad != padding_end(s))
			bad |= bytes_differ(p + pad, POISON_INUSE, padding_end(s) - pad);
	}
	return !bad;
}

/**
 * mark_taken() - patterns of an object that goes into use, @asked bytes of it. What the checks saw
 * of the poison need not be written again.
 */
static PATTERN_INLINE void mark_taken(struct kmem_cache *s, void *object, unsigned int asked,
				      slab_flags_t flags)
{
	const slab_flags_t all = SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE | SLAB_POISON;
	unsigned char *p = object;

	if ((flags & all) != all || unlikely(!asked)) {
		if (flags & (SLAB_RED_ZONE | SLAB_POISON))
			init_object(s, object, SLUB_RED_ACTIVE);
		return;
	}
	fill_bytes(p - s->red_left_pad, SLUB_RED_ACTIVE, s->red_left_pad);
	if (unlikely(asked != s->object_size)) {
		if (flags & __OBJECT_POISON)
			p[asked - 1] = POISON_END;
		pattern_fill(p + asked, SLUB_RED_ACTIVE, s->inuse - asked);
	} else {
		fill_bytes(p + asked, SLUB_RED_ACTIVE, s->inuse - asked);
	}
}

/** mark_given() - patterns of an object that is free from here on. */
static PATTERN_INLINE void mark_given(struct kmem_cache *s, void *object, slab_flags_t flags)
{
	unsigned char *p = object;

	if (flags & __OBJECT_POISON)
		fill_poison(p, s->object_size);
	if (flags & SLAB_RED_ZONE) {
		fill_bytes(p - s->red_left_pad, SLUB_RED_INACTIVE, s->red_left_pad);
		fill_bytes(p + s->object_size, SLUB_RED_INACTIVE, s->inuse - s->object_size);
	}
}

#endif /* QUIRE_SLAB_PATTERN_H */
