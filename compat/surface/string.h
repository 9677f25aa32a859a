/* SPDX-License-Identifier: MIT */
/*
 * surface/string.h - strings: the C library's, what the kernel adds, numbers from text.
 */
#ifndef COMPAT_SURFACE_STRING_H
#define COMPAT_SURFACE_STRING_H

#include <ctype.h>
#include <quire/slab.h>
#include <string.h>
#include <strings.h>

#include "compiler.h"
#include "err.h"
#include "math.h"
#include "overflow.h"

/**
 * strscpy() - copies @src to @dst of @size bytes, always with a NUL (@size 0: nothing).
 * Return: the length, -E2BIG when it was cut. strscpy_pad(): the rest of @dst is cleared.
 */
ssize_t strscpy(char *dst, const char *src, size_t size);
ssize_t strscpy_pad(char *dst, const char *src, size_t size);
/** strlcpy(), strlcat() - as BSD's: the length that the whole result would have. */
#undef strlcpy
#undef strlcat
#define strlcpy(dst, src, size) quire_strlcpy((dst), (src), (size))
#define strlcat(dst, src, size) quire_strlcat((dst), (src), (size))
size_t quire_strlcpy(char *dst, const char *src, size_t size);
size_t quire_strlcat(char *dst, const char *src, size_t size);
/** strnstr() - @needle within the first @len bytes of @text. */
char *strnstr(const char *text, const char *needle, size_t len);
/** strnchr() - @c within the first @count bytes of @text. */
char *strnchr(const char *text, size_t count, int c);
/** strnchrnul(), strchrnul_k() - the same, the end instead of NULL. */
char *strnchrnul(const char *text, size_t count, int c);
/** skip_spaces(), strim() - without blanks in front; at both ends (cuts @text). */
char *skip_spaces(const char *text);
char *strim(char *text);
#define strstrip(text) strim(text)
/** strreplace() - each @old of @text becomes @fresh. Return: the end of @text. */
char *strreplace(char *text, char old, char fresh);
/** sysfs_streq() - equal but for one newline at an end? */
bool sysfs_streq(const char *a, const char *b);
/** match_string() - the index of @text in @array of @n (or up to NULL), -EINVAL. */
int match_string(const char *const *array, size_t n, const char *text);
int __sysfs_match_string(const char *const *array, size_t n, const char *text);
#define sysfs_match_string(array, text) __sysfs_match_string(array, ARRAY_SIZE(array), text)
/** memchr_inv() - the first byte of @p that is not @c; NULL: all are. */
void *memchr_inv(const void *p, int c, size_t n);
/** memscan() - the first byte of @p that is @c; the end: none is. */
void *memscan(void *p, int c, size_t n);
/** memzero_explicit() - clears @n bytes, and the compiler may not leave it out. */
void memzero_explicit(void *p, size_t n);
void *memset16(u16 *p, u16 value, size_t n);
void *memset32(u32 *p, u32 value, size_t n);
void *memset64(u64 *p, u64 value, size_t n);
#define memset_l(p, v, n) memset64((u64 *)(p), (v), (n))
#define memset_p(p, v, n) memset64((u64 *)(p), (u64)(uintptr_t)(v), (n))
/** memcat_p() - two arrays that end in NULL as a new one by kmalloc(), or NULL. */
void **__memcat_p(void **a, void **b);
#define memcat_p(a, b)                                                                       \
	({                                                                                   \
		BUILD_BUG_ON_MSG(!__same_type(*(a), *(b)), "memcat_p: arrays of two types"); \
		(__typeof__(*(a)) *)__memcat_p((void **)(a), (void **)(b));                  \
	})
/** memcpy_and_pad() - @count of @src to @dst of @size, the rest is @pad. */
void memcpy_and_pad(void *dst, size_t size, const void *src, size_t count, int pad);
/** str_has_prefix() - the length of @prefix when @text begins with it, else 0. */
size_t str_has_prefix(const char *text, const char *prefix);
#define strstarts(text, prefix) (strncmp((text), (prefix), strlen(prefix)) == 0)
/** kbasename() - what stands behind the last slash of @path. */
const char *kbasename(const char *path);
#define memset_after(obj, v, member)                                         \
	memset((char *)(obj) + offsetofend(__typeof__(*(obj)), member), (v), \
	       sizeof(*(obj)) - offsetofend(__typeof__(*(obj)), member))
#define memset_startat(obj, v, member)                                    \
	memset((char *)(obj) + offsetof(__typeof__(*(obj)), member), (v), \
	       sizeof(*(obj)) - offsetof(__typeof__(*(obj)), member))
