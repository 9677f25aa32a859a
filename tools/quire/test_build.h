/* SPDX-License-Identifier: MIT */
/*
 * test_build.h - from a kernel developer's sources to a test program, for `quire test`.
 */
#ifndef QUIRE_TOOLS_TEST_BUILD_H
#define QUIRE_TOOLS_TEST_BUILD_H

#include <stdbool.h>

#define TEST_MAX_SOURCES 256
#define TEST_MAX_FLAGS	 256

/** struct test_build - what to compile and how. Strings are the caller's. */
struct test_build {
	const char *sources[TEST_MAX_SOURCES];
	unsigned int nr_sources;
	const char *flags[TEST_MAX_FLAGS]; /* -D, -I ... as given */
	unsigned int nr_flags;
	const char *cc; /* NULL: found */
	bool sanitize, verbose;
	unsigned int jobs;
	char dir[256]; /* of the objects and the program; made by test_build() */
	char program[300];
};

/**
 * test_build() - compiles and links; what the compilers say goes to stderr.
 * Return: an exit status, QUIRE_EXIT_OK if @program is there. Errors are told in one line.
 */
int test_build(struct test_build *build);
/** test_build_remove() - deletes @dir. */
void test_build_remove(struct test_build *build);

#endif /* QUIRE_TOOLS_TEST_BUILD_H */
