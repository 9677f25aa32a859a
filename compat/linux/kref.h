/* SPDX-License-Identifier: MIT */
/* linux/kref.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_KREF_H
#define COMPAT_LINUX_KREF_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_KREF_H */
