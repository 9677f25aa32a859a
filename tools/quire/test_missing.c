/* SPDX-License-Identifier: MIT */
/*
 * test_missing.c - names out of the messages of compilers and linkers; see test_missing.h.
 *
 * 1. A message is known by its words in English (gcc, clang; GNU ld, lld), which end where the name
 *    begins, or its quote: ', ` or, in UTF-8, the curved ones.
 * 2. In other languages nothing is found: the messages themselves are there all the same.
 */
#include "test_missing.h"

#include <stdio.h>
#include <string.h>

#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

static void add(struct test_missing *missing, const char *name, int len)
{
	const size_t used = strlen(missing->names);
	char list[sizeof(missing->names) + 3], item[200];

	snprintf(list, sizeof(list), ", %s,", missing->names);
	snprintf(item, sizeof(item), ", %.*s,", len, name);
	if (!len || strstr(list, item) || used + strlen(item) >= sizeof(missing->names))
		return;
	snprintf(missing->names + used, sizeof(missing->names) - used, "%s%.*s", used ? ", " : "",
		 len, name);
}

/* Every name behind @mark in @log. */
static void look(struct test_missing *missing, const char *log, const char *mark)
{
	while ((log = strstr(log, mark))) {
		log += strlen(mark);
		log += strspn(log, "'`\xe2\x80\x98");
		add(missing, log, (int)strspn(log, NAME_LETTERS));
	}
}

void test_missing_declarations(struct test_missing *missing, const char *log)
{
	look(missing, log, "error: implicit declaration of function ");
	look(missing, log, "error: call to undeclared function ");
}

void test_missing_definitions(struct test_missing *missing, const char *log)
{
	look(missing, log, "undefined reference to ");
	look(missing, log, "undefined symbol: ");
}
