/* SPDX-License-Identifier: MIT */
/* linux/hash.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_HASH_H
#define COMPAT_LINUX_HASH_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_HASH_H */
