/* SPDX-License-Identifier: MIT */
/*
 * tests/unit/proc/read.h - a file of /proc or /sys as a string.
 *
 *	assert_file(&pm, "node0/distance", "10\n");
 *	assert_string_equal(line_of(&pm, "meminfo", "MemFree:"), "MemFree:            4096 kB");
 */
#ifndef QUIRE_TESTS_UNIT_PROC_READ_H
#define QUIRE_TESTS_UNIT_PROC_READ_H

#include "../page/machine.h"

#include <quire/errno.h>
#include <quire/proc.h>

struct text {
	char s[1 << 16];
	size_t n;
};

static bool text_write(void *ctx, const char *text, size_t n)
{
	struct text *t = ctx;

	assert_true(t->n + n < sizeof(t->s));
	memcpy(t->s + t->n, text, n);
	t->n += n;
	t->s[t->n] = 0;
	return true;
}

/* The file @name of @m; valid until the next call. */
static inline const char *file_of(struct quire_machine *m, const char *name)
{
	static struct text t;
	struct quire_proc_sink sink = { .ctx = &t, .write = text_write };

	t.n = 0;
	t.s[0] = 0;
	assert_int_equal(quire_proc_read(m, name, &sink), 0);
	return t.s;
}

/* Its first line that begins with @start, without the newline. */
static inline const char *line_of(struct pm *pm, const char *name, const char *start)
{
	static char line[512];
	const char *at = file_of(pm->m, name), *end;

	for (; *at; at = end + 1) {
		end = strchr(at, '\n');
		assert_non_null(end);
		if (strncmp(at, start, strlen(start)))
			continue;
		snprintf(line, sizeof(line), "%.*s", (int)(end - at), at);
		return line;
	}
	fail_msg("%s has no line \"%s\":\n%s", name, start, file_of(pm->m, name));
	return NULL;
}

#define assert_file(pm, name, text) assert_string_equal(file_of((pm)->m, name), text)
#define assert_line(pm, name, text)                                                       \
	do {                                                                              \
		char start_[64];                                                          \
		snprintf(start_, sizeof(start_), "%.*s ", (int)strcspn(text, " "), text); \
		assert_string_equal(line_of(pm, name, start_), text);                     \
	} while (0)

#endif /* QUIRE_TESTS_UNIT_PROC_READ_H */
