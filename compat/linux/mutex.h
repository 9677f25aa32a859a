/* SPDX-License-Identifier: MIT */
/* linux/mutex.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_MUTEX_H
#define COMPAT_LINUX_MUTEX_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_MUTEX_H */
