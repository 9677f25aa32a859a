/* SPDX-License-Identifier: MIT */
/* linux/dma-direction.h - devices, see surface/device.h; there is no DMA yet. */
#ifndef COMPAT_LINUX_DMA_DIRECTION_H
#define COMPAT_LINUX_DMA_DIRECTION_H

#include <linux/device.h>

#endif /* COMPAT_LINUX_DMA_DIRECTION_H */
