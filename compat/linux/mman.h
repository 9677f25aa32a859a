/* SPDX-License-Identifier: MIT */
/* linux/mman.h - protections and flags of mappings are the C library's; vm_mmap(): uaccess.h. */
#ifndef COMPAT_LINUX_MMAN_H
#define COMPAT_LINUX_MMAN_H

#include <sys/mman.h>

#include "../surface/vm.h"

#endif /* COMPAT_LINUX_MMAN_H */
