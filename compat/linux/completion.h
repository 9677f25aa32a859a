/* SPDX-License-Identifier: MIT */
/* linux/completion.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_COMPLETION_H
#define COMPAT_LINUX_COMPLETION_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_COMPLETION_H */
