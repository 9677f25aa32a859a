/* SPDX-License-Identifier: MIT */
/*
 * lines.h - the last line of the log, and all since clear_lines(), by a console probe. Included
 * once a test program.
 */
#ifndef QUIRE_TESTS_COMPAT_LINES_H
#define QUIRE_TESTS_COMPAT_LINES_H

#include <linux/printk.h>
#include <linux/string.h>

static char caught_line[256], caught_text[16384];
static size_t caught_len;

static inline void catch_line(void *data, const char *text, size_t len)
{
	size_t part = min(len, sizeof(caught_text) - 1 - caught_len);

	memcpy(caught_text + caught_len, text, part);
	caught_len += part;
	caught_text[caught_len] = '\0';
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

static inline void clear_lines(void)
{
	caught_len = 0;
	caught_text[0] = '\0';
}

/* Has the log said @text since clear_lines()? */
static inline bool lines_have(const char *text)
{
	return strstr(caught_text, text) != NULL;
}

static inline const char *last_line(void)
{
	return caught_line;
}

#endif /* QUIRE_TESTS_COMPAT_LINES_H */
