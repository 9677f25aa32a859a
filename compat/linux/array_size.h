/* SPDX-License-Identifier: MIT */
/* linux/array_size.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_ARRAY_SIZE_H
#define COMPAT_LINUX_ARRAY_SIZE_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_ARRAY_SIZE_H */
