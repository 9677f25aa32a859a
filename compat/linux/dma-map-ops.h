/* SPDX-License-Identifier: MIT */
/* linux/dma-map-ops.h - nothing to say beyond the base: Quire has no devices yet. */
#ifndef COMPAT_LINUX_DMA_MAP_OPS_H
#define COMPAT_LINUX_DMA_MAP_OPS_H

#include "../surface/pages.h"

#endif /* COMPAT_LINUX_DMA_MAP_OPS_H */
