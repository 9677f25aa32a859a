/* SPDX-License-Identifier: MIT */
/* linux/radix-tree.h - quire/radix-tree.h under the kernel's names, see surface/replaceable.h. */
#ifndef COMPAT_LINUX_RADIX_TREE_H
#define COMPAT_LINUX_RADIX_TREE_H

#include <linux/xarray.h>

#endif /* COMPAT_LINUX_RADIX_TREE_H */
