/* SPDX-License-Identifier: MIT */
/* linux/timer.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_TIMER_H
#define COMPAT_LINUX_TIMER_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_TIMER_H */
