/* SPDX-License-Identifier: MIT */
/* linux/memory_hotplug.h - nothing to say beyond the base: Quire has no such room yet. */
#ifndef COMPAT_LINUX_MEMORY_HOTPLUG_H
#define COMPAT_LINUX_MEMORY_HOTPLUG_H

#include "../surface/pages.h"

#endif /* COMPAT_LINUX_MEMORY_HOTPLUG_H */
