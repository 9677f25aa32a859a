/* SPDX-License-Identifier: MIT */
/* linux/platform_device.h - nothing to say beyond the base: Quire has no devices yet. */
#ifndef COMPAT_LINUX_PLATFORM_DEVICE_H
#define COMPAT_LINUX_PLATFORM_DEVICE_H

#include "../surface/pages.h"

#endif /* COMPAT_LINUX_PLATFORM_DEVICE_H */
