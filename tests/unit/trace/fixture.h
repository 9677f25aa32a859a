/* SPDX-License-Identifier: MIT */
/*
 * fixture.h - what the tests of the trace readers share: temporary files,
 * reading with an expectation, and a seed that a failing run prints.
 */
#ifndef QUIRE_TESTS_TRACE_FIXTURE_H
#define QUIRE_TESTS_TRACE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "trace/reader.h"

#define BOOT_UP QUIRE_TRACES "/boot-up"

/** write_temp() - a new temporary file holding @bytes of @data; its name in @path. */
static inline void write_temp(char path[64], const void *data, size_t bytes)
{
	const char *dir = getenv("TMPDIR");
	int fd;

	if (!dir || strlen(dir) > 40)
		dir = P_tmpdir;
	snprintf(path, 64, "%s/quire-test-XXXXXX", dir);
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, bytes), (ssize_t)bytes);
	close(fd);
}

/** read_ok() - read @path or fail the test with the reader's message. */
static inline void read_ok(const char *path, struct trace *t)
{
	struct trace_error err;

	if (trace_read(path, NULL, t, &err))
		fail_msg("%s", err.text);
	assert_string_equal(err.text, "");
}

/** read_text() - read @text as if it were a file. */
static inline int read_text(const char *text, struct trace *t, struct trace_error *err)
{
	char path[64];
	int ret;

	write_temp(path, text, strlen(text));
	ret = trace_read(path, NULL, t, err);
	unlink(path);
	return ret;
}

/** test_seed() - QUIRE_SEED, or one of the clock; printed by who fails. */
static inline unsigned int test_seed(void)
{
	const char *s = getenv("QUIRE_SEED");

	return s ? (unsigned int)strtoul(s, NULL, 0) : (unsigned int)getpid();
}

#endif /* QUIRE_TESTS_TRACE_FIXTURE_H */
