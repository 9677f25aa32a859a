/* SPDX-License-Identifier: MIT */
/* linux/panic.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_PANIC_H
#define COMPAT_LINUX_PANIC_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_PANIC_H */
