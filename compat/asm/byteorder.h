/* SPDX-License-Identifier: MIT */
/* asm/byteorder.h - part of the base, see surface/base.h. */
#ifndef COMPAT_ASM_BYTEORDER_H
#define COMPAT_ASM_BYTEORDER_H

#include "../surface/base.h"

#endif /* COMPAT_ASM_BYTEORDER_H */
