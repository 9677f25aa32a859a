/* SPDX-License-Identifier: MIT */
/*
 * surface/base.h - what every kernel source file may take for granted.
 *
 * Kernel code includes a header and uses what that header happens to pull in. So most headers
 * of compat/linux are this one: types, compiler, numbers, bits, errors, log, strings.
 *
 *	linux/kconfig.h, types.h  <-  compiler.h  <-  math.h, bug.h, err.h
 *	   <-  bits.h, overflow.h, printk.h, refcount.h  <-  string.h, hash.h  <-  here
 *
 * Lists, trees, pages and objects have headers of their own; services.h comes at the end.
 */
#ifndef COMPAT_SURFACE_BASE_H
#define COMPAT_SURFACE_BASE_H

#include <asm/types.h>
#include <endian.h>
#include <linux/kconfig.h>
#include <linux/limits.h>
#include <linux/stddef.h>
#include <linux/types.h>
#include <stdarg.h>

#include "bits.h"
#include "bug.h"
#include "compiler.h"
#include "err.h"
#include "hash.h"
#include "math.h"
#include "overflow.h"
#include "printk.h"
#include "refcount.h"
#include "string.h"

/** REPEAT_BYTE() - @x in each byte of a word. */
#define REPEAT_BYTE(x)	    ((~0ul / 0xff) * (x))
/** PTR_IF() - @ptr when @cond, else NULL. */
#define PTR_IF(cond, ptr)   ((cond) ? (ptr) : NULL)
#define u64_to_user_ptr(x)  ((void *)(uintptr_t)(x))
#define typeof_member(T, m) __typeof__(((T *)0)->m)
#define container_of_safe(ptr, type, member) \
	(IS_ERR_OR_NULL(ptr) ? (void *)(ptr) : container_of(ptr, type, member))
#define container_of_const(ptr, type, member) container_of(ptr, type, member)
#define READ				      0
#define WRITE				      1

/* Poison: what freed memory holds. */
#define POISON_POINTER_DELTA 0xdead000000000000ul
#define TIMER_ENTRY_STATIC   ((void *)0xdead000000000300ul)
#define PAGE_POISON	     0xaa
#define POISON_FREE_INITMEM  0xcc
#define MUTEX_DEBUG_FREE     0x22
#define KEY_DESTROY	     0xbd
#ifndef POISON_INUSE
#define POISON_INUSE 0x5a
#endif
#ifndef POISON_FREE
#define POISON_FREE 0x6b
#endif
#ifndef POISON_END
#define POISON_END 0xa5
#endif
#ifndef SLUB_RED_INACTIVE
#define SLUB_RED_INACTIVE 0xbb
#endif
#ifndef SLUB_RED_ACTIVE
#define SLUB_RED_ACTIVE 0xcc
#endif
#define POOL_POISON_FREED     0xa7
#define POOL_POISON_ALLOCATED 0xa9

/* export.h: everything is one program. */
#define EXPORT_SYMBOL(name)
#define EXPORT_SYMBOL_GPL(name)
#define EXPORT_SYMBOL_NS(name, ns)
#define EXPORT_SYMBOL_NS_GPL(name, ns)
#define EXPORT_SYMBOL_FOR_TESTS_ONLY(name)

/*
 * The C library names both orders and says in __BYTE_ORDER which one is; a kernel has the name of
 * its own alone, and code asks by #ifdef. What the C library compares with the other one's name
 * compares with 0 then. Its header has come, so that it does not come back.
 */
#undef __BIG_ENDIAN
#define __LITTLE_ENDIAN_BITFIELD

#define cpu_to_le16(x) ((__le16)(u16)(x))
#define cpu_to_le32(x) ((__le32)(u32)(x))
#define cpu_to_le64(x) ((__le64)(u64)(x))
#define le16_to_cpu(x) ((u16)(x))
#define le32_to_cpu(x) ((u32)(x))
#define le64_to_cpu(x) ((u64)(x))
#define cpu_to_be16(x) ((__be16)__builtin_bswap16((u16)(x)))
#define cpu_to_be32(x) ((__be32)__builtin_bswap32((u32)(x)))
#define cpu_to_be64(x) ((__be64)__builtin_bswap64((u64)(x)))
#define be16_to_cpu(x) __builtin_bswap16((u16)(x))
#define be32_to_cpu(x) __builtin_bswap32((u32)(x))
#define be64_to_cpu(x) __builtin_bswap64((u64)(x))

/* By a pointer (p), and in place (s). Pointers to anything come here: these are functions. */
#define __QUIRE_BYTE_ORDER(order, bits)                                         \
	static inline u##bits order##bits##_to_cpup(const __##order##bits *p)   \
	{                                                                       \
		return order##bits##_to_cpu(*p);                                \
	}                                                                       \
	static inline __##order##bits cpu_to_##order##bits##p(const u##bits *p) \
	{                                                                       \
		return cpu_to_##order##bits(*p);                                \
	}                                                                       \
	static inline void order##bits##_to_cpus(u##bits *p)                    \
	{                                                                       \
		*p = order##bits##_to_cpu(*p);                                  \
	}                                                                       \
	static inline void cpu_to_##order##bits##s(u##bits *p)                  \
	{                                                                       \
		*p = cpu_to_##order##bits(*p);                                  \
	}
__QUIRE_BYTE_ORDER(le, 16)
__QUIRE_BYTE_ORDER(le, 32)
__QUIRE_BYTE_ORDER(le, 64)
__QUIRE_BYTE_ORDER(be, 16)
__QUIRE_BYTE_ORDER(be, 32)
__QUIRE_BYTE_ORDER(be, 64)

static inline void le16_add_cpu(__le16 *p, u16 n)
{
	*p = cpu_to_le16(le16_to_cpu(*p) + n);
}

static inline void le32_add_cpu(__le32 *p, u32 n)
{
	*p = cpu_to_le32(le32_to_cpu(*p) + n);
}

static inline void be32_add_cpu(__be32 *p, u32 n)
{
	*p = cpu_to_be32(be32_to_cpu(*p) + n);
}

/* Tasks, locks, time and kin: kernel headers bring them everywhere. Last, as they need this. */
#include "services.h"

#endif /* COMPAT_SURFACE_BASE_H */
