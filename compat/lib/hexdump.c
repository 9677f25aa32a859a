/* SPDX-License-Identifier: MIT */
/*
 * hexdump.c - bytes for people.
 *
 *	prefix  00 01 02 03 41 42 43 44 ...  ....ABCD        groups of 1
 *	prefix  0706050403020100 ...         ........        groups of 8: numbers
 *
 * A group of 2, 4 or 8 bytes is one number in the machine's byte order. When @len is not made
 * of whole groups, bytes are shown. The text stands in the same column in every row.
 */
#include <linux/kernel.h>

/* What is left of the buffer, and how long the whole row is. */
struct row {
	char *buf;
	size_t size, at;
};

static void put(struct row *row, const char *text, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++, row->at++)
		if (row->at + 1 < row->size)
			row->buf[row->at] = text[i];
}

static void put_group(struct row *row, const u8 *bytes, int groupsize)
{
	char text[17];
	u64 value = 0;

	memcpy(&value, bytes, (size_t)groupsize); /* little-endian: the low bytes */
	snprintf(text, sizeof(text), "%0*llx", 2 * groupsize, value);
	put(row, text, 2 * (size_t)groupsize);
}

int hex_dump_to_buffer(const void *buf, size_t len, int rowsize, int groupsize, char *linebuf,
		       size_t linebuflen, bool ascii)
{
	struct row row = { .buf = linebuf, .size = linebuflen };
	const u8 *bytes = buf;
	size_t i, column;

	if (rowsize != 16 && rowsize != 32)
		rowsize = 16;
	len = min(len, (size_t)rowsize);
	if (!is_power_of_2((unsigned long)groupsize) || groupsize > 8 || len % (size_t)groupsize)
		groupsize = 1;
	column = (size_t)rowsize * 2 + (size_t)(rowsize / groupsize) + 1;
	for (i = 0; i < len; i += (size_t)groupsize) {
		put(&row, " ", i != 0);
		put_group(&row, bytes + i, groupsize);
	}
	if (ascii && len) {
		while (row.at < column)
			put(&row, " ", 1);
		for (i = 0; i < len; i++)
			put(&row,
			    bytes[i] >= 0x20 && bytes[i] < 0x7f ? (const char *)bytes + i : ".", 1);
	}
	if (linebuflen)
		linebuf[min(row.at, linebuflen - 1)] = '\0';
	return (int)row.at;
}

void print_hex_dump(const char *level, const char *prefix_str, int prefix_type, int rowsize,
		    int groupsize, const void *buf, size_t len, bool ascii)
{
	const u8 *bytes = buf;
	char text[32 * 3 + 2 + 32 + 1];
	size_t at;

	if (rowsize != 16 && rowsize != 32)
		rowsize = 16;
	for (at = 0; at < len; at += (size_t)rowsize) {
		hex_dump_to_buffer(bytes + at, min(len - at, (size_t)rowsize), rowsize, groupsize,
				   text, sizeof(text), ascii);
		if (prefix_type == DUMP_PREFIX_ADDRESS)
			printk("%s%s%p: %s\n", level, prefix_str, bytes + at, text);
		else if (prefix_type == DUMP_PREFIX_OFFSET)
			printk("%s%s%.8lx: %s\n", level, prefix_str, at, text);
		else
			printk("%s%s%s\n", level, prefix_str, text);
	}
}
