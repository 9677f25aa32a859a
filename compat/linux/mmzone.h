/* SPDX-License-Identifier: MIT */
/* linux/mmzone.h - part of the page allocator's surface, see surface/pages.h. */
#ifndef COMPAT_LINUX_MMZONE_H
#define COMPAT_LINUX_MMZONE_H

#include "../surface/pages.h"

#endif /* COMPAT_LINUX_MMZONE_H */
