/* SPDX-License-Identifier: MIT */
/* asm/bitops.h - part of the base, see surface/base.h. */
#ifndef COMPAT_ASM_BITOPS_H
#define COMPAT_ASM_BITOPS_H

#include "../surface/base.h"

#endif /* COMPAT_ASM_BITOPS_H */
