/* SPDX-License-Identifier: MIT */
/* linux/interrupt.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_INTERRUPT_H
#define COMPAT_LINUX_INTERRUPT_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_INTERRUPT_H */
