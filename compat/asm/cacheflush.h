/* SPDX-License-Identifier: MIT */
/* asm/cacheflush.h - nothing to say beyond the base: caches and translations are the host's. */
#ifndef COMPAT_ASM_CACHEFLUSH_H
#define COMPAT_ASM_CACHEFLUSH_H

#include "../surface/pages.h"

#endif /* COMPAT_ASM_CACHEFLUSH_H */
