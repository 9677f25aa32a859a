/* SPDX-License-Identifier: MIT */
/* linux/vmalloc.h - nothing to say beyond the base: Quire has no such room yet. */
#ifndef COMPAT_LINUX_VMALLOC_H
#define COMPAT_LINUX_VMALLOC_H

#include "../surface/pages.h"

#endif /* COMPAT_LINUX_VMALLOC_H */
