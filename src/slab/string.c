/* SPDX-License-Identifier: MIT */
/*
 * slab/string.c - copies of strings and memory in objects.
 *
 * Each takes what kmalloc() gives, so the caller frees with kfree(). NULL in, NULL out.
 */
#include "slab/slab.h"

#define CALLER ((unsigned long)__builtin_return_address(0))

/* @bytes bytes of @src, and a zero when @nul. */
static void *copy(const void *src, size_t bytes, bool nul, gfp_t gfp, unsigned long caller)
{
	char *p;

	if (!src || bytes + nul < bytes)
		return NULL;
	p = __kmalloc_track_caller(bytes + nul, gfp, caller);
	if (!p)
		return NULL;
	if (bytes)
		memcpy(p, src, bytes);
	if (nul)
		p[bytes] = '\0';
	return p;
}

char *kstrdup(const char *s, gfp_t gfp)
{
	return copy(s, s ? strlen(s) : 0, true, gfp, CALLER);
}

char *kstrndup(const char *s, size_t max, gfp_t gfp)
{
	size_t n = 0;

	while (s && n < max && s[n])
		n++;
	return copy(s, n, true, gfp, CALLER);
}

void *kmemdup(const void *src, size_t bytes, gfp_t gfp)
{
	return copy(src, bytes, false, gfp, CALLER);
}

char *kmemdup_nul(const char *s, size_t bytes, gfp_t gfp)
{
	return copy(s, bytes, true, gfp, CALLER);
}
