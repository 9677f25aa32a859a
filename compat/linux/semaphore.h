/* SPDX-License-Identifier: MIT */
/* linux/semaphore.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_SEMAPHORE_H
#define COMPAT_LINUX_SEMAPHORE_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_SEMAPHORE_H */
