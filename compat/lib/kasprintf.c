/* SPDX-License-Identifier: MIT */
/* kasprintf.c - formatting to memory of kmalloc(): measured first, then written. */
#include <linux/slab.h>

char *kvasprintf(gfp_t gfp, const char *fmt, va_list args)
{
	va_list again;
	char *text;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (len < 0)
		return NULL;
	text = kmalloc((size_t)len + 1, gfp);
	if (text)
		vsnprintf(text, (size_t)len + 1, fmt, args);
	return text;
}

char *kasprintf(gfp_t gfp, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = kvasprintf(gfp, fmt, args);
	va_end(args);
	return text;
}
