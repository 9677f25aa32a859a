/* SPDX-License-Identifier: MIT */
/* linux/uaccess.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_UACCESS_H
#define COMPAT_LINUX_UACCESS_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_UACCESS_H */
