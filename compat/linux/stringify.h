/* SPDX-License-Identifier: MIT */
/* linux/stringify.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_STRINGIFY_H
#define COMPAT_LINUX_STRINGIFY_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_STRINGIFY_H */
