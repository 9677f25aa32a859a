/* SPDX-License-Identifier: MIT */
/* linux/of.h - devices, see surface/device.h; there is no device tree. */
#ifndef COMPAT_LINUX_OF_H
#define COMPAT_LINUX_OF_H

#include <linux/device.h>

#endif /* COMPAT_LINUX_OF_H */
