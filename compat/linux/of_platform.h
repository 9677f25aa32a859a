/* SPDX-License-Identifier: MIT */
/* linux/of_platform.h - devices, see surface/device.h; there is no device tree. */
#ifndef COMPAT_LINUX_OF_PLATFORM_H
#define COMPAT_LINUX_OF_PLATFORM_H

#include <linux/device.h>

#endif /* COMPAT_LINUX_OF_PLATFORM_H */
