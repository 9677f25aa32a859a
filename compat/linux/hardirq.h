/* SPDX-License-Identifier: MIT */
/* linux/hardirq.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_HARDIRQ_H
#define COMPAT_LINUX_HARDIRQ_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_HARDIRQ_H */
