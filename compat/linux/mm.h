/* SPDX-License-Identifier: MIT */
/* linux/mm.h - part of the page allocator's surface, see surface/pages.h. */
#ifndef COMPAT_LINUX_MM_H
#define COMPAT_LINUX_MM_H

#include "../surface/pages.h"

#endif /* COMPAT_LINUX_MM_H */
