/* SPDX-License-Identifier: MIT */
/* linux/refcount.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_REFCOUNT_H
#define COMPAT_LINUX_REFCOUNT_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_REFCOUNT_H */
