/* SPDX-License-Identifier: MIT */
/* linux/time64.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_TIME64_H
#define COMPAT_LINUX_TIME64_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_TIME64_H */
