/* SPDX-License-Identifier: MIT */
/* linux/spinlock.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_SPINLOCK_H
#define COMPAT_LINUX_SPINLOCK_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_SPINLOCK_H */
