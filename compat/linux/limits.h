/* SPDX-License-Identifier: MIT */
/*
 * linux/limits.h - the system's file of this name, and the largest and smallest values of kernel
 * types.
 *
 * The C library's own headers include it and find this file first when compat/ comes
 * first on the include path: they get what they expect.
 */
#ifndef COMPAT_LINUX_LIMITS_H
#define COMPAT_LINUX_LIMITS_H

#include_next <linux/limits.h>

#include <limits.h>
#include <stdint.h>

/* Largest and smallest values of Linux's fixed-width types. */
#define U8_MAX	((unsigned char)~0U)
#define S8_MAX	((signed char)(U8_MAX >> 1))
#define S8_MIN	((signed char)(-S8_MAX - 1))
#define U16_MAX ((unsigned short)~0U)
#define S16_MAX ((short)(U16_MAX >> 1))
#define S16_MIN ((short)(-S16_MAX - 1))
#define U32_MAX (~0U)
#define S32_MAX ((int)(U32_MAX >> 1))
#define S32_MIN (-S32_MAX - 1)
#define U64_MAX (~0ULL)
#define S64_MAX ((long long)(U64_MAX >> 1))
#define S64_MIN (-S64_MAX - 1)
#ifndef PHYS_ADDR_MAX
#define PHYS_ADDR_MAX (~0ULL)
#endif
#ifndef RESOURCE_SIZE_MAX
#define RESOURCE_SIZE_MAX PHYS_ADDR_MAX
#endif

#endif /* COMPAT_LINUX_LIMITS_H */
