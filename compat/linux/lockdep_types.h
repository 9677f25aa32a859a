/* SPDX-License-Identifier: MIT */
/* linux/lockdep_types.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_LOCKDEP_TYPES_H
#define COMPAT_LINUX_LOCKDEP_TYPES_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_LOCKDEP_TYPES_H */
