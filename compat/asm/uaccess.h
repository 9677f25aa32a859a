/* SPDX-License-Identifier: MIT */
/* asm/uaccess.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_ASM_UACCESS_H
#define COMPAT_ASM_UACCESS_H

#include "../surface/services.h"

#endif /* COMPAT_ASM_UACCESS_H */
