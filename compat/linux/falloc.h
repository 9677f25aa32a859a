/* SPDX-License-Identifier: MIT */
/*
 * linux/falloc.h - the system's file of this name.
 *
 * The C library's own headers include it and find this file first when compat/ comes
 * first on the include path: they get what they expect.
 */
#ifndef COMPAT_LINUX_FALLOC_H
#define COMPAT_LINUX_FALLOC_H

#include_next <linux/falloc.h>

#endif /* COMPAT_LINUX_FALLOC_H */
