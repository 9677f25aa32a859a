/* SPDX-License-Identifier: MIT */
/*
 * api.h - how public symbols are named.
 *
 * Quire uses Linux's names in source. So that a program may link Quire next to
 * anything else, the object file never shows them: each public prototype
 * carries an asm label, and `alloc_pages` becomes the symbol
 * `quire_alloc_pages`. Names that already start with quire_ use QUIRE_PUBLIC.
 * GCC and Clang only.
 */
#ifndef QUIRE_API_H
#define QUIRE_API_H

/** QUIRE_PUBLIC - exported under its own name. */
#define QUIRE_PUBLIC __attribute__((visibility("default")))

/** QUIRE_API(name) - exported as quire_<name>; stands after the parameter list. */
#define QUIRE_API(name) __asm__("quire_" #name) __attribute__((visibility("default")))

/** QUIRE_PRINTF(fmt, args) - printf-like checking of arguments. */
#define QUIRE_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/** QUIRE_UNWATCHED - reads memory that code watched by AddressSanitizer must not touch. */
#define QUIRE_UNWATCHED	 __attribute__((no_sanitize("address")))
/** QUIRE_MUST_CHECK - ignoring the result is a bug. */
#define QUIRE_MUST_CHECK __attribute__((warn_unused_result))

#ifdef __cplusplus
#define QUIRE_BEGIN_DECLS extern "C" {
#define QUIRE_END_DECLS	  }
#else
#define QUIRE_BEGIN_DECLS
#define QUIRE_END_DECLS
#endif

#endif /* QUIRE_API_H */
