/* SPDX-License-Identifier: MIT */
/* linux/find.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_FIND_H
#define COMPAT_LINUX_FIND_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_FIND_H */
