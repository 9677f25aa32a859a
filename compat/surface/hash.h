/* SPDX-License-Identifier: MIT */
/*
 * surface/hash.h - hash functions: by multiplication, and Bob Jenkins' lookup3.
 *
 * 1. hash_32(), hash_64(): the key times 2^n / golden ratio; the highest bits are the best.
 * 2. jhash(), jhash2(): three words are mixed by subtractions, exclusive ors and rotations;
 *    every bit of the key changes every bit of the result.
 *
 * Sources: D. E. Knuth, "The Art of Computer Programming" 3, 6.4; Bob Jenkins, lookup3.c (2006,
 * public domain), with Linux's start value.
 */
#ifndef COMPAT_SURFACE_HASH_H
#define COMPAT_SURFACE_HASH_H

#include "bits.h"

#define GOLDEN_RATIO_32	       0x61C88647u
#define GOLDEN_RATIO_64	       0x61C8864680B583EBull
#define GOLDEN_RATIO_PRIME     GOLDEN_RATIO_64
#define __hash_32(val)	       ((u32)(val)*GOLDEN_RATIO_32)
#define __hash_32_generic(val) __hash_32(val)

/** hash_32(), hash_64() - @val spread over @bits bits, 1 .. 32 (64). */
static inline u32 hash_32(u32 val, unsigned int bits)
{
	return __hash_32(val) >> (32 - bits);
}

static __always_inline u32 hash_64(u64 val, unsigned int bits)
{
	return (u32)((val * GOLDEN_RATIO_64) >> (64 - bits));
}
#define hash_64_generic(val, bits) hash_64(val, bits)
#define hash_long(val, bits)	   hash_64(val, bits)

static inline u32 hash_ptr(const void *ptr, unsigned int bits)
{
	return hash_long((unsigned long)ptr, bits);
}

/** hash32_ptr() - a pointer's two halves folded; for keys that are hashed again. */
static inline u32 hash32_ptr(const void *ptr)
{
	return (u32)(uintptr_t)ptr ^ (u32)((u64)(uintptr_t)ptr >> 32);
}

#define JHASH_INITVAL 0xdeadbeefu
#define jhash_size(n) ((u32)1 << (n))
#define jhash_mask(n) (jhash_size(n) - 1)

/** jhash() - @length bytes of @key, from @initval on; any alignment. O(length). */
u32 jhash(const void *key, u32 length, u32 initval);
/** jhash2() - @length words of @key: another function than jhash() of as many bytes. */
u32 jhash2(const u32 *key, u32 length, u32 initval);
u32 jhash_3words(u32 a, u32 b, u32 c, u32 initval);

static inline u32 jhash_2words(u32 a, u32 b, u32 initval)
{
	return jhash_3words(a, b, 0, initval + (2u << 2) - (3u << 2));
}

static inline u32 jhash_1word(u32 a, u32 initval)
{
	return jhash_3words(a, 0, 0, initval + (1u << 2) - (3u << 2));
}

#endif /* COMPAT_SURFACE_HASH_H */
