/* SPDX-License-Identifier: MIT */
/*
 * vsprintf.c - formatting with Linux's pointers; the list of them: surface/printk.h.
 *
 * 1. A format of numbers and single characters alone is the C library's matter.
 * 2. Else conversions are taken one by one: a pointer is turned into text here, anything else is
 *    given to the C library as a format of its own with its one argument.
 * 3. A pointer printed by %p is hashed with a secret of this process: equal pointers give equal
 *    text, and the text does not tell the address. NULL and error pointers are no secret.
 * 4. What the kernel does not know (%n, %m, wide strings ...) must not reach the C library, which
 *    does: it is warned of once, and the text ends there, as nobody can say what the arguments
 *    behind it are. Floating point the kernel does not know either; test programs print it.
 *
 * Left out: %pM, %pI, %pU, %pE and structures that do not exist here (%pd, %pR ...) print as %p.
 * Sources: Linux 6.1 Documentation/core-api/printk-formats.rst; C11 7.21.6.1.
 */
#include <stdio.h>

#include <linux/kernel.h>
#include <linux/mm.h>
#include <quire/explain.h>
#include <quire/port.h>

#include "format.h"

#define POINTER_DIGITS ((int)(2 * sizeof(void *)))

/* One conversion. @text: itself, with numbers in place of asterisks. @precision -1: none. */
struct spec {
	char text[64];
	bool left, wide, long_double;
	int width, precision;
	char conversion;
};

/* What a call carries along: @at bytes are written or would have been. */
struct output {
	char *buf;
	size_t size, at;
	va_list args;
};

static char *room(struct output *out, size_t *left)
{
	static char nowhere[1];

	*left = out->at < out->size ? out->size - out->at : 0;
	return *left ? out->buf + out->at : nowhere;
}

static void put(struct output *out, const char *text, size_t n)
{
	size_t left;
	char *to = room(out, &left);

	memcpy(to, text, min(n, left));
	out->at += n;
}

/* @text in a field of the spec's width. */
static void put_field(struct output *out, const struct spec *spec, const char *text, size_t n)
{
	int blanks = spec->width - (int)n;

	for (; blanks > 0 && !spec->left; blanks--)
		put(out, " ", 1);
	put(out, text, n);
	for (; blanks > 0; blanks--)
		put(out, " ", 1);
}

static void put_text(struct output *out, const struct spec *spec, const char *text)
{
	put_field(out, spec, text, strlen(text));
}

static void put_hex(struct output *out, const struct spec *spec, unsigned long value, int digits,
		    const char *prefix)
{
	char text[32];

	put_field(out, spec, text,
		  (size_t)(snprintf)(text, sizeof(text), "%s%0*lx", prefix, digits, value));
}

