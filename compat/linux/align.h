/* SPDX-License-Identifier: MIT */
/* linux/align.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_ALIGN_H
#define COMPAT_LINUX_ALIGN_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_ALIGN_H */
