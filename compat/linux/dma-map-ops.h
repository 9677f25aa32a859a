/* SPDX-License-Identifier: MIT */
/* linux/dma-map-ops.h - devices, see surface/device.h; there is no DMA yet. */
#ifndef COMPAT_LINUX_DMA_MAP_OPS_H
#define COMPAT_LINUX_DMA_MAP_OPS_H

#include <linux/device.h>

#endif /* COMPAT_LINUX_DMA_MAP_OPS_H */