/** strtomem(), strtomem_pad() - a string to an array that need not end in NUL. */
#define strtomem(array, src) \
	memcpy((array), (src), min(sizeof(array), strnlen((src), sizeof(array))))
#define strtomem_pad(array, src, pad) \
	memcpy_and_pad((array), sizeof(array), (src), strnlen((src), sizeof(array)), (pad))
#define unsafe_memcpy(dst, src, n, why) memcpy(dst, src, n)

/* kstrdup(), kstrndup(), kmemdup(), kmemdup_nul(): quire/slab.h. */
/** kstrdup_const() - a copy, or @text itself where it stands in read-only data of the program. */
const char *kstrdup_const(const char *text, gfp_t gfp);
void kfree_const(const void *text);

/*
 * Numbers from text. @base 0: 0x means 16, a leading 0 means 8, else 10. One newline may follow.
 * Return: 0, -EINVAL: not a number, or something follows; -ERANGE: does not fit.
 */
int kstrtoull(const char *text, unsigned int base, unsigned long long *value);
int kstrtoll(const char *text, unsigned int base, long long *value);
int kstrtouint(const char *text, unsigned int base, unsigned int *value);
int kstrtoint(const char *text, unsigned int base, int *value);
int kstrtou16(const char *text, unsigned int base, u16 *value);
int kstrtos16(const char *text, unsigned int base, s16 *value);
int kstrtou8(const char *text, unsigned int base, u8 *value);
int kstrtos8(const char *text, unsigned int base, s8 *value);
/** kstrtobool() - y Y 1 t T on: true; n N 0 f F off: false, by the first letters. 0 or -EINVAL. */
int kstrtobool(const char *text, bool *value);
#define strtobool(text, value) kstrtobool(text, value)

static inline int __must_check kstrtoul(const char *text, unsigned int base, unsigned long *value)
{
	return kstrtoull(text, base, (unsigned long long *)value);
}

static inline int __must_check kstrtol(const char *text, unsigned int base, long *value)
{
	return kstrtoll(text, base, (long long *)value);
}
#define kstrtou64(text, base, value) kstrtoull(text, base, (unsigned long long *)(value))
#define kstrtos64(text, base, value) kstrtoll(text, base, (long long *)(value))
#define kstrtou32(text, base, value) kstrtouint(text, base, value)
#define kstrtos32(text, base, value) kstrtoint(text, base, value)
/** simple_strtoul() and kin - the number at the start of @text; *@end: behind it. */
unsigned long long simple_strtoull(const char *text, char **end, unsigned int base);
#define simple_strtoul(text, end, base) ((unsigned long)simple_strtoull(text, end, base))
long simple_strtol(const char *text, char **end, unsigned int base);
#define simple_strtoll(text, end, base) ((long long)simple_strtol(text, end, base))
/**
 * get_option() - a number at *@text, which moves behind it.
 * Return: 0: no number, at most a "-" was passed; 1: the last one; 2: a comma follows, *@text is
 * behind it; 3: "-" follows, the number begins a range, *@text is at the "-".
 * @value: NULL: the number is only passed over
 */
int get_option(char **text, int *value);
/**
 * get_options() - numbers and ranges with commas between, to @values[1 ...] of @n in all; their
 * count in @values[0]. @n 0: nothing is stored but the count that there would be.
 * Return: behind the last one.
 */
char *get_options(const char *text, int n, int *values);
/** parse_option_str() - is @option one of the words of @text, which commas part? */
bool parse_option_str(const char *text, const char *option);
/** memparse() - a number with K, M, G, T, P or E behind it, in bytes. */
unsigned long long memparse(const char *text, char **end);

extern const char hex_asc[];
extern const char hex_asc_upper[];
#define hex_asc_lo(x) hex_asc[((x)&0x0f)]
#define hex_asc_hi(x) hex_asc[((x)&0xf0) >> 4]
/** hex_to_bin() - the value of a hex digit, -1: none. */
int hex_to_bin(unsigned char digit);
/** bin2hex() - @n bytes as hex digits. Return: behind them. hex2bin(): the inverse; 0, -EINVAL. */
char *bin2hex(char *dst, const void *src, size_t n);
int hex2bin(u8 *dst, const char *src, size_t n);

static inline const char *str_yes_no(bool value)
{
	return value ? "yes" : "no";
}

static inline const char *str_on_off(bool value)
{
	return value ? "on" : "off";
}

static inline const char *str_enabled_disabled(bool value)
{
	return value ? "enabled" : "disabled";
}

#endif /* COMPAT_SURFACE_STRING_H */
