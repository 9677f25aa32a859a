/* SPDX-License-Identifier: MIT */
/* linux/compiler_attributes.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_COMPILER_ATTRIBUTES_H
#define COMPAT_LINUX_COMPILER_ATTRIBUTES_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_COMPILER_ATTRIBUTES_H */
