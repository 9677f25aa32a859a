/* SPDX-License-Identifier: MIT */
/* linux/cache.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_CACHE_H
#define COMPAT_LINUX_CACHE_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_CACHE_H */
