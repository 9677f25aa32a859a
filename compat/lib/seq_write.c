/* SPDX-License-Identifier: MIT */
/*
 * seq_write.c - the text of a seq_file, and its walks of lists; see surface/seq.h.
 *
 * A write that does not fit fills the buffer, by which seq_file.c knows that it must be larger.
 */
#include <linux/seq_file.h>

static void overflow(struct seq_file *m)
{
	m->count = m->size;
}

void seq_vprintf(struct seq_file *m, const char *fmt, va_list args)
{
	const size_t room = m->size - m->count;
	int len;

	if (!room)
		return;
	len = vsnprintf(m->buf + m->count, room, fmt, args);
	if (len < 0 || (size_t)len >= room)
		overflow(m);
	else
		m->count += (size_t)len;
}

void seq_printf(struct seq_file *m, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	seq_vprintf(m, fmt, args);
	va_end(args);
}

int seq_write(struct seq_file *m, const void *data, size_t len)
{
	if (len >= m->size - m->count) {
		overflow(m);
		return -1;
	}
	memcpy(m->buf + m->count, data, len);
	m->count += len;
	return 0;
}

void seq_putc(struct seq_file *m, char c)
{
	seq_write(m, &c, 1);
}

void seq_puts(struct seq_file *m, const char *text)
{
	seq_write(m, text, strlen(text));
}

void seq_put_decimal_ull_width(struct seq_file *m, const char *delimiter, unsigned long long num,
			       unsigned int width)
{
	seq_printf(m, "%s%*llu", delimiter ? delimiter : "", (int)width, num);
}

void seq_put_decimal_ull(struct seq_file *m, const char *delimiter, unsigned long long num)
{
	seq_put_decimal_ull_width(m, delimiter, num, 0);
}

void seq_put_decimal_ll(struct seq_file *m, const char *delimiter, long long num)
{
	seq_printf(m, "%s%lld", delimiter ? delimiter : "", num);
}

void seq_put_hex_ll(struct seq_file *m, const char *delimiter, unsigned long long v,
		    unsigned int width)
{
	seq_printf(m, "%s%0*llx", delimiter ? delimiter : "", (int)width, v);
}

void seq_hex_dump(struct seq_file *m, const char *prefix, int prefix_type, int rowsize,
		  int groupsize, const void *buf, size_t len, bool ascii)
{
	const u8 *row = buf;
	char line[32 * 3 + 2 + 32 + 1];
	size_t at;

	if (rowsize != 16 && rowsize != 32)
		rowsize = 16;
	for (at = 0; at < len && !seq_has_overflowed(m); at += (size_t)rowsize) {
		hex_dump_to_buffer(row + at, min(len - at, (size_t)rowsize), rowsize, groupsize,
				   line, sizeof(line), ascii);
		if (prefix_type == DUMP_PREFIX_ADDRESS)
			seq_printf(m, "%s%p: %s\n", prefix, row + at, line);
		else if (prefix_type == DUMP_PREFIX_OFFSET)
			seq_printf(m, "%s%.8zx: %s\n", prefix, at, line);
		else
			seq_printf(m, "%s%s\n", prefix, line);
	}
}

void seq_escape(struct seq_file *m, const char *text, const char *esc)
{
	for (; *text; text++) {
		if (strchr(esc, *text))
			seq_printf(m, "\\%03o", (unsigned int)(u8)*text);
		else
			seq_putc(m, *text);
	}
}

void seq_pad(struct seq_file *m, char c)
{
	if (m->pad_until > m->count)
		seq_printf(m, "%*s", (int)(m->pad_until - m->count), "");
	if (c)
		seq_putc(m, c);
}
