/* SPDX-License-Identifier: MIT */
/* linux/string.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_STRING_H
#define COMPAT_LINUX_STRING_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_STRING_H */
