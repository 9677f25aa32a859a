/* SPDX-License-Identifier: MIT */
/* asm/irqflags.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_ASM_IRQFLAGS_H
#define COMPAT_ASM_IRQFLAGS_H

#include "../surface/services.h"

#endif /* COMPAT_ASM_IRQFLAGS_H */
