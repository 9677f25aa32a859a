/* SPDX-License-Identifier: MIT */
/*
 * base/string.h - memory and strings without libc.
 *
 * The macros reach the compiler's builtins, which -ffreestanding hides behind
 * other names: constant sizes are expanded in line, other sizes call the
 * functions memcpy, memmove, memset and memcmp that every C compiler asks of its
 * environment. The functions on strings are written here, for no port has to bring them.
 *
 * For .c files of src/ only, never from a header: a program's own <string.h> is
 * not to meet these macros.
 */
#ifndef QUIRE_BASE_STRING_H
#define QUIRE_BASE_STRING_H

#include <stddef.h>

#define memset(p, byte, n)   __builtin_memset(p, byte, n)
#define memcpy(dst, src, n)  __builtin_memcpy(dst, src, n)
#define memmove(dst, src, n) __builtin_memmove(dst, src, n)
#define memcmp(a, b, n)	     __builtin_memcmp(a, b, n)
#define strlen(s)	     quire_strlen(s)
#define strcmp(a, b)	     quire_strcmp(a, b)
#define strncmp(a, b, n)     quire_strncmp(a, b, n)

/** quire_strlen() - as C's strlen(). O(n). */
static inline size_t quire_strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

/** quire_strncmp() - as C's strncmp(). O(n). */
static inline int quire_strncmp(const char *a, const char *b, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (a[i] != b[i])
			return (unsigned char)a[i] - (unsigned char)b[i];
		if (!a[i])
			break;
	}
	return 0;
}

/** quire_strcmp() - as C's strcmp(). O(n). */
static inline int quire_strcmp(const char *a, const char *b)
{
	return quire_strncmp(a, b, (size_t)-1);
}

#endif /* QUIRE_BASE_STRING_H */
