/* SPDX-License-Identifier: MIT */
/*
 * test_headers.h - which headers a program that does not compile asks for in vain.
 */
#ifndef QUIRE_TOOLS_TEST_HEADERS_H
#define QUIRE_TOOLS_TEST_HEADERS_H

#include "run.h"

struct test_headers; /* what was found; NULL at first */

/**
 * test_headers_look() - asks the preprocessor what @source includes, and remembers what Quire has
 * not, or what the host's header of that name stands in for.
 * @compile: a compiler with its flags, without a source
 * @dir: for a file of the preprocessor's
 */
void test_headers_look(struct test_headers **found, const struct run_args *compile,
		       const char *source, const char *dir);
/** test_headers_tell() - one line on stderr, if anything was found; frees it. */
void test_headers_tell(struct test_headers *found);

#endif /* QUIRE_TOOLS_TEST_HEADERS_H */
