/* SPDX-License-Identifier: MIT */
/* linux/of.h - nothing to say beyond the base: Quire has no devices yet. */
#ifndef COMPAT_LINUX_OF_H
#define COMPAT_LINUX_OF_H

#include "../surface/pages.h"

#endif /* COMPAT_LINUX_OF_H */
