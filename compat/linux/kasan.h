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

static inline void kasan_poison_pages(struct page *page, unsigned int order, bool init)
{
}

/* Return: was the memory cleared on the way? It was not. */
static inline bool kasan_unpoison_pages(struct page *page, unsigned int order, bool init)
{
	return false;
}

/* What rests in a mempool. Return: may it rest there? */
static inline void kasan_slab_free_mempool(void *object)
{
}

static inline bool kasan_mempool_poison_object(void *object)
{
	return true;
}

static inline void kasan_mempool_unpoison_object(void *object, size_t size)
{
}

static inline bool kasan_mempool_poison_pages(struct page *page, unsigned int order)
{
	return true;
}

static inline void kasan_mempool_unpoison_pages(struct page *page, unsigned int order)
{
}

static inline bool kasan_vmalloc_enabled(void)
{
	return false;
}

/* linux/kasan-checks.h: no access is bad. */
#define kasan_check_read(address, size)	 __kasan_check_read(address, size)
#define kasan_check_write(address, size) __kasan_check_write(address, size)

static inline bool kasan_check_byte(const void *address)
{
	return true;
}

static inline void *kasan_reset_tag(const void *address)
{
	return (void *)(uintptr_t)address;
}

#endif /* COMPAT_LINUX_KASAN_H */
