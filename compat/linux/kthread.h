/* SPDX-License-Identifier: MIT */
/* linux/kthread.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_KTHREAD_H
#define COMPAT_LINUX_KTHREAD_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_KTHREAD_H */
