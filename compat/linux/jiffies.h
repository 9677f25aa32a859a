/* SPDX-License-Identifier: MIT */
/* linux/jiffies.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_JIFFIES_H
#define COMPAT_LINUX_JIFFIES_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_JIFFIES_H */
