/* SPDX-License-Identifier: MIT */
/*
 * main.c - main() of a client that brings none: KUnit suites, or kernel modules.
 *
 * An archive member of its own: a client with a main() never pulls it in.
 */
#include <stdio.h>

#include "kunit_services.h"

int main(int argc, char **argv)
{
	if (quire_kunit_main)
		return quire_kunit_main(argc, argv);
	if (quire_module_main)
		return quire_modules_only(argc, argv);
	fputs("nothing to run: no kunit_test_suite() and no module_init() is linked in\n", stderr);
	return 2;
}
