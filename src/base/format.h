/* SPDX-License-Identifier: MIT */
/*
 * base/format.h - printf's formats without libc.
 *
 *	%[flags][width][.precision][length]conversion
 *	flags       - + space # 0
 *	width       digits or *, negative: as flag -
 *	precision   digits or *, negative: none
 *	length      hh h l ll z t j
 *	conversion  d i u x X o c s p %
 *
 * These give the same bytes as glibc's printf. Beyond it, Linux's pointers:
 *	%px         the address, 16 hex digits, no prefix
 *	%pS %ps     "name+0x12/0x40" where the sink can name addresses, else 0x...
 *	%s of NULL  "(null)"
 * Not there: floating point, %n, wide characters, %m. An unknown conversion is
 * written out as it stands, so that it is seen.
 *
 * Text goes to a sink in pieces, so no length limit and no buffer is involved;
 * format_va() is the sink that is a buffer.
 */
#ifndef QUIRE_BASE_FORMAT_H
#define QUIRE_BASE_FORMAT_H

#include <stdarg.h>

#include <quire/api.h>
#include <quire/types.h>

/**
 * struct format_sink - where text goes.
 * @put: takes @n bytes, not terminated; @n may be 0.
 * @symbol: writes the name of code address @pc to @buf, returns its length, 0 when
 *	unknown; NULL: nothing is ever known.
 */
struct format_sink {
	void (*put)(struct format_sink *sink, const char *text, size_t n);
	unsigned int (*symbol)(struct format_sink *sink, const void *pc, char *buf,
			       unsigned int size);
};

/** format_to() - formats to @sink. Return: number of bytes given to it. */
size_t format_to(struct format_sink *sink, const char *fmt, va_list args);

/**
 * format_va() - vsnprintf(): formats to @buf, at most @size - 1 bytes and a NUL.
 * Return: the length the whole text has, which may be more than @size - 1.
 */
size_t format_va(char *buf, size_t size, const char *fmt, va_list args);

/** format() - snprintf(), see format_va(). */
size_t format(char *buf, size_t size, const char *fmt, ...) QUIRE_PRINTF(3, 4);

#endif /* QUIRE_BASE_FORMAT_H */
