/* SPDX-License-Identifier: MIT */
/* linux/math64.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_MATH64_H
#define COMPAT_LINUX_MATH64_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_MATH64_H */
