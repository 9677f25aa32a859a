/* SPDX-License-Identifier: MIT */
/* linux/atomic.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_ATOMIC_H
#define COMPAT_LINUX_ATOMIC_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_ATOMIC_H */
