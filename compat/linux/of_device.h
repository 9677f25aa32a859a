/* SPDX-License-Identifier: MIT */
/* linux/of_device.h - devices, see surface/device.h; there is no device tree. */
#ifndef COMPAT_LINUX_OF_DEVICE_H
#define COMPAT_LINUX_OF_DEVICE_H

#include <linux/device.h>

#endif /* COMPAT_LINUX_OF_DEVICE_H */
