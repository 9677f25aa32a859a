/* SPDX-License-Identifier: MIT */
/*
 * linux/prctl.h - the system's file of this name.
 *
 * The C library's own headers include it and find this file first when compat/ comes
 * first on the include path: they get what they expect.
 */
#ifndef COMPAT_LINUX_PRCTL_H
#define COMPAT_LINUX_PRCTL_H

#include_next <linux/prctl.h>

#endif /* COMPAT_LINUX_PRCTL_H */
