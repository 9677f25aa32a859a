/* SPDX-License-Identifier: MIT */
/*
 * asm/ioctls.h - the system's file of this name.
 *
 * The C library's own headers include it and find this file first when compat/ comes
 * first on the include path: they get what they expect.
 */
#ifndef COMPAT_ASM_IOCTLS_H
#define COMPAT_ASM_IOCTLS_H

#include_next <asm/ioctls.h>

#endif /* COMPAT_ASM_IOCTLS_H */
