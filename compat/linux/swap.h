/* SPDX-License-Identifier: MIT */
/* linux/swap.h - nothing to say beyond the base: Quire has no such room yet. */
#ifndef COMPAT_LINUX_SWAP_H
#define COMPAT_LINUX_SWAP_H

#include "../surface/pages.h"

#endif /* COMPAT_LINUX_SWAP_H */
