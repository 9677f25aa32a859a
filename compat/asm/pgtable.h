/* SPDX-License-Identifier: MIT */
/* asm/pgtable.h - part of the page allocator's surface, see surface/pages.h. */
#ifndef COMPAT_ASM_PGTABLE_H
#define COMPAT_ASM_PGTABLE_H

#include "../surface/pages.h"

#endif /* COMPAT_ASM_PGTABLE_H */
