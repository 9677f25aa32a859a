/* SPDX-License-Identifier: MIT */
/* linux/kasan.h - Quire has no KASAN yet: as in a kernel built without it. */
#ifndef COMPAT_LINUX_KASAN_H
#define COMPAT_LINUX_KASAN_H

#include "../surface/base.h"

static inline bool kasan_enabled(void)
{
	return false;
}

static inline void kasan_enable_current(void)
{
}

static inline void kasan_disable_current(void)
{
}

static inline void kasan_unpoison_range(const void *address, size_t size)
{
}

static inline bool kasan_check_byte(const void *address)
{
	return true;
}

static inline void *kasan_reset_tag(const void *address)
{
	return (void *)(uintptr_t)address;
}

#endif /* COMPAT_LINUX_KASAN_H */
