/* SPDX-License-Identifier: MIT */
/* linux/dma-mapping.h - nothing to say beyond the base: Quire has no devices yet. */
#ifndef COMPAT_LINUX_DMA_MAPPING_H
#define COMPAT_LINUX_DMA_MAPPING_H

#include "../surface/pages.h"

#endif /* COMPAT_LINUX_DMA_MAPPING_H */
