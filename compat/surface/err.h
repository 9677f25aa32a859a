/* SPDX-License-Identifier: MIT */
/*
 * surface/err.h - pointers that carry an error number: the last 4095 values of the address space.
 */
#ifndef COMPAT_SURFACE_ERR_H
#define COMPAT_SURFACE_ERR_H

#include <asm/errno.h>
#include <linux/errno.h>

#include "compiler.h"

#define MAX_ERRNO	4095
#define IS_ERR_VALUE(x) unlikely((unsigned long)(void *)(x) >= (unsigned long)-MAX_ERRNO)

/** ERR_PTR() - @error, a negative number, as a pointer. */
static inline void *__must_check ERR_PTR(long error)
{
	return (void *)error;
}

/** PTR_ERR() - the negative number in @ptr. */
static inline long __must_check PTR_ERR(const void *ptr)
{
	return (long)ptr;
}

/** IS_ERR() - does @ptr carry an error? */
static inline bool __must_check IS_ERR(const void *ptr)
{
	return IS_ERR_VALUE((unsigned long)ptr);
}

/** IS_ERR_OR_NULL() - does it, or is it NULL? */
static inline bool __must_check IS_ERR_OR_NULL(const void *ptr)
{
	return unlikely(!ptr) || IS_ERR_VALUE((unsigned long)ptr);
}

/** ERR_CAST() - the error in @ptr as a pointer to anything. */
static inline void *__must_check ERR_CAST(const void *ptr)
{
	return (void *)ptr;
}

/** PTR_ERR_OR_ZERO() - the error in @ptr, 0 when it is a good pointer. */
static inline int __must_check PTR_ERR_OR_ZERO(const void *ptr)
{
	return IS_ERR(ptr) ? (int)PTR_ERR(ptr) : 0;
}

#endif /* COMPAT_SURFACE_ERR_H */
