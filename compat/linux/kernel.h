/* SPDX-License-Identifier: MIT */
/* linux/kernel.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_KERNEL_H
#define COMPAT_LINUX_KERNEL_H

/* <sys/sysinfo.h> asks for this file, and means the system's, which has struct sysinfo. */
#include <linux/sysinfo.h>

#include "../surface/base.h"

#endif /* COMPAT_LINUX_KERNEL_H */
