/* SPDX-License-Identifier: MIT */
/* linux/local_lock.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_LOCAL_LOCK_H
#define COMPAT_LINUX_LOCAL_LOCK_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_LOCAL_LOCK_H */
