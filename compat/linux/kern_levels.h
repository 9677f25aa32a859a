/* SPDX-License-Identifier: MIT */
/* linux/kern_levels.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_KERN_LEVELS_H
#define COMPAT_LINUX_KERN_LEVELS_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_KERN_LEVELS_H */
