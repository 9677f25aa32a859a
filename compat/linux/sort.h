/* SPDX-License-Identifier: MIT */
/* linux/sort.h - arrays put in order, in place. */
#ifndef COMPAT_LINUX_SORT_H
#define COMPAT_LINUX_SORT_H

#include "../surface/base.h"

/**
 * sort() - the @num elements of @size bytes at @base in ascending order; not stable.
 * @swap_func: NULL: bytes are exchanged
 * sort_r(): @cmp_func and @swap_func get @priv, too.
 * No memory is needed, and never more than O(num log num) comparisons.
 */
void sort(void *base, size_t num, size_t size, cmp_func_t cmp_func, swap_func_t swap_func);
void sort_r(void *base, size_t num, size_t size, cmp_r_func_t cmp_func, swap_r_func_t swap_func,
	    const void *priv);

#endif /* COMPAT_LINUX_SORT_H */
