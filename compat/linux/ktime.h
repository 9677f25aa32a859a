/* SPDX-License-Identifier: MIT */
/* linux/ktime.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_KTIME_H
#define COMPAT_LINUX_KTIME_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_KTIME_H */
