/* SPDX-License-Identifier: MIT */
/*
 * bitmap_text.c - bitmaps as lists of ranges, from and to text.
 *
 *	list   = region { "," region }		blanks between, a newline at the end, may be
 *	region = first [ "-" last [ ":" used "/" group ] ] | "all" | "N" for the last bit
 *
 * "0-31:2/8" is the first two of each eight bits. Bits of the map that no region names are clear.
 *
 * Source: Linux 6.1 Documentation/admin-guide/kernel-parameters.rst, "cpu lists".
 */
#include <linux/kernel.h>
#include <linux/mm.h>

struct region {
	unsigned long first, last, used, group;
};

static bool at_end(char c)
{
	return c == '\0' || c == '\n';
}

static bool between(char c)
{
	return c == ',' || isspace((unsigned char)c);
}

/* A number of decimal digits, or N. Return: behind it, or an error: neither, too large. */
static const char *take_number(const char *text, unsigned long nbits, unsigned long *value)
{
	unsigned long parsed = 0;
	const char *start = text;

	if (*text == 'N') {
		*value = nbits - 1;
		return text + 1;
	}
	for (; isdigit((unsigned char)*text); text++) {
		parsed = parsed * 10 + (unsigned long)(*text - '0');
		if (parsed > INT_MAX)
			return ERR_PTR(-EOVERFLOW);
	}
	*value = parsed;
	return text == start ? ERR_PTR(-EINVAL) : text;
}

/* ":used/group", which may be missing. */
static const char *take_pattern(const char *text, unsigned long nbits, struct region *r)
{
	r->used = r->group = r->last - r->first + 1;
	if (*text != ':')
		return text;
	text = take_number(text + 1, nbits, &r->used);
	if (IS_ERR(text))
		return text;
	if (*text != '/')
		return ERR_PTR(-EINVAL);
	return take_number(text + 1, nbits, &r->group);
}

static const char *take_region(const char *text, unsigned long nbits, struct region *r)
{
	if (!strncasecmp(text, "all", 3)) {
		r->first = 0;
		r->last = nbits - 1;
		return take_pattern(text + 3, nbits, r);
	}
	text = take_number(text, nbits, &r->first);
	if (IS_ERR(text))
		return text;
	r->last = r->first;
	if (*text == '-') {
		text = take_number(text + 1, nbits, &r->last);
		return IS_ERR(text) ? text : take_pattern(text, nbits, r);
	}
	r->used = r->group = 1;
	return text;
}

static int set_region(unsigned long *map, const struct region *r, unsigned long nbits)
{
	unsigned long at;

	if (r->last < r->first || !r->group || r->used > r->group)
		return -EINVAL;
	if (r->last >= nbits)
		return -ERANGE;
	for (at = r->first; at <= r->last; at += r->group)
		bitmap_set(map, (unsigned int)at, (unsigned int)min(r->used, r->last - at + 1));
	return 0;
}

int bitmap_parselist(const char *text, unsigned long *map, int nbits)
{
	struct region r;
	int error;

	bitmap_zero(map, (unsigned int)nbits);
	for (;;) {
		while (between(*text) && *text != '\n')
			text++;
		if (at_end(*text))
			return 0;
		text = take_region(text, (unsigned long)nbits, &r);
		if (IS_ERR(text))
			return (int)PTR_ERR(text);
		if (!at_end(*text) && !between(*text))
			return -EINVAL;
		error = set_region(map, &r, (unsigned long)nbits);
		if (error)
			return error;
	}
}

/* Chunks are read backwards: the last one holds bits 0 to 31. Empty ones are none. */
int bitmap_parse(const char *text, unsigned int len, unsigned long *map, int nbits)
{
	const char *end = strnchrnul(text, min(len, (unsigned int)INT_MAX), '\n');
	int chunk = 0, chunks = (int)BITS_TO_U32((unsigned int)nbits);

	bitmap_zero(map, (unsigned int)nbits);
	for (;; chunk++) {
		unsigned int digits = 0;
		unsigned long bits = 0;

		while (end > text && between(end[-1]))
			end--;
		if (end == text)
			return 0;
		for (; end > text && hex_to_bin((unsigned char)end[-1]) >= 0; end--, digits++) {
			if (digits == 8)
				return -EOVERFLOW;
			bits |= (unsigned long)hex_to_bin((unsigned char)end[-1]) << 4 * digits;
		}
		if (!digits || (end > text && !between(end[-1])))
			return -EINVAL;
		if (bits &&
		    (chunk >= chunks || (chunk == chunks - 1 && nbits % 32 && bits >> nbits % 32)))
			return -EOVERFLOW;
		if (chunk < chunks)
			map[chunk / 2] |= bits << chunk % 2 * 32;
	}
}

int bitmap_print_to_pagebuf(bool list, char *buf, const unsigned long *map, int nbits)
{
	size_t room = PAGE_SIZE - offset_in_page(buf);

	return list ? scnprintf(buf, room, "%*pbl\n", nbits, map)
		    : scnprintf(buf, room, "%*pb\n", nbits, map);
}
