/* SPDX-License-Identifier: MIT */
/* linux/sizes.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_SIZES_H
#define COMPAT_LINUX_SIZES_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_SIZES_H */
