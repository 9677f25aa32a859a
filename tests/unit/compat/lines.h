/* SPDX-License-Identifier: MIT */
/* lines.h - the last line of the log, by a console probe. Included once a test program. */
#ifndef QUIRE_TESTS_COMPAT_LINES_H
#define QUIRE_TESTS_COMPAT_LINES_H

#include <linux/printk.h>
#include <linux/string.h>

static char caught_line[256];

static inline void catch_line(void *data, const char *text, size_t len)
{
	while (len && text[len - 1] == '\n')
		len--;
	len = min(len, sizeof(caught_line) - 1);
	memcpy(caught_line, text, len);
	caught_line[len] = '\0';
}

static inline int catch_lines(void **state)
{
	return register_trace_console(catch_line, NULL);
}

static inline const char *last_line(void)
{
	return caught_line;
}

#endif /* QUIRE_TESTS_COMPAT_LINES_H */
