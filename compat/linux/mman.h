/* SPDX-License-Identifier: MIT */
/* linux/mman.h - nothing to say beyond the base: Quire has no such room yet. */
#ifndef COMPAT_LINUX_MMAN_H
#define COMPAT_LINUX_MMAN_H

#include "../surface/pages.h"

#endif /* COMPAT_LINUX_MMAN_H */
