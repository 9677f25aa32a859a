/* SPDX-License-Identifier: MIT */
/* linux/kstrtox.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_KSTRTOX_H
#define COMPAT_LINUX_KSTRTOX_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_KSTRTOX_H */
