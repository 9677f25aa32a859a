/* SPDX-License-Identifier: MIT */
/* memory_hotplug.h - there is no memory hotplug; whether nodes are kept movable: memblock.h. */
#ifndef COMPAT_LINUX_MEMORY_HOTPLUG_H
#define COMPAT_LINUX_MEMORY_HOTPLUG_H

#include <linux/memblock.h>

#endif /* COMPAT_LINUX_MEMORY_HOTPLUG_H */
