/* SPDX-License-Identifier: MIT */
/* linux/set_memory.h - protection of vmalloc memory, see surface/vmalloc.h. */
#ifndef COMPAT_LINUX_SET_MEMORY_H
#define COMPAT_LINUX_SET_MEMORY_H

#include "../surface/vmalloc.h"

#endif /* COMPAT_LINUX_SET_MEMORY_H */
