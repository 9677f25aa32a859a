/* SPDX-License-Identifier: MIT */
/* linux/gfp.h - part of the page allocator's surface, see surface/pages.h. */
#ifndef COMPAT_LINUX_GFP_H
#define COMPAT_LINUX_GFP_H

#include "../surface/pages.h"

#endif /* COMPAT_LINUX_GFP_H */
