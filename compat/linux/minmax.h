/* SPDX-License-Identifier: MIT */
/* linux/minmax.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_MINMAX_H
#define COMPAT_LINUX_MINMAX_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_MINMAX_H */
