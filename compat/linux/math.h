/* SPDX-License-Identifier: MIT */
/* linux/math.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_MATH_H
#define COMPAT_LINUX_MATH_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_MATH_H */
