/* SPDX-License-Identifier: MIT */
/* linux/string_helpers.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_STRING_HELPERS_H
#define COMPAT_LINUX_STRING_HELPERS_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_STRING_HELPERS_H */
