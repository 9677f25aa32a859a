/* SPDX-License-Identifier: MIT */
/*
 * linux/compat.h - types of programs of 32 bits, for ->compat_ioctl(). No task is one of theirs: a
 * test calls the operation itself, with memory below 4 GiB (vm_mmap() with MAP_32BIT).
 *
 * Names and contracts are those of Linux 6.1 on x86-64.
 */
#ifndef COMPAT_LINUX_COMPAT_H
#define COMPAT_LINUX_COMPAT_H

#include "../surface/base.h"

typedef s32 compat_int_t;
typedef u32 compat_uint_t;
typedef s32 compat_long_t;
typedef u32 compat_ulong_t;
typedef u32 compat_size_t;
typedef s32 compat_ssize_t;
typedef u32 compat_uptr_t;
typedef u32 compat_caddr_t;
typedef s64 __attribute__((__aligned__(4))) compat_s64;
typedef u64 __attribute__((__aligned__(4))) compat_u64;

/** compat_ptr() - a pointer of such a program; ptr_to_compat() - back. */
static inline void __user *compat_ptr(compat_uptr_t uptr)
{
	return (void __user *)(unsigned long)uptr;
}
static inline compat_uptr_t ptr_to_compat(const void __user *uptr)
{
	return (compat_uptr_t)(unsigned long)uptr;
}

/** in_compat_syscall(), is_compat_task() - never. */
static inline bool in_compat_syscall(void)
{
	return false;
}
#define is_compat_task() in_compat_syscall()

#endif /* COMPAT_LINUX_COMPAT_H */
