/* SPDX-License-Identifier: MIT */
/* linux/of_platform.h - nothing to say beyond the base: Quire has no devices yet. */
#ifndef COMPAT_LINUX_OF_PLATFORM_H
#define COMPAT_LINUX_OF_PLATFORM_H

#include "../surface/pages.h"

#endif /* COMPAT_LINUX_OF_PLATFORM_H */
