/* SPDX-License-Identifier: MIT */
/* linux/page-flags.h - part of the page allocator's surface, see surface/pages.h. */
#ifndef COMPAT_LINUX_PAGE_FLAGS_H
#define COMPAT_LINUX_PAGE_FLAGS_H

#include "../surface/pages.h"

#endif /* COMPAT_LINUX_PAGE_FLAGS_H */
