/* SPDX-License-Identifier: MIT */
/* linux/radix-tree.h - quire/radix-tree.h under the kernel's names, see surface/replaceable.h. */
#ifndef COMPAT_LINUX_RADIX_TREE_H
#define COMPAT_LINUX_RADIX_TREE_H

#include <linux/percpu.h>
#include <linux/xarray.h>

/** struct radix_tree_preload - nodes that a radix tree of the client's own sets aside for a CPU. */
struct radix_tree_preload {
	local_lock_t lock;
	unsigned int nr;
	struct radix_tree_node *nodes; /* chained by parent */
};
DECLARE_PER_CPU(struct radix_tree_preload, radix_tree_preloads);

#endif /* COMPAT_LINUX_RADIX_TREE_H */
