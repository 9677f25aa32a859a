/* SPDX-License-Identifier: MIT */
/* linux/mmap_lock.h - address spaces, see surface/vm.h. */
#ifndef COMPAT_LINUX_MMAP_LOCK_H
#define COMPAT_LINUX_MMAP_LOCK_H

#include "../surface/vm.h"

#endif /* COMPAT_LINUX_MMAP_LOCK_H */
