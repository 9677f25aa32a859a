/* SPDX-License-Identifier: MIT */
/* linux/cpu.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_CPU_H
#define COMPAT_LINUX_CPU_H

#include "../surface/services.h"
#include <linux/cpuhotplug.h>
#include <linux/topology.h>

#endif /* COMPAT_LINUX_CPU_H */
