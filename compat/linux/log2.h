/* SPDX-License-Identifier: MIT */
/* linux/log2.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_LOG2_H
#define COMPAT_LINUX_LOG2_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_LOG2_H */
