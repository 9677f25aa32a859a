/* SPDX-License-Identifier: MIT */
/* linux/wait_bit.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_WAIT_BIT_H
#define COMPAT_LINUX_WAIT_BIT_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_WAIT_BIT_H */
