/* SPDX-License-Identifier: MIT */
/* linux/const.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_CONST_H
#define COMPAT_LINUX_CONST_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_CONST_H */
