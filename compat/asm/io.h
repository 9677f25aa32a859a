/* SPDX-License-Identifier: MIT */
/* asm/io.h - part of the page allocator's surface, see surface/pages.h. */
#ifndef COMPAT_ASM_IO_H
#define COMPAT_ASM_IO_H

#include "../surface/pages.h"

#endif /* COMPAT_ASM_IO_H */
