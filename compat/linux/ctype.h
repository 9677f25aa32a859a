/* SPDX-License-Identifier: MIT */
/* linux/ctype.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_CTYPE_H
#define COMPAT_LINUX_CTYPE_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_CTYPE_H */
