/* SPDX-License-Identifier: MIT */
/* linux/dev_printk.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_DEV_PRINTK_H
#define COMPAT_LINUX_DEV_PRINTK_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_DEV_PRINTK_H */
