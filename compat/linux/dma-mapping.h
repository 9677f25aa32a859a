/* SPDX-License-Identifier: MIT */
/* linux/dma-mapping.h - devices, see surface/device.h; there is no DMA yet. */
#ifndef COMPAT_LINUX_DMA_MAPPING_H
#define COMPAT_LINUX_DMA_MAPPING_H

#include <linux/device.h>

#endif /* COMPAT_LINUX_DMA_MAPPING_H */
