/* SPDX-License-Identifier: MIT */
/* asm/bug.h - part of the base, see surface/base.h. */
#ifndef COMPAT_ASM_BUG_H
#define COMPAT_ASM_BUG_H

#include "../surface/base.h"

#endif /* COMPAT_ASM_BUG_H */
