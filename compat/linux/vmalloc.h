/* SPDX-License-Identifier: MIT */
/* linux/vmalloc.h - the surface of virtually contiguous memory, see surface/vmalloc.h. */
#ifndef COMPAT_LINUX_VMALLOC_H
#define COMPAT_LINUX_VMALLOC_H

#include "../surface/vmalloc.h"

#endif /* COMPAT_LINUX_VMALLOC_H */
