/* SPDX-License-Identifier: MIT */
/* linux/compiler.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_COMPILER_H
#define COMPAT_LINUX_COMPILER_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_COMPILER_H */
