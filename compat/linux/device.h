/* SPDX-License-Identifier: MIT */
/* linux/device.h - devices without hardware, see surface/device.h. */
#ifndef COMPAT_LINUX_DEVICE_H
#define COMPAT_LINUX_DEVICE_H

#include "../surface/device.h"
#include <linux/module.h>

#endif /* COMPAT_LINUX_DEVICE_H */
