/* SPDX-License-Identifier: MIT */
/* mm/internal.h - the memory manager's own header: pages and objects. */
#ifndef COMPAT_MM_INTERNAL_H
#define COMPAT_MM_INTERNAL_H

#include <linux/slab.h>

#endif /* COMPAT_MM_INTERNAL_H */
