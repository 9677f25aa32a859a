/* SPDX-License-Identifier: MIT */
/* asm/div64.h - part of the base, see surface/base.h. */
#ifndef COMPAT_ASM_DIV64_H
#define COMPAT_ASM_DIV64_H

#include "../surface/base.h"

#endif /* COMPAT_ASM_DIV64_H */
