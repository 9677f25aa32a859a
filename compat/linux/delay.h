/* SPDX-License-Identifier: MIT */
/* linux/delay.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_DELAY_H
#define COMPAT_LINUX_DELAY_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_DELAY_H */
