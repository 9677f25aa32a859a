/* SPDX-License-Identifier: MIT */
/* asm-generic/bug.h - part of the base, see surface/base.h. */
#ifndef COMPAT_ASM_GENERIC_BUG_H
#define COMPAT_ASM_GENERIC_BUG_H

#include "../surface/base.h"

#endif /* COMPAT_ASM_GENERIC_BUG_H */
