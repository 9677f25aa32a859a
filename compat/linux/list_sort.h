/* SPDX-License-Identifier: MIT */
/* list_sort.h - sorting of lists. */
#ifndef COMPAT_LINUX_LIST_SORT_H
#define COMPAT_LINUX_LIST_SORT_H

#include <linux/list.h>

/** typedef list_cmp_func_t - > 0: @a belongs behind @b; else they may stay as they are. */
typedef int
	__attribute__((__nonnull__(2, 3))) (*list_cmp_func_t)(void *priv, const struct list_head *a,
							      const struct list_head *b);

/**
 * list_sort() - sorts @head in ascending order; stable; any function @cmp will do.
 * @priv: passed to @cmp, not otherwise looked at
 * Context: no memory is allocated. About n log2(n) - n comparisons.
 */
void list_sort(void *priv, struct list_head *head, list_cmp_func_t cmp)
	__attribute__((__nonnull__(2, 3)));

#endif /* COMPAT_LINUX_LIST_SORT_H */
