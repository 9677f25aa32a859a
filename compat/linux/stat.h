/* SPDX-License-Identifier: MIT */
/*
 * linux/stat.h - the system's file of this name.
 *
 * The C library's own headers include it and find this file first when compat/ comes
 * first on the include path: they get what they expect.
 */
#ifndef COMPAT_LINUX_STAT_H
#define COMPAT_LINUX_STAT_H

#include_next <linux/stat.h>

#endif /* COMPAT_LINUX_STAT_H */
