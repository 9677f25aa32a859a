/* SPDX-License-Identifier: MIT */
/* linux/bits.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_BITS_H
#define COMPAT_LINUX_BITS_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_BITS_H */
