/* SPDX-License-Identifier: MIT */
/* asm/current.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_ASM_CURRENT_H
#define COMPAT_ASM_CURRENT_H

#include "../surface/services.h"

#endif /* COMPAT_ASM_CURRENT_H */
