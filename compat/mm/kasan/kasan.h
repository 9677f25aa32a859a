/* SPDX-License-Identifier: MIT */
/* mm/kasan/kasan.h - there is no KASAN yet. */
#ifndef COMPAT_MM_KASAN_KASAN_H
#define COMPAT_MM_KASAN_KASAN_H

#include <linux/kasan.h>
#include <linux/slab.h>

#endif /* COMPAT_MM_KASAN_KASAN_H */
