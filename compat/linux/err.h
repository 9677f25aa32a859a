/* SPDX-License-Identifier: MIT */
/* linux/err.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_ERR_H
#define COMPAT_LINUX_ERR_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_ERR_H */
