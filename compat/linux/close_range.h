/* SPDX-License-Identifier: MIT */
/*
 * linux/close_range.h - the system's file of this name.
 *
 * The C library's own headers include it and find this file first when compat/ comes
 * first on the include path: they get what they expect.
 */
#ifndef COMPAT_LINUX_CLOSE_RANGE_H
#define COMPAT_LINUX_CLOSE_RANGE_H

#include_next <linux/close_range.h>

#endif /* COMPAT_LINUX_CLOSE_RANGE_H */
