/* SPDX-License-Identifier: MIT */
/* asm/percpu.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_ASM_PERCPU_H
#define COMPAT_ASM_PERCPU_H

#include "../surface/services.h"

#endif /* COMPAT_ASM_PERCPU_H */
