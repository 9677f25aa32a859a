/* SPDX-License-Identifier: MIT */
/* linux/export.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_EXPORT_H
#define COMPAT_LINUX_EXPORT_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_EXPORT_H */
