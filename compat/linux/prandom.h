/* SPDX-License-Identifier: MIT */
/* linux/prandom.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_PRANDOM_H
#define COMPAT_LINUX_PRANDOM_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_PRANDOM_H */
