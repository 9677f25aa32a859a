/* SPDX-License-Identifier: MIT */
/* linux/lockdep.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_LOCKDEP_H
#define COMPAT_LINUX_LOCKDEP_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_LOCKDEP_H */
