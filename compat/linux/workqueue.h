/* SPDX-License-Identifier: MIT */
/* linux/workqueue.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_WORKQUEUE_H
#define COMPAT_LINUX_WORKQUEUE_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_WORKQUEUE_H */
