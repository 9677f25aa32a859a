/* SPDX-License-Identifier: MIT */
/* linux/build_bug.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_BUILD_BUG_H
#define COMPAT_LINUX_BUILD_BUG_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_BUILD_BUG_H */
