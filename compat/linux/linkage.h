/* SPDX-License-Identifier: MIT */
/* linux/linkage.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_LINKAGE_H
#define COMPAT_LINUX_LINKAGE_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_LINKAGE_H */
