/* SPDX-License-Identifier: MIT */
/* linux/cdev.h - character devices, see surface/fs.h. */
#ifndef COMPAT_LINUX_CDEV_H
#define COMPAT_LINUX_CDEV_H

#include "../surface/fs.h"

#endif /* COMPAT_LINUX_CDEV_H */
