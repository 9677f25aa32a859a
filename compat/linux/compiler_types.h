/* SPDX-License-Identifier: MIT */
/* linux/compiler_types.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_COMPILER_TYPES_H
#define COMPAT_LINUX_COMPILER_TYPES_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_COMPILER_TYPES_H */
