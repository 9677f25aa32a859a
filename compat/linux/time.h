/* SPDX-License-Identifier: MIT */
/* linux/time.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_TIME_H
#define COMPAT_LINUX_TIME_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_TIME_H */
