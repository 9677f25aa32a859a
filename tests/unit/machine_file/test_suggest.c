/* SPDX-License-Identifier: MIT */
/*
 * test_suggest.c - which word is meant.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "suggest.h"

static const char *const words[] = {
	"boot",
	"replay",
	"record",
	"vm.min_free_kbytes",
	"a-word-that-is-far-longer-than-any-key-of-a-machine-file-or-command",
	NULL,
};

static void nearest(void **state)
{
	(void)state;
	assert_string_equal(suggest("boot", words), "boot");
	assert_string_equal(suggest("boto", (const char *const[]){ "booth", "boto", NULL }),
			    "boto");
	assert_string_equal(suggest("boto", words), "boot");
	assert_string_equal(suggest("repaly", words), "replay");
	assert_string_equal(suggest("recrd", words), "record");
	assert_string_equal(suggest("vm_min_free_kbyte", words), "vm.min_free_kbytes");
}

static void nothing_near(void **state)
{
	(void)state;
	assert_null(suggest("foo", words));
	assert_null(suggest("", words));
	assert_null(suggest("recording-of-a-real-machine", words));
	assert_null(suggest(words[4], words));
	assert_null(suggest("boot", (const char *const[]){ NULL }));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nearest),
		cmocka_unit_test(nothing_near),
	};

	return cmocka_run_group_tests_name("suggest", tests, NULL, NULL);
}
