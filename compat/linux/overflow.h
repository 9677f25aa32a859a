/* SPDX-License-Identifier: MIT */
/* linux/overflow.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_OVERFLOW_H
#define COMPAT_LINUX_OVERFLOW_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_OVERFLOW_H */
