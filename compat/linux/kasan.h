/* SPDX-License-Identifier: MIT */
/* linux/kasan.h - nothing to say beyond the base: Quire has no KASAN yet. */
#ifndef COMPAT_LINUX_KASAN_H
#define COMPAT_LINUX_KASAN_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_KASAN_H */
