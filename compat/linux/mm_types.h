/* SPDX-License-Identifier: MIT */
/* linux/mm_types.h - part of the page allocator's surface, see surface/pages.h. */
#ifndef COMPAT_LINUX_MM_TYPES_H
#define COMPAT_LINUX_MM_TYPES_H

#include "../surface/pages.h"

#endif /* COMPAT_LINUX_MM_TYPES_H */