static u64 mix(u64 x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

/* The same 32 bits for the same pointer, as long as the process lives. */
static unsigned long pointer_id(const void *pointer)
{
	static u64 secret;
	u64 now = __atomic_load_n(&secret, __ATOMIC_RELAXED), fresh;

	if (!now) {
		fresh = quire_host_port()->random(quire_host_port()->ctx) | 1;
		now = __atomic_compare_exchange_n(&secret, &now, fresh, false, __ATOMIC_RELAXED,
						  __ATOMIC_RELAXED)
			      ? fresh
			      : now;
	}
	return (u32)mix(mix((u64)(uintptr_t)pointer ^ now) + now);
}

static void put_plain_pointer(struct output *out, const struct spec *spec, const void *pointer)
{
	unsigned long shown =
		IS_ERR_OR_NULL(pointer) ? (unsigned long)pointer : pointer_id(pointer);

	put_hex(out, spec, shown, POINTER_DIGITS, "");
}

/* A code address; @back: a return address, of which the call before is meant. */
static void put_symbol(struct output *out, const struct spec *spec, const void *pointer, char kind)
{
	const struct quire_port *port = quire_host_port();
	unsigned long pc = (unsigned long)pointer - (kind == 'B');
	char name[160];
	unsigned int n = min(port->symbol(port->ctx, pc, name, sizeof(name)),
			     (unsigned int)sizeof(name) - 1);
	char *plus;

	name[n] = '\0';
	plus = strchr(name, '+');
	if (n && kind == 's' && plus)
		*plus = '\0';
	if (n)
		put_text(out, spec, name);
	else
		put_hex(out, spec, (unsigned long)pointer, 1, "0x");
}

static void put_error(struct output *out, const struct spec *spec, const void *pointer)
{
	const char *name;
	char text[48];

	if (!IS_ERR(pointer)) {
		put_plain_pointer(out, spec, pointer);
		return;
	}
	name = quire_errname((int)-PTR_ERR(pointer));
	if (name)
		put_field(out, spec, text, (size_t)(snprintf)(text, sizeof(text), "-%s", name));
	else
		put_field(out, spec, text,
			  (size_t)(snprintf)(text, sizeof(text), "%ld", PTR_ERR(pointer)));
}

/* Chunks of 32 bits, the highest first; it alone may have fewer digits. */
static void put_bitmap_hex(struct output *out, const unsigned long *map, int nbits)
{
	int chunk = nbits % 32 ? nbits % 32 : 32, at = round_down(nbits - 1, 32);
	char text[16];

	for (; at >= 0 && nbits > 0; at -= 32, chunk = 32) {
		u32 bits = (u32)(map[at / 64] >> (at % 64)) & (u32)(~0ul >> (64 - chunk));

		put(out, text,
		    (size_t)(snprintf)(text, sizeof(text), "%s%0*x", at + 32 < nbits ? "," : "",
				       DIV_ROUND_UP(chunk, 4), bits));
	}
}

static void put_bitmap_list(struct output *out, const unsigned long *map, int nbits)
{
	unsigned long start, end;
	const char *comma = "";
	char text[48];

	for_each_set_bitrange(start, end, map, (unsigned long)nbits)
	{
		put(out, text,
		    (size_t)(snprintf)(text, sizeof(text), end - start > 1 ? "%s%lu-%lu" : "%s%lu",
				       comma, start, end - 1));
		comma = ",";
	}
}

static void put_bytes(struct output *out, const struct spec *spec, const u8 *bytes, char separator)
{
	int i, n = clamp(spec->width, 1, 64);
	char text[4];

	for (i = 0; i < n; i++) {
		if (i && separator)
			put(out, &separator, 1);
		(snprintf)(text, sizeof(text), "%02x", bytes[i]);
		put(out, text, 2);
	}
}

/* %ph and its letter. Return: letters used. */
static int put_hex_string(struct output *out, const struct spec *spec, const void *p, char kind)
{
	static const char kinds[] = "CDN", separators[] = { ':', '-', '\0' };
	const char *which = kind ? strchr(kinds, kind) : NULL;

	put_bytes(out, spec, p, which ? separators[which - kinds] : ' ');
	return which ? 2 : 1;
}

static void put_flags(struct output *out, const struct spec *spec, const void *p, char kind)
{
	char text[512];

	if (kind == 'g')
		quire_gfp_to_text(*(const gfp_t *)p, text, sizeof(text));
	else
		quire_page_flags_to_text(*(const unsigned long *)p, text, sizeof(text));
	put_text(out, spec, text);
}

static void put_nested(struct output *out, const struct va_format *nested)
{
	size_t left;
	char *to = room(out, &left);
	va_list args;
	int n;

	va_copy(args, *nested->va);
	n = quire_vsnprintf(to, left, nested->fmt, args);
	va_end(args);
	out->at += (size_t)max(n, 0);
}

/* May what a pointer points at be read? If not, the word for it is printed. */
static bool readable(struct output *out, const struct spec *spec, const void *p)
{
	if ((unsigned long)p >= PAGE_SIZE && !IS_ERR_VALUE((unsigned long)p))
		return true;
	put_text(out, spec, p ? "(efault)" : "(null)");
	return false;
}

/* The extensions that read through the pointer. Return: letters used, -1: none of them. */
static int put_pointed_at(struct output *out, const struct spec *spec, const void *p,
			  const char *letters)
{
	int used = -1;

	if (letters[0] == 'a')
		used = letters[1] == 'd' || letters[1] == 'p' ? 2 : 1;
	else if (letters[0] == 'V' || letters[0] == 'h')
		used = 1;
	else if (letters[0] == 'b')
		used = letters[1] == 'l' ? 2 : 1;
	else if (letters[0] == 'G' && (letters[1] == 'p' || letters[1] == 'g'))
		used = 2;
	if (used < 0 || !readable(out, spec, p))
		return used;
	switch (letters[0]) {
	case 'a':
		put_hex(out, spec, *(const unsigned long *)p, 16, "0x");
		return used;
	case 'V':
		put_nested(out, p);
		return used;
	case 'h':
		return put_hex_string(out, spec, p, letters[1]);
	case 'G':
		put_flags(out, spec, p, letters[1]);
		return used;
	default:
		if (used == 2)
			put_bitmap_list(out, p, max(spec->width, 0));
		else
			put_bitmap_hex(out, p, max(spec->width, 0));
		return used;
	}
}

/* %p. @letters: what stands behind the p. Return: how many of them were used. */
static int put_pointer(struct output *out, const struct spec *spec, const char *letters)
{
	const void *p = va_arg(out->args, const void *);
	int used;

	switch (letters[0]) {
	case 'x':
		put_hex(out, spec, (unsigned long)p, POINTER_DIGITS, "");
		return 1;
	case 'K':
		put_plain_pointer(out, spec, p);
		return 1;
	case 'S':
	case 's':
	case 'B':
		put_symbol(out, spec, p, letters[0]);
		return letters[1] == 'R' || letters[1] == 'b' ? 2 : 1;
	case 'e':
		put_error(out, spec, p);
		return 1;
	default:
		used = put_pointed_at(out, spec, p, letters);
		if (used >= 0)
			return used;
		put_plain_pointer(out, spec, p);
		for (used = 0; isalnum((unsigned char)letters[used]); used++)
			;
		return used;
	}
}

/* A conversion of the C library's: its own text and its own argument. */
static void put_other(struct output *out, const struct spec *spec)
{
	size_t left;
	char *to = room(out, &left);
	const char *text;
	int n;

	switch (spec->conversion) {
	case 'd':
	case 'i':
	case 'u':
	case 'x':
	case 'X':
	case 'o':
		n = spec->wide ? (snprintf)(to, left, spec->text, va_arg(out->args, long))
			       : (snprintf)(to, left, spec->text, va_arg(out->args, int));
		break;
	case 'c': /* never a wide one, whatever stands before it */
		n = (snprintf)(to, left, spec->left ? "%-*c" : "%*c", abs(spec->width),
			       va_arg(out->args, int));
		break;
	case 's':
		text = va_arg(out->args, const char *);
		if (!readable(out, spec, text))
			return;
		n = (snprintf)(to, left, spec->left ? "%-*.*s" : "%*.*s", abs(spec->width),
			       spec->precision, text);
		break;
	case '%':
		n = (snprintf)(to, left, "%%");
		break;
	default: /* floating point */
		n = spec->long_double
			    ? (snprintf)(to, left, spec->text, va_arg(out->args, long double))
			    : (snprintf)(to, left, spec->text, va_arg(out->args, double));
	}
	out->at += (size_t)max(n, 0);
}

/* A width or precision: digits, or an asterisk whose number takes its place in @spec. */
static const char *parse_number(struct output *out, const char *fmt, int *value, char *text)
{
	if (*fmt == '*') {
		*value = va_arg(out->args, int);
		fmt++;
	} else {
		for (*value = 0; isdigit((unsigned char)*fmt) && *value < 100000000; fmt++)
			*value = *value * 10 + (*fmt - '0');
	}
	(snprintf)(text, 16, "%d", *value);
	return fmt;
}

/* Parses what stands behind a percent sign. Return: behind the conversion. */
static const char *parse_spec(struct output *out, const char *fmt, struct spec *spec)
{
	char *to = spec->text, number[16];

	*spec = (struct spec){ .precision = -1 };
	*to++ = '%';
	for (; *fmt && strchr("-+ #0", *fmt); fmt++) {
		spec->left |= *fmt == '-';
		if (to < spec->text + 16)
			*to++ = *fmt;
	}
	if (*fmt == '*' || isdigit((unsigned char)*fmt)) {
		fmt = parse_number(out, fmt, &spec->width, number);
		to = stpcpy(to, number);
		spec->left |= spec->width < 0;
	}
	if (*fmt == '.') {
		fmt = parse_number(out, fmt + 1, &spec->precision, number);
		to = spec->precision < 0 ? to : stpcpy(stpcpy(to, "."), number);
	}
	for (; *fmt && strchr("hlLqjztZ", *fmt); fmt++) {
		spec->wide |= *fmt != 'h';
		spec->long_double |= *fmt == 'L';
		if (to < spec->text + sizeof(spec->text) - 3)
			*to++ = *fmt;
	}
	if (spec->width < 0 && *fmt == 'p' && fmt[1] != 'b')
		spec->width = -spec->width;
	spec->conversion = *fmt;
	*to = *fmt;
	return *fmt ? fmt + 1 : fmt;
}

#define NUMBERS "diuxXofeEgGaAF"

/* Has @fmt only conversions that mean the same to the C library and harm nobody? */
static bool is_plain(const char *fmt)
{
	for (fmt = strchr(fmt, '%'); fmt; fmt = strchr(fmt, '%')) {
		fmt += 1 + strspn(fmt + 1, "-+ #0123456789.*hlLqjztZ");
		if (!*fmt || !strchr(NUMBERS "%", *fmt))
			return false;
		fmt++;
	}
	return true;
}

static void unsupported(char conversion)
{
	static char told;

	if (__atomic_exchange_n(&told, 1, __ATOMIC_RELAXED))
		return;
	quire_warn(__FILE__, __LINE__, "Please remove unsupported %%%c in format string\n",
		   conversion ? conversion : ' ');
}

int quire_vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct output out = { .buf = buf, .size = size };
	struct spec spec;

	if (is_plain(fmt))
		return (vsnprintf)(buf, size, fmt, args);
	va_copy(out.args, args);
	while (*fmt) {
		size_t plain = strcspn(fmt, "%");

		put(&out, fmt, plain);
		fmt += plain;
		if (!*fmt)
			break;
		fmt = parse_spec(&out, fmt + 1, &spec);
		if (spec.conversion == 'p') {
			fmt += put_pointer(&out, &spec, fmt);
		} else if (spec.conversion && strchr(NUMBERS "cs%", spec.conversion)) {
			put_other(&out, &spec);
		} else {
			unsupported(spec.conversion);
			break;
		}
	}
	va_end(out.args);
	if (size)
		buf[min(out.at, size - 1)] = '\0';
	return (int)out.at;
}

int quire_snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = quire_vsnprintf(buf, size, fmt, args);
	va_end(args);
	return n;
}

int quire_vsprintf(char *buf, const char *fmt, va_list args)
{
	return quire_vsnprintf(buf, INT_MAX, fmt, args);
}

int quire_sprintf(char *buf, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = quire_vsnprintf(buf, INT_MAX, fmt, args);
	va_end(args);
	return n;
}

int vscnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	int n = quire_vsnprintf(buf, size, fmt, args);

	return size ? min(n, (int)size - 1) : 0;
}

int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vscnprintf(buf, size, fmt, args);
	va_end(args);
	return n;
}
