/* SPDX-License-Identifier: MIT */
/* linux/mempool.h - quire/mempool.h under the kernel's names, see surface/replaceable.h. */
#ifndef COMPAT_LINUX_MEMPOOL_H
#define COMPAT_LINUX_MEMPOOL_H

#include <linux/xarray.h>

#endif /* COMPAT_LINUX_MEMPOOL_H */
