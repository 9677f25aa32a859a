/* SPDX-License-Identifier: MIT */
/* linux/dmapool.h - devices, see surface/device.h; there is no DMA yet. */
#ifndef COMPAT_LINUX_DMAPOOL_H
#define COMPAT_LINUX_DMAPOOL_H

#include <linux/device.h>

#endif /* COMPAT_LINUX_DMAPOOL_H */
