/* SPDX-License-Identifier: MIT */
/* linux/sched/task_stack.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_SCHED_TASK_STACK_H
#define COMPAT_LINUX_SCHED_TASK_STACK_H

#include "../../surface/services.h"

#endif /* COMPAT_LINUX_SCHED_TASK_STACK_H */
