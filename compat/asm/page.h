/* SPDX-License-Identifier: MIT */
/* asm/page.h - part of the page allocator's surface, see surface/pages.h. */
#ifndef COMPAT_ASM_PAGE_H
#define COMPAT_ASM_PAGE_H

#include "../surface/pages.h"

#endif /* COMPAT_ASM_PAGE_H */
