/* SPDX-License-Identifier: MIT */
/* linux/slab.h - objects: quire/slab.h, and pages. */
#ifndef COMPAT_LINUX_SLAB_H
#define COMPAT_LINUX_SLAB_H

#include <linux/kasan.h>
#include <quire/slab.h>
#include <quire/slab_debug.h>
#include "../surface/pages.h"

/* Later kernels' names of what their macros call. */
#define __kmalloc_noprof(size, gfp)			   __kmalloc(size, gfp)
#define __kmalloc_cache_noprof(cache, gfp, size)	   kmalloc_trace(cache, gfp, size)
#define __kmalloc_cache_node_noprof(cache, gfp, nid, size) kmalloc_node_trace(cache, gfp, nid, size)

#endif /* COMPAT_LINUX_SLAB_H */
