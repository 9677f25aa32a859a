/* SPDX-License-Identifier: MIT */
/* linux/bitops.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_BITOPS_H
#define COMPAT_LINUX_BITOPS_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_BITOPS_H */
