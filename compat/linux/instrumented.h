/* SPDX-License-Identifier: MIT */
/* linux/instrumented.h - nothing to say beyond the base: Quire has no KASAN yet. */
#ifndef COMPAT_LINUX_INSTRUMENTED_H
#define COMPAT_LINUX_INSTRUMENTED_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_INSTRUMENTED_H */
