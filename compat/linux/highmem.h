/* SPDX-License-Identifier: MIT */
/* linux/highmem.h - part of the page allocator's surface, see surface/pages.h. */
#ifndef COMPAT_LINUX_HIGHMEM_H
#define COMPAT_LINUX_HIGHMEM_H

#include "../surface/pages.h"

#endif /* COMPAT_LINUX_HIGHMEM_H */
