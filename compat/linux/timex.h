/* SPDX-License-Identifier: MIT */
/* linux/timex.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_TIMEX_H
#define COMPAT_LINUX_TIMEX_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_TIMEX_H */
