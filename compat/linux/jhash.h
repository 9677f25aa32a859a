/* SPDX-License-Identifier: MIT */
/* linux/jhash.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_JHASH_H
#define COMPAT_LINUX_JHASH_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_JHASH_H */
