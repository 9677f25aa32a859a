/* SPDX-License-Identifier: MIT */
/* linux/bitmap.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_BITMAP_H
#define COMPAT_LINUX_BITMAP_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_BITMAP_H */
