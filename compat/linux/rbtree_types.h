/* SPDX-License-Identifier: MIT */
/* rbtree_types.h - struct rb_node and kin: rbtree.h. */
#ifndef COMPAT_LINUX_RBTREE_TYPES_H
#define COMPAT_LINUX_RBTREE_TYPES_H

#include <linux/rbtree.h>

#endif /* COMPAT_LINUX_RBTREE_TYPES_H */
