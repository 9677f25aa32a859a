/* SPDX-License-Identifier: MIT */
/*
 * test_missing.h - functions that a program uses and nobody offers, as compiler and linker say so.
 */
#ifndef QUIRE_TOOLS_TEST_MISSING_H
#define QUIRE_TOOLS_TEST_MISSING_H

/** struct test_missing - names, each once, as a list for people; all zero at first. */
struct test_missing {
	char names[2048];
};

/** test_missing_declarations() - adds what compilers find no declaration of, by @log of theirs. */
void test_missing_declarations(struct test_missing *missing, const char *log);
/** test_missing_definitions() - adds what the linker finds undefined. */
void test_missing_definitions(struct test_missing *missing, const char *log);

#endif /* QUIRE_TOOLS_TEST_MISSING_H */
