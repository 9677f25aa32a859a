/* SPDX-License-Identifier: MIT */
/* linux/rwsem.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_RWSEM_H
#define COMPAT_LINUX_RWSEM_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_RWSEM_H */
