/* SPDX-License-Identifier: MIT */
/* kmemleak.h - hints for a leak detector that is not there: accepted, and nothing is done. */
#ifndef COMPAT_LINUX_KMEMLEAK_H
#define COMPAT_LINUX_KMEMLEAK_H

#include "../surface/base.h"

static inline void kmemleak_alloc(const void *ptr, size_t size, int min_count, gfp_t gfp)
{
}

static inline void kmemleak_free(const void *ptr)
{
}

static inline void kmemleak_update_trace(const void *ptr)
{
}

static inline void kmemleak_not_leak(const void *ptr)
{
}

static inline void kmemleak_ignore(const void *ptr)
{
}

static inline void kmemleak_no_scan(const void *ptr)
{
}

static inline void kmemleak_scan_area(const void *ptr, size_t size, gfp_t gfp)
{
}

static inline void kmemleak_alloc_phys(phys_addr_t phys, size_t size, gfp_t gfp)
{
}

static inline void kmemleak_free_part_phys(phys_addr_t phys, size_t size)
{
}

#endif /* COMPAT_LINUX_KMEMLEAK_H */
