/* SPDX-License-Identifier: MIT */
/*
 * slab/pattern.h - patterns around objects, quickly: the checks and the writing that every
 * allocation and free of a debugging cache does. Layout: debug.h.
 *
 * 1. Most stretches are multiples of 8 bytes; others go by bytes. They go by pairs of words, what
 *    is left by one word, written and read in the same pieces: reading what was written apart as
 *    one would wait for the writes to reach the cache.
 * 2. Differences are gathered by "or" and looked at once: no branch for each word.
 * 3. What these must know of a slot they get as a struct shape, by value: so who knows parts of it
 *    when compiling (PLAIN_SHAPE: the slots of most caches) saves asking for them.
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

/*
 * Large objects: the whole RUNs of @n bytes, eight pairs at a time. Not in line, for who has small
 * ones. fill_runs() returns where it ended.
 */
#define RUN 128ul
unsigned char *fill_runs(unsigned char *p, u64 word, size_t n);
u64 runs_differ(const unsigned char *p, u64 want, size_t n);

/* @n bytes of @word, a multiple of 8. */
static PATTERN_INLINE void fill_words(void *to, u64 word, size_t n)
{
	const pattern_pair pair = { word, word };
	unsigned char *p = to, *end = p + (n & ~15ul);

	if (n >= RUN)
		p = fill_runs(p, word, n);
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

	if (n >= RUN) {
		bad[0] = runs_differ(p, want, n);
		p += n & ~(RUN - 1);
	}
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

/**
 * struct shape - the layout of a cache's slots (debug.h), and its flags.
 * @left, @right, @pad: bytes of the red zones and of the padding at the end
 * @object: bytes of an object
 * @info: from the object to its tracks
 * @pairs: known when compiling: @object is a multiple of 16, and kmalloc() is not asked for less
 */
struct shape {
	slab_flags_t flags;
	unsigned int left, object, right, info, pad;
	bool pairs;
};

/* FZPU, in the letters of slub_debug= (debug_options.c). */
#define ALL_DEBUG \
	(SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE | SLAB_POISON | __OBJECT_POISON | SLAB_STORE_USER)

/* With all of them, of a cache with __SLAB_PLAIN_SLOTS. */
#define PLAIN_ZONE 8u
#define PLAIN_SHAPE(s)                                                                             \
	(struct shape)                                                                             \
	{                                                                                          \
		.flags = ALL_DEBUG, .left = PLAIN_ZONE, .object = (s)->object_size,                \
		.right = PLAIN_ZONE, .info = (s)->object_size + 2 * PLAIN_ZONE, .pad = PLAIN_ZONE, \
		.pairs = true                                                                      \
	}
/** shape_of() - of any cache. @flags: its, or those of them that the caller will ask for. */
static PATTERN_INLINE struct shape shape_of(const struct kmem_cache *s, slab_flags_t flags)
{
	return (struct shape){ .flags = flags,
			       .left = s->red_left_pad,
			       .object = READ_ONCE(s->object_size),
			       .right = READ_ONCE(s->inuse) - READ_ONCE(s->object_size),
			       .info = info_end_by(s, flags),
			       .pad = padding_end(s) - info_end_by(s, flags) - info_bytes(flags),
			       .pairs = false };
}

/* Poison of a free object, the last byte of which differs. */
static PATTERN_INLINE u64 poison_differs(const unsigned char *p, struct shape sh)
{
	const pattern_pair end = { POISON_FREE * ONES, POISON_LAST_WORD };
	const size_t n = sh.object;
	pattern_pair bad;

	if (!sh.pairs && unlikely(n % 8))
		return (u64)(unsigned long)pattern_check(p, POISON_FREE, n - 1) |
		       (p[n - 1] ^ POISON_END);
	if (!sh.pairs && unlikely(n == 8))
		return load_word(p) ^ POISON_LAST_WORD;
	bad = *(const pattern_pair_at *)(p + n - 16) ^ end;
	return bad[0] | bad[1] |
	       words_differ(p, POISON_FREE * ONES, sh.pairs ? (n - 16) & ~15ul : n - 16);
}

static PATTERN_INLINE void fill_poison(unsigned char *p, struct shape sh)
{
	const pattern_pair end = { POISON_FREE * ONES, POISON_LAST_WORD };
	const size_t n = sh.object;

	if (!sh.pairs && unlikely(n % 8)) {
		pattern_fill(p, POISON_FREE, n - 1);
		p[n - 1] = POISON_END;
	} else if (!sh.pairs && unlikely(n == 8)) {
		*(pattern_word_at *)p = POISON_LAST_WORD;
	} else {
		fill_words(p, POISON_FREE * ONES, sh.pairs ? (n - 16) & ~15ul : n - 16);
		*(pattern_pair_at *)(p + n - 16) = end;
	}
}

/* Bytes behind what kmalloc() was asked for. */
static PATTERN_INLINE u64 rest_differs(const struct kmem_cache *s, const unsigned char *p,
				       struct shape sh)
{
	const unsigned int asked = *orig_size_of(s, p);

	return asked < sh.object ? bytes_differ(p + asked, SLUB_RED_ACTIVE, sh.object - asked) : 0;
}

/**
 * object_whole() - are the patterns right? The quick half of check_object(), which does not look
 * at the free pointer and says nothing.
 */
static PATTERN_INLINE bool object_whole(const struct kmem_cache *s, const void *object,
					unsigned char red, struct shape sh)
{
	const unsigned char *p = object;
	u64 bad = 0;

	if (sh.flags & SLAB_RED_ZONE) {
		bad = bytes_differ(p - sh.left, red, sh.left) |
		      bytes_differ(p + sh.object, red, sh.right);
		if (red == SLUB_RED_ACTIVE && flags_keep_size(sh.flags))
			bad |= rest_differs(s, p, sh);
	} else if (sh.flags & SLAB_POISON && sh.right) {
		bad = bytes_differ(p + sh.object, POISON_INUSE, sh.right);
	}
	if (sh.flags & SLAB_POISON) {
		if (red != SLUB_RED_ACTIVE && sh.flags & __OBJECT_POISON)
			bad |= poison_differs(p, sh);
		if (sh.pad)
			bad |= bytes_differ(p + sh.info + info_bytes(sh.flags), POISON_INUSE,
					    sh.pad);
	}
	return !bad;
}

/**
 * mark_taken() - patterns of an object that goes into use, @asked bytes of it. What the checks saw
 * of the poison need not be written again.
 */
static PATTERN_INLINE void mark_taken(struct kmem_cache *s, void *object, unsigned int asked,
				      struct shape sh)
{
	const slab_flags_t all = SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE | SLAB_POISON;
	unsigned char *p = object;

	if ((sh.flags & all) != all || (!sh.pairs && unlikely(!asked))) {
		if (sh.flags & (SLAB_RED_ZONE | SLAB_POISON))
			init_object(s, object, SLUB_RED_ACTIVE);
		return;
	}
	fill_bytes(p - sh.left, SLUB_RED_ACTIVE, sh.left);
	if (likely(asked == sh.object)) {
		fill_bytes(p + asked, SLUB_RED_ACTIVE, sh.right);
		return;
	}
	if (sh.flags & __OBJECT_POISON)
		p[asked - 1] = POISON_END;
	pattern_fill(p + asked, SLUB_RED_ACTIVE, sh.object + sh.right - asked);
}

/** mark_given() - patterns of an object that is free from here on. */
static PATTERN_INLINE void mark_given(void *object, struct shape sh)
{
	unsigned char *p = object;

	if (sh.flags & __OBJECT_POISON)
		fill_poison(p, sh);
	if (sh.flags & SLAB_RED_ZONE) {
		fill_bytes(p - sh.left, SLUB_RED_INACTIVE, sh.left);
		fill_bytes(p + sh.object, SLUB_RED_INACTIVE, sh.right);
	}
}

#endif /* QUIRE_SLAB_PATTERN_H */
