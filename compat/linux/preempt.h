/* SPDX-License-Identifier: MIT */
/* linux/preempt.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_PREEMPT_H
#define COMPAT_LINUX_PREEMPT_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_PREEMPT_H */
