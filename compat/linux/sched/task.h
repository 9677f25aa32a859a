/* SPDX-License-Identifier: MIT */
/* linux/sched/task.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_SCHED_TASK_H
#define COMPAT_LINUX_SCHED_TASK_H

#include "../../surface/services.h"

#endif /* COMPAT_LINUX_SCHED_TASK_H */
