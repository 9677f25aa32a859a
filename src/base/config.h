/* SPDX-License-Identifier: MIT */
/*
 * base/config.h - the build's choices as seen by src/; see quire/config.h.
 *
 * The only file below src/ that may use #if.
 */
#ifndef QUIRE_BASE_CONFIG_H
#define QUIRE_BASE_CONFIG_H

#include <quire/config.h>

/* A hash of the sources that the build made; 0: it made none. */
#ifdef QUIRE_WITH_SOURCE_ID
#define QUIRE_SOURCE_ID QUIRE_WITH_SOURCE_ID
#else
#define QUIRE_SOURCE_ID 0ull
#endif

/*
 * The signs of sixteen 32-bit numbers, four vectors of four, as the bits of a mask; where
 * QUIRE_HAVE_SIGNS is 0, in more than three instructions, and so not at all (lanes.h).
 */
#ifdef __SSE2__
enum { QUIRE_HAVE_SIGNS = 1 };
typedef int quire_signs_words __attribute__((vector_size(16)));
typedef char quire_signs_bytes __attribute__((vector_size(16)));
#define QUIRE_SIGNS(a, b, c, d)                                                                  \
	((unsigned int)__builtin_ia32_pmovmskb128((quire_signs_bytes)__builtin_ia32_packsswb128( \
		__builtin_ia32_packssdw128((quire_signs_words)(a), (quire_signs_words)(b)),      \
		__builtin_ia32_packssdw128((quire_signs_words)(c), (quire_signs_words)(d)))))
#else
enum { QUIRE_HAVE_SIGNS = 0 };
#define QUIRE_SIGNS(a, b, c, d) ((void)(a), (void)(b), (void)(c), (void)(d), 0u)
#endif

/* Where a number of 64 bits lies, its lower half is the first. */
enum { QUIRE_LOW_HALF_FIRST = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ };

#endif /* QUIRE_BASE_CONFIG_H */
