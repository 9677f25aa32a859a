/* SPDX-License-Identifier: MIT */
/* dma.h - the highest address that ISA's DMA reaches, as memblock_alloc_low() and kin know it. */
#ifndef COMPAT_ASM_DMA_H
#define COMPAT_ASM_DMA_H

#include "../surface/base.h"

#define MAX_DMA_ADDRESS 0x1000000ul

#endif /* COMPAT_ASM_DMA_H */
