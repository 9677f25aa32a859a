/* SPDX-License-Identifier: MIT */
/* linux/sched/signal.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_SCHED_SIGNAL_H
#define COMPAT_LINUX_SCHED_SIGNAL_H

#include "../../surface/services.h"

#endif /* COMPAT_LINUX_SCHED_SIGNAL_H */
