/* SPDX-License-Identifier: MIT */
/* linux/moduleparam.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_MODULEPARAM_H
#define COMPAT_LINUX_MODULEPARAM_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_MODULEPARAM_H */
