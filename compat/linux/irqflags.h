/* SPDX-License-Identifier: MIT */
/* linux/irqflags.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_IRQFLAGS_H
#define COMPAT_LINUX_IRQFLAGS_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_IRQFLAGS_H */
