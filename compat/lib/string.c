/* SPDX-License-Identifier: MIT */
/*
 * string.c - strings and memory beside what the C library has; contracts: surface/string.h.
 *
 * Source: semantics of Linux 6.1 Documentation/core-api/kernel-api.rst, "String Manipulation".
 */
#include <linux/kernel.h>

const char hex_asc[] = "0123456789abcdef";
const char hex_asc_upper[] = "0123456789ABCDEF";

ssize_t strscpy(char *dst, const char *src, size_t size)
{
	size_t len;

	if (!size || size > INT_MAX)
		return -E2BIG;
	len = strnlen(src, size);
	if (len < size) {
		memcpy(dst, src, len + 1);
		return (ssize_t)len;
	}
	memcpy(dst, src, size - 1);
	dst[size - 1] = '\0';
	return -E2BIG;
}

ssize_t strscpy_pad(char *dst, const char *src, size_t size)
{
	ssize_t len = strscpy(dst, src, size);

	if (len >= 0)
		memset(dst + len, 0, size - (size_t)len);
	return len;
}

size_t quire_strlcpy(char *dst, const char *src, size_t size)
{
	size_t len = strlen(src), n;

	if (size) {
		n = min(len, size - 1);
		memcpy(dst, src, n);
		dst[n] = '\0';
	}
	return len;
}

size_t quire_strlcat(char *dst, const char *src, size_t size)
{
	size_t at = strnlen(dst, size);

	return at + quire_strlcpy(dst + at, src, size - at);
}

char *strnstr(const char *text, const char *needle, size_t len)
{
	size_t n = strlen(needle);

	for (; len >= n; text++, len--)
		if (!memcmp(text, needle, n))
			return (char *)text;
	return NULL;
}

char *strnchrnul(const char *text, size_t count, int c)
{
	for (; count && *text && *text != (char)c; text++, count--)
		;
	return (char *)text;
}

char *strnchr(const char *text, size_t count, int c)
{
	const char *at = strnchrnul(text, count, c);

	return at < text + count && *at == (char)c ? (char *)at : NULL;
}

char *skip_spaces(const char *text)
{
	while (isspace((unsigned char)*text))
		text++;
	return (char *)text;
}

char *strim(char *text)
{
	size_t len = strlen(text);

	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	text[len] = '\0';
	return skip_spaces(text);
}

char *strreplace(char *text, char old, char fresh)
{
	for (; *text; text++)
		if (*text == old)
			*text = fresh;
	return text;
}

/* The length without one newline at the end. */
static size_t len_of_line(const char *text)
{
	size_t len = strlen(text);

	return len && text[len - 1] == '\n' ? len - 1 : len;
}

bool sysfs_streq(const char *a, const char *b)
{
	size_t len = len_of_line(a);

	return len == len_of_line(b) && !memcmp(a, b, len);
}

int match_string(const char *const *array, size_t n, const char *text)
{
	size_t i;

	for (i = 0; i < n && array[i]; i++)
		if (!strcmp(array[i], text))
			return (int)i;
	return -EINVAL;
}

int __sysfs_match_string(const char *const *array, size_t n, const char *text)
{
	size_t i;

	for (i = 0; i < n && array[i]; i++)
		if (sysfs_streq(array[i], text))
			return (int)i;
	return -EINVAL;
}

size_t str_has_prefix(const char *text, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(text, prefix, len) ? 0 : len;
}

const char *kbasename(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* A byte differs, or none does: the first is looked at alone, the rest beside their neighbours. */
void *memchr_inv(const void *p, int c, size_t n)
{
	const u8 *bytes = p;
	size_t i;

	if (!n)
		return NULL;
	if (bytes[0] != (u8)c)
		return (void *)bytes;
	if (!memcmp(bytes, bytes + 1, n - 1))
		return NULL;
	for (i = 1; bytes[i] == (u8)c; i++)
		;
	return (void *)(bytes + i);
}

void *memscan(void *p, int c, size_t n)
{
	void *at = memchr(p, c, n);

	return at ? at : (u8 *)p + n;
}

void memzero_explicit(void *p, size_t n)
{
	memset(p, 0, n);
	barrier_data(p);
}

void *memset16(u16 *p, u16 value, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		p[i] = value;
	return p;
}

void *memset32(u32 *p, u32 value, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		p[i] = value;
	return p;
}

void *memset64(u64 *p, u64 value, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		p[i] = value;
	return p;
}

void memcpy_and_pad(void *dst, size_t size, const void *src, size_t count, int pad)
{
	size_t n = min(size, count);

	memcpy(dst, src, n);
	memset((char *)dst + n, pad, size - n);
}

int hex_to_bin(unsigned char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	digit |= 0x20;
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

char *bin2hex(char *dst, const void *src, size_t n)
{
	const u8 *bytes = src;

	for (; n; n--, bytes++) {
		*dst++ = hex_asc_hi(*bytes);
		*dst++ = hex_asc_lo(*bytes);
	}
	return dst;
}

int hex2bin(u8 *dst, const char *src, size_t n)
{
	for (; n; n--, src += 2) {
		int high = hex_to_bin((unsigned char)src[0]);
		int low = high < 0 ? -1 : hex_to_bin((unsigned char)src[1]);

		if (low < 0)
			return -EINVAL;
		*dst++ = (u8)(high << 4 | low);
	}
	return 0;
}
