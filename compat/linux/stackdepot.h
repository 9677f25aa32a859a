/* SPDX-License-Identifier: MIT */
/* linux/stackdepot.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_STACKDEPOT_H
#define COMPAT_LINUX_STACKDEPOT_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_STACKDEPOT_H */
