/* SPDX-License-Identifier: MIT */
/* linux/bottom_half.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_BOTTOM_HALF_H
#define COMPAT_LINUX_BOTTOM_HALF_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_BOTTOM_HALF_H */
