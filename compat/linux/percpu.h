/* SPDX-License-Identifier: MIT */
/* linux/percpu.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_PERCPU_H
#define COMPAT_LINUX_PERCPU_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_PERCPU_H */
