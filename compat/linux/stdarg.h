/* SPDX-License-Identifier: MIT */
/* linux/stdarg.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_STDARG_H
#define COMPAT_LINUX_STDARG_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_STDARG_H */
