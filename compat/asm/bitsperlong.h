/* SPDX-License-Identifier: MIT */
/*
 * asm/bitsperlong.h - the system's file of this name, and the widths as kernel code calls them.
 *
 * The C library's own headers include it and find this file first when compat/ comes
 * first on the include path: they get what they expect.
 */
#ifndef COMPAT_ASM_BITSPERLONG_H
#define COMPAT_ASM_BITSPERLONG_H

#include_next <asm/bitsperlong.h>

#ifndef BITS_PER_LONG
#define BITS_PER_LONG __BITS_PER_LONG
#endif
#ifndef BITS_PER_LONG_LONG
#define BITS_PER_LONG_LONG 64
#endif

#endif /* COMPAT_ASM_BITSPERLONG_H */
