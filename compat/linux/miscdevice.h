/* SPDX-License-Identifier: MIT */
/* linux/miscdevice.h - character devices, see surface/fs.h. */
#ifndef COMPAT_LINUX_MISCDEVICE_H
#define COMPAT_LINUX_MISCDEVICE_H

#include "../surface/fs.h"

#endif /* COMPAT_LINUX_MISCDEVICE_H */
