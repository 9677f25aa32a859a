/* SPDX-License-Identifier: MIT */
/* linux/kdev_t.h - numbers of devices, see surface/fs.h. */
#ifndef COMPAT_LINUX_KDEV_T_H
#define COMPAT_LINUX_KDEV_T_H

#include "../surface/fs.h"

#endif /* COMPAT_LINUX_KDEV_T_H */
