/* SPDX-License-Identifier: MIT */
/* linux/rwlock.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_RWLOCK_H
#define COMPAT_LINUX_RWLOCK_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_RWLOCK_H */
