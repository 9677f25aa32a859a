/* SPDX-License-Identifier: MIT */
/* linux/fs.h - the system's file of this name, then files of devices, see surface/fs.h. */
#ifndef COMPAT_LINUX_FS_H
#define COMPAT_LINUX_FS_H

#include_next <linux/fs.h>

#include "../surface/fs.h"

#endif /* COMPAT_LINUX_FS_H */
