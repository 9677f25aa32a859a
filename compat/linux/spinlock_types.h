/* SPDX-License-Identifier: MIT */
/* linux/spinlock_types.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_SPINLOCK_TYPES_H
#define COMPAT_LINUX_SPINLOCK_TYPES_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_SPINLOCK_TYPES_H */
