/* SPDX-License-Identifier: MIT */
/* linux/poison.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_POISON_H
#define COMPAT_LINUX_POISON_H

#include <linux/list.h>

#endif /* COMPAT_LINUX_POISON_H */
