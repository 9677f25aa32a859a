/* SPDX-License-Identifier: MIT */
/* linux/module.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_MODULE_H
#define COMPAT_LINUX_MODULE_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_MODULE_H */
