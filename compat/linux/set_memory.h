/* SPDX-License-Identifier: MIT */
/* linux/set_memory.h - nothing to say beyond the base: Quire has no such room yet. */
#ifndef COMPAT_LINUX_SET_MEMORY_H
#define COMPAT_LINUX_SET_MEMORY_H

#include "../surface/pages.h"

#endif /* COMPAT_LINUX_SET_MEMORY_H */
