/* SPDX-License-Identifier: MIT */
/* linux/percpu-defs.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_PERCPU_DEFS_H
#define COMPAT_LINUX_PERCPU_DEFS_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_PERCPU_DEFS_H */
