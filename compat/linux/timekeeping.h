/* SPDX-License-Identifier: MIT */
/* linux/timekeeping.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_TIMEKEEPING_H
#define COMPAT_LINUX_TIMEKEEPING_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_TIMEKEEPING_H */
