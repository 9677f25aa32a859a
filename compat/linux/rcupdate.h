/* SPDX-License-Identifier: MIT */
/* linux/rcupdate.h - part of the kernel's services, see surface/services.h. */
#ifndef COMPAT_LINUX_RCUPDATE_H
#define COMPAT_LINUX_RCUPDATE_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_RCUPDATE_H */
