/* SPDX-License-Identifier: MIT */
/*
 * test_string.c - base/string.h: the functions that are written there, and that the macros
 * reach the right builtins.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/string.h"

static void test_lengths(void **state)
{
	assert_int_equal(strlen(""), 0);
	assert_int_equal(strlen("four"), 4);
}

static void test_comparisons(void **state)
{
	assert_int_equal(strcmp("zone", "zone"), 0);
	assert_true(strcmp("zone", "zones") < 0);
	assert_true(strcmp("zones", "zone") > 0);
	assert_true(strcmp("", "a") < 0);
	assert_true(strcmp("\x80", "a") > 0); /* as unsigned char */
	assert_int_equal(strncmp("node1", "node2", 4), 0);
	assert_true(strncmp("node1", "node2", 5) < 0);
	assert_int_equal(strncmp("a", "b", 0), 0);
	assert_int_equal(strncmp("same\0x", "same\0y", 6), 0);
}

static void test_memory(void **state)
{
	char a[8], b[8];

	memset(a, 'x', sizeof(a));
	memcpy(b, a, sizeof(b));
	assert_int_equal(memcmp(a, b, sizeof(a)), 0);
	a[0] = 'y';
	memmove(a + 1, a, 7);
	assert_memory_equal(a, "yyxxxxxx", 8);
	assert_true(memcmp(a, b, sizeof(a)) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_comparisons),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests_name("string", tests, NULL, NULL);
}
