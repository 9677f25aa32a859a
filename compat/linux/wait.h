/* SPDX-License-Identifier: MIT */
/* linux/wait.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_WAIT_H
#define COMPAT_LINUX_WAIT_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_WAIT_H */
