/* SPDX-License-Identifier: MIT */
/*
 * slab_string.h - copies of strings and memory, each an object of kmalloc's; free with kfree().
 * NULL when memory is short. Comes with slab.h.
 */
#ifndef QUIRE_SLAB_STRING_H
#define QUIRE_SLAB_STRING_H

#include <quire/api.h>
#include <quire/gfp.h>
#include <quire/types.h>

QUIRE_BEGIN_DECLS

/** kstrdup() - a copy of @s; NULL of NULL. */
char *kstrdup(const char *s, gfp_t gfp) QUIRE_API(kstrdup) __attribute__((malloc));
/** kstrndup() - at most @max characters and the zero. */
char *kstrndup(const char *s, size_t max, gfp_t gfp) QUIRE_API(kstrndup) __attribute__((malloc));
/** kmemdup() - a copy of @bytes bytes. */
void *kmemdup(const void *src, size_t bytes, gfp_t gfp) QUIRE_API(kmemdup) __attribute__((malloc));
/** kmemdup_nul() - @bytes bytes and a zero. */
char *kmemdup_nul(const char *s, size_t bytes, gfp_t gfp) QUIRE_API(kmemdup_nul)
	__attribute__((malloc));

QUIRE_END_DECLS

#endif /* QUIRE_SLAB_STRING_H */
