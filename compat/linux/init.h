/* SPDX-License-Identifier: MIT */
/* linux/init.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_INIT_H
#define COMPAT_LINUX_INIT_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_INIT_H */
