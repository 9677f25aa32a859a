/* SPDX-License-Identifier: MIT */
/*
 * test_compat_module.c - modules in one program: the order of initcalls, parameters of each type.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <string.h>

#include <linux/init.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

static char story[64];

static bool a_bool, inverted = true;
static unsigned char a_byte;
static short a_short;
static int an_int, early_value;
static unsigned int a_uint, an_array[3], nr_array;
static long a_long;
static unsigned long a_ulong;
static char *a_charp = "as built";
static char a_string[8] = "text";

module_param(a_bool, bool, 0444);
module_param(inverted, invbool, 0444);
module_param(a_byte, byte, 0);
module_param(a_short, short, 0);
module_param(an_int, int, 0644);
module_param(a_uint, uint, 0644);
module_param(a_long, long, 0);
module_param(a_ulong, ulong, 0);
module_param(a_charp, charp, 0);
module_param_named(other_name, a_ulong, ulong, 0);
module_param_string(a_text, a_string, sizeof(a_string), 0);
module_param_array(an_array, uint, &nr_array, 0);
MODULE_PARM_DESC(an_int, "an int");

static int early(char *value)
{
	early_value = atoi(value);
	return 0;
}
early_param("early", early);

static int __init late(void)
{
	strcat(story, "l");
	return 0;
}
late_initcall(late);

static int __init first_module(void)
{
	strcat(story, "m");
	return -EAGAIN;
}
module_init(first_module);

static int __init second_module(void)
{
	strcat(story, "n");
	return 0;
}
module_init(second_module);

static int __init subsystem(void)
{
	strcat(story, "s");
	return 0;
}
subsys_initcall(subsystem);

static void __exit late_exit(void)
{
	strcat(story, "L");
}
module_exit(late_exit);

static void __exit first_exit(void)
{
	strcat(story, "M");
}
module_exit(first_exit);

static void __exit second_exit(void)
{
	strcat(story, "N");
}
module_exit(second_exit);

static void __exit subsystem_exit(void)
{
	strcat(story, "S");
}
module_exit(subsystem_exit);

MODULE_LICENSE("Dual MIT/GPL");
MODULE_AUTHOR("nobody");
MODULE_DESCRIPTION("a test");

static void parameters(void **state)
{
	assert_int_equal(quire_param_set("a_bool", "Y"), 0);
	assert_true(a_bool);
	assert_int_equal(quire_param_set("a_bool", "0"), 0);
	assert_int_equal(quire_param_set("a-bool", NULL), 0);
	assert_true(a_bool);
	assert_int_equal(quire_param_set("a_bool", "what"), -EINVAL);
	assert_int_equal(quire_param_set("inverted", "1"), 0);
	assert_false(inverted);
	assert_int_equal(quire_param_set("a_byte", "255"), 0);
	assert_int_equal(a_byte, 255);
	assert_int_equal(quire_param_set("a_byte", "256"), -ERANGE);
	assert_int_equal(quire_param_set("a_short", "-32768"), 0);
	assert_int_equal(a_short, -32768);
	assert_int_equal(quire_param_set("a_short", "32768"), -ERANGE);
	assert_int_equal(quire_param_set("an_int", "-0x10"), 0);
	assert_int_equal(an_int, -16);
	assert_int_equal(quire_param_set("an_int", "12x"), -EINVAL);
	assert_int_equal(quire_param_set("an_int", ""), -EINVAL);
	assert_int_equal(quire_param_set("a_uint", "4294967295"), 0);
	assert_true(a_uint == 4294967295u);
	assert_int_equal(quire_param_set("a_uint", "-1"), -EINVAL);
	assert_int_equal(quire_param_set("a_long", "-5\n"), 0);
	assert_int_equal(a_long, -5);
	assert_int_equal(quire_param_set("other_name", "0xffffffffffffffff"), 0);
	assert_true(a_ulong == ~0ul);
	assert_int_equal(quire_param_set("a_charp", "words"), 0);
	assert_string_equal(a_charp, "words");
	assert_int_equal(quire_param_set("a_text", "1234567"), 0);
	assert_string_equal(a_string, "1234567");
	assert_int_equal(quire_param_set("a_text", "12345678"), -ENOSPC);
	assert_int_equal(quire_param_set("an_array", "4,5"), 0);
	assert_int_equal(nr_array, 2);
	assert_int_equal(an_array[1], 5);
	assert_int_equal(quire_param_set("an_array", "1,2,3,4"), -EINVAL);
	assert_int_equal(quire_param_set("early", "9"), 0);
	assert_int_equal(early_value, 9);
	assert_int_equal(quire_param_set("nothing", "1"), -ENOENT);
}

static void order(void **state)
{
	char *args[] = { "an_int=31", "a_charp=given" };
	char *wrong[] = { "an_int=x" };

	assert_int_equal(quire_module_start(1, wrong), -EINVAL);
	assert_string_equal(story, "");
	assert_int_equal(quire_module_start(2, args), -EAGAIN);
	assert_int_equal(an_int, 31);
	assert_string_equal(a_charp, "given");
	assert_string_equal(story, "smnl");
	quire_module_stop();
	assert_string_equal(story, "smnlSNL"); /* the first module did not come up */
	assert_int_equal(quire_module_main(1, args), 0);
	assert_string_equal(story, "smnlSNL"); /* each once */
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(parameters),
		cmocka_unit_test(order),
	};

	return cmocka_run_group_tests_name("compat_module", tests, NULL, NULL);
}
