/* SPDX-License-Identifier: MIT */
/*
 * types.h - the integer types and the few macros every header needs.
 *
 * Freestanding: only compiler headers. Safe beside any libc header, in either
 * order: a macro that a libc may define is defined here only when missing.
 */
#ifndef QUIRE_TYPES_H
#define QUIRE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <quire/config.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef quire_u64 u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef quire_s64 s64;

/** typedef phys_addr_t - a physical address, bytes. */
typedef u64 phys_addr_t;
/** typedef gfp_t - allocation flags, see gfp.h. */
typedef unsigned int gfp_t;
/** typedef pgoff_t - an offset in pages. */
typedef unsigned long pgoff_t;

/** struct list_head - a node of, or the head of, a circular doubly linked list. */
struct list_head {
	struct list_head *next, *prev;
};

/** typedef atomic_t - a counter changed only by the functions of atomic.h. */
typedef struct {
	int counter;
} atomic_t;

/** typedef atomic_long_t - as atomic_t, one word wide. */
typedef struct {
	long counter;
} atomic_long_t;

#ifndef likely
#define likely(x) __builtin_expect(!!(x), 1)
#endif
#ifndef unlikely
#define unlikely(x) __builtin_expect(!!(x), 0)
#endif

/*
 * READ_ONCE, WRITE_ONCE - one access, neither torn nor repeated: relaxed atomics, so that
 * ThreadSanitizer knows them for what they are. Scalars only.
 */
#ifndef READ_ONCE
#define READ_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#endif
#ifndef WRITE_ONCE
#define WRITE_ONCE(x, v) __atomic_store_n(&(x), (v), __ATOMIC_RELAXED)
#endif

#ifndef container_of
#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))
#endif

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#endif

/** pgprot_t - what a page-table entry says beside the frame: a fresh leaf's bits in the machine's
 * format, see mmu.h. */
typedef struct {
	unsigned long pgprot;
} pgprot_t;

#define __quire_aligned(n) __attribute__((aligned(n)))
#define QUIRE_CACHELINE	   64

#endif /* QUIRE_TYPES_H */
