/* SPDX-License-Identifier: MIT */
/* linux/stacktrace.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_STACKTRACE_H
#define COMPAT_LINUX_STACKTRACE_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_STACKTRACE_H */
