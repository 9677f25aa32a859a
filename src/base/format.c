/* SPDX-License-Identifier: MIT */
/*
 * format.c - printf's formats without libc; see base/format.h.
 *
 * A number is laid out as C11 7.21.6.1 says:
 *
 *	|<----------------- width ------------------>|
 *	 blanks  sign/prefix  zeroes     digits  blanks
 *	 (right               |<-- precision -->|  (left
 *	  adjusted)                                 adjusted)
 *
 * The flag 0 turns the leading blanks into zeroes unless a precision is given
 * or the flag - stands beside it.
 */
#include "base/format.h"

#include <quire/math.h>

#include "base/string.h"

enum length { LEN_INT, LEN_CHAR, LEN_SHORT, LEN_LONG, LEN_LLONG, LEN_SIZE, LEN_PTRDIFF, LEN_MAX };

/* One conversion. @precision -1: none given. */
struct spec {
	bool left, plus, blank, alt, zero;
	int width, precision;
	enum length length;
	char conversion;
};

/* What one call of format_to() carries along. @args: va_list is an array on some targets. */
struct output {
	struct format_sink *sink;
	size_t total;
	va_list args;
};

static void put(struct output *out, const char *text, size_t n)
{
	out->sink->put(out->sink, text, n);
	out->total += n;
}

static void pad(struct output *out, char with, long n)
{
	static const char blanks[] = "                ", zeroes[] = "0000000000000000";
	const char *from = with == '0' ? zeroes : blanks;

	for (; n > 0; n -= 16)
		put(out, from, (size_t)min(n, 16l));
}

/* @text, @n bytes, in a field of the spec's width. */
static void put_field(struct output *out, const struct spec *spec, const char *text, size_t n)
{
	long blanks = spec->width - (long)n;

	if (!spec->left)
		pad(out, ' ', blanks);
	put(out, text, n);
	if (spec->left)
		pad(out, ' ', blanks);
}

/* Digits of @value before @end, none for 0. Return: the first digit. */
static char *digits(char *end, u64 value, unsigned int base, const char *alphabet)
{
	for (; value; value /= base)
		*--end = alphabet[value % base];
	return end;
}

/* A number whose sign or prefix is @prefix. */
static void put_number(struct output *out, const struct spec *spec, u64 value, unsigned int base,
		       const char *prefix)
{
	const char *alphabet = spec->conversion == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	char buf[24], *end = buf + sizeof(buf), *first = digits(end, value, base, alphabet);
	long n = end - first, prefix_len = (long)strlen(prefix);
	long zeroes = spec->precision >= 0 ? spec->precision - n : n ? 0 : 1, blanks;

	if (spec->conversion == 'o' && spec->alt && zeroes <= 0 && (value || !n))
		zeroes = 1;
	zeroes = max(zeroes, 0l);
	blanks = spec->width - n - zeroes - prefix_len;
	if (spec->zero && !spec->left && spec->precision < 0 && blanks > 0) {
		zeroes += blanks;
		blanks = 0;
	}
	if (!spec->left)
		pad(out, ' ', blanks);
	put(out, prefix, (size_t)prefix_len);
	pad(out, '0', zeroes);
	put(out, first, (size_t)n);
	if (spec->left)
		pad(out, ' ', blanks);
}

static s64 take_signed(struct output *out, enum length length)
{
	switch (length) {
	case LEN_CHAR:
		return (signed char)va_arg(out->args, int);
	case LEN_SHORT:
		return (short)va_arg(out->args, int);
	case LEN_LONG:
		return va_arg(out->args, long);
	case LEN_LLONG:
		return va_arg(out->args, long long);
	case LEN_SIZE:
	case LEN_PTRDIFF:
		return va_arg(out->args, ptrdiff_t);
	case LEN_MAX:
		return va_arg(out->args, intmax_t);
	default:
		return va_arg(out->args, int);
	}
}

static u64 take_unsigned(struct output *out, enum length length)
{
	switch (length) {
	case LEN_CHAR:
		return (unsigned char)va_arg(out->args, unsigned int);
	case LEN_SHORT:
		return (unsigned short)va_arg(out->args, unsigned int);
	case LEN_LONG:
		return va_arg(out->args, unsigned long);
	case LEN_LLONG:
		return va_arg(out->args, unsigned long long);
	case LEN_SIZE:
	case LEN_PTRDIFF:
		return va_arg(out->args, size_t);
	case LEN_MAX:
		return va_arg(out->args, uintmax_t);
	default:
		return va_arg(out->args, unsigned int);
	}
}

static void put_signed(struct output *out, const struct spec *spec)
{
	s64 value = take_signed(out, spec->length);
	const char *sign = value < 0 ? "-" : spec->plus ? "+" : spec->blank ? " " : "";

	put_number(out, spec, value < 0 ? -(u64)value : (u64)value, 10, sign);
}

static void put_unsigned(struct output *out, const struct spec *spec, unsigned int base)
{
	u64 value = take_unsigned(out, spec->length);
	const char *prefix = "";

	if (spec->alt && base == 16 && value)
		prefix = spec->conversion == 'X' ? "0X" : "0x";
	put_number(out, spec, value, base, prefix);
}

static void put_string(struct output *out, const struct spec *spec)
{
	const char *text = va_arg(out->args, const char *);
	size_t n = 0, limit = spec->precision < 0 ? (size_t)-1 : (size_t)spec->precision;

	if (!text)
		text = limit < 6 ? "" : "(null)"; /* never half of it, as glibc */
	while (n < limit && text[n])
		n++;
	put_field(out, spec, text, n);
}

static void put_char(struct output *out, const struct spec *spec)
{
	char c = (char)va_arg(out->args, int);

	put_field(out, spec, &c, 1);
}

