/* SPDX-License-Identifier: MIT */
/* debugfs.h - files for whoever debugs a driver, see surface/debugfs.h. */
#ifndef COMPAT_LINUX_DEBUGFS_H
#define COMPAT_LINUX_DEBUGFS_H

#include "../surface/debugfs.h"

#endif /* COMPAT_LINUX_DEBUGFS_H */
