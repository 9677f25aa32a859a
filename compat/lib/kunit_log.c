/* SPDX-License-Identifier: MIT */
/*
 * kunit_log.c - lines of the Kernel Test Anything Protocol.
 *
 * Each line leaves by one write(2), with no buffer between: what was said before a crash
 * has been said. That a line was lost (a full disk) is told at the end: kunit_end().
 */
#include "kunit_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_BYTES 2048
#define NAMES_CASE 1 /* level of what a case says */

static int lost; /* why the first line was that could not be written: errno; 0: none */

void kunit_write(const char *text, size_t n)
{
	while (n) {
		ssize_t done = write(STDOUT_FILENO, text, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0) {
			lost = lost ? lost : errno;
			return;
		}
		text += done;
		n -= (size_t)done;
	}
}

void kunit_format(char *buf, size_t size, const char *fmt, va_list args)
{
	vsnprintf(buf, size, fmt, args);
}

/* Indents @text, line by line, and ends it with a newline. */
static void say_text(unsigned int level, const char *text)
{
	char out[LINE_BYTES + 64];
	int n;

	do {
		int len = (int)strcspn(text, "\n");

		n = snprintf(out, sizeof(out), "%*s%.*s\n", (int)(KUNIT_INDENT_LEN * level), "",
			     len, text);
		kunit_write(out, n < (int)sizeof(out) ? (size_t)n : sizeof(out) - 1);
		text += len + (text[len] == '\n');
	} while (*text);
}

void kunit_say(unsigned int level, const char *fmt, ...)
{
	char text[LINE_BYTES];
	va_list args;

	va_start(args, fmt);
	kunit_format(text, sizeof(text), fmt, args);
	va_end(args);
	say_text(level, text);
}

void kunit_log_format(const char *name, const char *fmt, ...)
{
	char text[LINE_BYTES], line[LINE_BYTES + 300];
	va_list args;

	va_start(args, fmt);
	kunit_format(text, sizeof(text), fmt, args);
	va_end(args);
	if (!name) {
		say_text(0, text);
		return;
	}
	snprintf(line, sizeof(line), "# %s: %s", name, text);
	say_text(NAMES_CASE, line);
}

void kunit_say_result(unsigned int level, enum kunit_status status, unsigned int number,
		      const char *name, const char *comment)
{
	const char *ok = kunit_status_to_ok_not_ok(status);

	if (status == KUNIT_SKIPPED)
		kunit_say(level, "%s %u %s # SKIP %s", ok, number, name, comment);
	else
		kunit_say(level, "%s %u %s", ok, number, name);
}

void kunit_add(struct kunit_counts *counts, enum kunit_status status)
{
	counts->pass += status == KUNIT_SUCCESS;
	counts->fail += status == KUNIT_FAILURE;
	counts->skip += status == KUNIT_SKIPPED;
}

enum kunit_status kunit_sum(const struct kunit_counts *counts)
{
	if (counts->fail)
		return KUNIT_FAILURE;
	return counts->pass ? KUNIT_SUCCESS : KUNIT_SKIPPED;
}

void kunit_say_counts(unsigned int level, const char *name, const struct kunit_counts *counts)
{
	kunit_say(level, "# %s: pass:%u fail:%u skip:%u total:%u", name, counts->pass, counts->fail,
		  counts->skip, counts->pass + counts->fail + counts->skip);
}

int kunit_end(int status)
{
	/* What the code under test printed itself has a buffer. */
	if (fflush(stdout) || ferror(stdout))
		lost = lost ? lost : errno;
	if (!lost)
		return status;
	fprintf(stderr, "results are lost: standard output: %s\n", strerror(lost));
	return status ? status : 1;
}