/* %p and Linux's %px, %pS, %ps. Return: how many letters behind the p were used. */
static int put_pointer(struct output *out, struct spec *spec, char extension)
{
	const void *pointer = va_arg(out->args, const void *);
	char name[128];
	unsigned int n = 0;

	if (extension == 'x') {
		spec->zero = true;
		spec->width = max(spec->width, (int)(2 * sizeof(pointer)));
		put_number(out, spec, (uintptr_t)pointer, 16, "");
		return 1;
	}
	if ((extension == 'S' || extension == 's') && out->sink->symbol)
		n = out->sink->symbol(out->sink, pointer, name, sizeof(name));
	if (n)
		put_field(out, spec, name, min(n, (unsigned int)sizeof(name)));
	else if (!pointer)
		put_field(out, spec, "(nil)", 5);
	else
		put_number(out, spec, (uintptr_t)pointer, 16,
			   spec->plus	 ? "+0x"
			   : spec->blank ? " 0x"
					 : "0x");
	return extension == 'S' || extension == 's';
}

static const char *parse_flags(const char *fmt, struct spec *spec)
{
	for (;; fmt++) {
		switch (*fmt) {
		case '-':
			spec->left = true;
			break;
		case '+':
			spec->plus = true;
			break;
		case ' ':
			spec->blank = true;
			break;
		case '#':
			spec->alt = true;
			break;
		case '0':
			spec->zero = true;
			break;
		default:
			return fmt;
		}
	}
}

/* Digits or an asterisk. */
static const char *parse_int(const char *fmt, struct output *out, int *value)
{
	if (*fmt == '*') {
		*value = va_arg(out->args, int);
		return fmt + 1;
	}
	for (*value = 0; *fmt >= '0' && *fmt <= '9'; fmt++)
		*value = *value * 10 + (*fmt - '0');
	return fmt;
}

static const char *parse_length(const char *fmt, struct spec *spec)
{
	switch (*fmt) {
	case 'h':
		spec->length = fmt[1] == 'h' ? LEN_CHAR : LEN_SHORT;
		return fmt + (fmt[1] == 'h' ? 2 : 1);
	case 'l':
		spec->length = fmt[1] == 'l' ? LEN_LLONG : LEN_LONG;
		return fmt + (fmt[1] == 'l' ? 2 : 1);
	case 'z':
		spec->length = LEN_SIZE;
		return fmt + 1;
	case 't':
		spec->length = LEN_PTRDIFF;
		return fmt + 1;
	case 'j':
		spec->length = LEN_MAX;
		return fmt + 1;
	default:
		spec->length = LEN_INT;
		return fmt;
	}
}

/* Parses what stands behind a percent sign. Return: behind the conversion, or at the NUL. */
static const char *parse_spec(const char *fmt, struct output *out, struct spec *spec)
{
	*spec = (struct spec){ .precision = -1 };
	fmt = parse_flags(fmt, spec);
	fmt = parse_int(fmt, out, &spec->width);
	if (spec->width < 0) {
		spec->left = true;
		spec->width = -spec->width;
	}
	if (*fmt == '.')
		fmt = parse_int(fmt + 1, out, &spec->precision);
	spec->precision = max(spec->precision, -1);
	fmt = parse_length(fmt, spec);
	spec->conversion = *fmt;
	return *fmt ? fmt + 1 : fmt;
}

/* Writes one conversion. @from, @to: its own text. Return: where to go on. */
static const char *convert(struct output *out, struct spec *spec, const char *from, const char *to)
{
	switch (spec->conversion) {
	case 'd':
	case 'i':
		put_signed(out, spec);
		break;
	case 'u':
		put_unsigned(out, spec, 10);
		break;
	case 'x':
	case 'X':
		put_unsigned(out, spec, 16);
		break;
	case 'o':
		put_unsigned(out, spec, 8);
		break;
	case 's':
		put_string(out, spec);
		break;
	case 'c':
		put_char(out, spec);
		break;
	case 'p':
		return to + put_pointer(out, spec, *to);
	case '%':
		put(out, "%", 1);
		break;
	default:
		put(out, from, (size_t)(to - from));
	}
	return to;
}

size_t format_to(struct format_sink *sink, const char *fmt, va_list args)
{
	struct output out = { .sink = sink };
	struct spec spec;

	va_copy(out.args, args);
	while (*fmt) {
		const char *from = fmt;

		while (*fmt && *fmt != '%')
			fmt++;
		if (fmt > from)
			put(&out, from, (size_t)(fmt - from));
		if (*fmt) {
			from = fmt;
			fmt = parse_spec(fmt + 1, &out, &spec);
			fmt = convert(&out, &spec, from, fmt);
		}
	}
	va_end(out.args);
	return out.total;
}

struct buffer_sink {
	struct format_sink sink;
	char *at;
	size_t room; /* without the NUL */
};

static void put_to_buffer(struct format_sink *sink, const char *text, size_t n)
{
	struct buffer_sink *to = container_of(sink, struct buffer_sink, sink);

	n = min(n, to->room);
	memcpy(to->at, text, n);
	to->at += n;
	to->room -= n;
}

size_t format_va(char *buf, size_t size, const char *fmt, va_list args)
{
	struct buffer_sink to = {
		.sink = { .put = put_to_buffer },
		.at = buf,
		.room = size ? size - 1 : 0,
	};
	size_t total = format_to(&to.sink, fmt, args);

	if (size)
		*to.at = '\0';
	return total;
}

size_t format(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	size_t total;

	va_start(args, fmt);
	total = format_va(buf, size, fmt, args);
	va_end(args);
	return total;
}
