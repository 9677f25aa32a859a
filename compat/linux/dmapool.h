/* SPDX-License-Identifier: MIT */
/* linux/dmapool.h - nothing to say beyond the base: Quire has no devices yet. */
#ifndef COMPAT_LINUX_DMAPOOL_H
#define COMPAT_LINUX_DMAPOOL_H

#include "../surface/pages.h"

#endif /* COMPAT_LINUX_DMAPOOL_H */
