/* SPDX-License-Identifier: MIT */
/* asm/tlbflush.h - nothing to say beyond the base: caches and translations are the host's. */
#ifndef COMPAT_ASM_TLBFLUSH_H
#define COMPAT_ASM_TLBFLUSH_H

#include "../surface/pages.h"

#endif /* COMPAT_ASM_TLBFLUSH_H */
