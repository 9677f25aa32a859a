/* SPDX-License-Identifier: MIT */
/* linux/random.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_RANDOM_H
#define COMPAT_LINUX_RANDOM_H

#include "../surface/services.h"

#include <linux/once.h>

#endif /* COMPAT_LINUX_RANDOM_H */
