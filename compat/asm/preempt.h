/* SPDX-License-Identifier: MIT */
/* asm/preempt.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_ASM_PREEMPT_H
#define COMPAT_ASM_PREEMPT_H

#include "../surface/services.h"

#endif /* COMPAT_ASM_PREEMPT_H */
