/* SPDX-License-Identifier: MIT */
/* linux/scatterlist.h - nothing to say beyond the base: Quire has no devices yet. */
#ifndef COMPAT_LINUX_SCATTERLIST_H
#define COMPAT_LINUX_SCATTERLIST_H

#include "../surface/pages.h"

#endif /* COMPAT_LINUX_SCATTERLIST_H */
