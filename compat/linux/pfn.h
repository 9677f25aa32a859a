/* SPDX-License-Identifier: MIT */
/* linux/pfn.h - part of the page allocator's surface, see surface/pages.h. */
#ifndef COMPAT_LINUX_PFN_H
#define COMPAT_LINUX_PFN_H

#include "../surface/pages.h"

#endif /* COMPAT_LINUX_PFN_H */
