/* SPDX-License-Identifier: MIT */
/* asm/processor.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_ASM_PROCESSOR_H
#define COMPAT_ASM_PROCESSOR_H

#include "../surface/services.h"

#endif /* COMPAT_ASM_PROCESSOR_H */
