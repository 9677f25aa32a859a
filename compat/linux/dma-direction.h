/* SPDX-License-Identifier: MIT */
/* linux/dma-direction.h - nothing to say beyond the base: Quire has no devices yet. */
#ifndef COMPAT_LINUX_DMA_DIRECTION_H
#define COMPAT_LINUX_DMA_DIRECTION_H

#include "../surface/pages.h"

#endif /* COMPAT_LINUX_DMA_DIRECTION_H */
