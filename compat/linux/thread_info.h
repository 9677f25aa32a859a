/* SPDX-License-Identifier: MIT */
/* linux/thread_info.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_THREAD_INFO_H
#define COMPAT_LINUX_THREAD_INFO_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_THREAD_INFO_H */
