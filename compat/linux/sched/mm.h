/* SPDX-License-Identifier: MIT */
/* linux/sched/mm.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_SCHED_MM_H
#define COMPAT_LINUX_SCHED_MM_H

#include "../../surface/services.h"

#endif /* COMPAT_LINUX_SCHED_MM_H */
