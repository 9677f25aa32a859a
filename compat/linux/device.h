/* SPDX-License-Identifier: MIT */
/* device.h - Quire has no devices yet: messages about one that the client names. */
#ifndef COMPAT_LINUX_DEVICE_H
#define COMPAT_LINUX_DEVICE_H

#include <linux/klist.h>
#include <linux/slab.h>

#endif /* COMPAT_LINUX_DEVICE_H */
