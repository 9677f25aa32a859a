/* SPDX-License-Identifier: MIT */
/* linux/swait.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_SWAIT_H
#define COMPAT_LINUX_SWAIT_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_SWAIT_H */
