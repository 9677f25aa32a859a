/* SPDX-License-Identifier: MIT */
/* linux/vmstat.h - part of the page allocator's surface, see surface/pages.h. */
#ifndef COMPAT_LINUX_VMSTAT_H
#define COMPAT_LINUX_VMSTAT_H

#include "../surface/pages.h"

#endif /* COMPAT_LINUX_VMSTAT_H */
