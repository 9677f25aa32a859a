/* SPDX-License-Identifier: MIT */
/* linux/platform_device.h - devices, see surface/device.h; there is no platform bus. */
#ifndef COMPAT_LINUX_PLATFORM_DEVICE_H
#define COMPAT_LINUX_PLATFORM_DEVICE_H

#include <linux/device.h>

#endif /* COMPAT_LINUX_PLATFORM_DEVICE_H */
