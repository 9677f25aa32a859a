/* SPDX-License-Identifier: MIT */
/*
 * main.c - main() of a client that brings none: KUnit suites, or kernel modules.
 *
 * An archive member of its own: a client with a main() never pulls it in.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "kunit_services.h"

/* Options of `quire test` that mean nothing without suites. */
static bool for_suites(const char *arg)
{
	return !strcmp(arg, "--strict") || !strcmp(arg, "--leaks") || !strcmp(arg, "--isolate") ||
	       !strncmp(arg, "--again=", 8);
}

static int run_modules(int argc, char **argv)
{
	int i, nr = 1;

	for (i = 1; i < argc; i++)
		if (!for_suites(argv[i]))
			argv[nr++] = argv[i];
	argv[nr] = NULL;
	return quire_module_main(nr, argv);
}

int main(int argc, char **argv)
{
	if (quire_kunit_main)
		return quire_kunit_main(argc, argv);
	if (quire_module_main)
		return run_modules(argc, argv);
	fputs("nothing to run: no kunit_test_suite() and no module_init() is linked in\n", stderr);
	return 2;
}
