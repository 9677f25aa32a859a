/* SPDX-License-Identifier: MIT */
/*
 * config.h - what the build decided, as constants.
 *
 * Code says `if (QUIRE_CONFIG_DEBUG)` and never `#if`: both branches are always
 * compiled, so neither rots, and the dead one costs nothing. This file and
 * ports/ are the only places with conditional compilation.
 *
 *	macro given by the build    constant             meaning
 *	QUIRE_WITH_DEBUG=1          QUIRE_CONFIG_DEBUG   lock ranks, list checks, QUIRE_DEBUG_ASSERT
 *	(from the compiler)         QUIRE_BITS_PER_LONG  width of a bitmap's word
 *	(from the compiler)         QUIRE_CPU_RELAX()    hint in a spin loop
 *	(from the compiler)         QUIRE_CONFIG_TSAN    built for ThreadSanitizer
 *	QUIRE_WITH_LL64=1           quire_u64, quire_s64 64-bit integers are long long, as
 *	                                                 kernel code prints them (%llu), and not
 *	                                                 long
 *
 * A program that includes these headers may be built with or without
 * QUIRE_WITH_DEBUG, whatever the library was built with: no structure changes.
 */
#ifndef QUIRE_CONFIG_H
#define QUIRE_CONFIG_H

#ifdef QUIRE_WITH_DEBUG
enum { QUIRE_CONFIG_DEBUG = 1 };
#else
enum { QUIRE_CONFIG_DEBUG = 0 };
#endif

#ifdef __has_feature
enum { QUIRE_CONFIG_TSAN = __has_feature(thread_sanitizer) };
#elif defined(__SANITIZE_THREAD__)
enum { QUIRE_CONFIG_TSAN = 1 };
#else
enum { QUIRE_CONFIG_TSAN = 0 };
#endif

#ifdef QUIRE_WITH_LL64
typedef unsigned long long quire_u64;
typedef long long quire_s64;
#else
typedef __UINT64_TYPE__ quire_u64;
typedef __INT64_TYPE__ quire_s64;
#endif

#define QUIRE_BITS_PER_LONG (__SIZEOF_LONG__ * 8)

/* The processor's hint that this is a spin loop. */
#if defined(__x86_64__)
#define QUIRE_CPU_RELAX() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define QUIRE_CPU_RELAX() __asm__ __volatile__("yield" : : : "memory")
#else
#define QUIRE_CPU_RELAX() __asm__ __volatile__("" : : : "memory")
#endif

#if __SIZEOF_LONG__ != 8 || __SIZEOF_POINTER__ != 8
#error "Quire needs 64-bit longs and pointers (LP64): x86-64, aarch64, riscv64"
#endif

#endif /* QUIRE_CONFIG_H */
