/* SPDX-License-Identifier: MIT */
/* asm/timex.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_ASM_TIMEX_H
#define COMPAT_ASM_TIMEX_H

#include "../surface/services.h"

#endif /* COMPAT_ASM_TIMEX_H */
