/* SPDX-License-Identifier: MIT */
/* test_compat_string.c - strings, and numbers from text. */
#include <linux/kernel.h>

#include "page_machine.h"

static void test_copies(void **state)
{
	char to[8];

	memset(to, 'x', sizeof(to));
	assert_int_equal(strscpy(to, "abc", sizeof(to)), 3);
	assert_memory_equal(to, "abc\0xxxx", 8);
	assert_int_equal(strscpy_pad(to, "ab", sizeof(to)), 2);
	assert_memory_equal(to, "ab\0\0\0\0\0\0", 8);
	assert_int_equal(strscpy(to, "abcdefgh", sizeof(to)), -E2BIG);
	assert_string_equal(to, "abcdefg");
	assert_int_equal(strscpy(to, "x", 0), -E2BIG);
	assert_string_equal(to, "abcdefg");
	assert_int_equal(strlcpy(to, "0123456789", sizeof(to)), 10);
	assert_string_equal(to, "0123456");
	assert_int_equal(strlcpy(to, "ab", sizeof(to)), 2);
	assert_int_equal(strlcat(to, "cdefghi", sizeof(to)), 9);
	assert_string_equal(to, "abcdefg");
}

static void test_searches(void **state)
{
	static const char text[] = "needles in hay";
	u8 bytes[33];
	size_t i;

	assert_ptr_equal(strnstr(text, "in", 10), text + 8);
	assert_null(strnstr(text, "in", 9));
	assert_ptr_equal(strnstr(text, "", 0), text);
	assert_ptr_equal(strnchr(text, 3, 'e'), text + 1);
	assert_null(strnchr(text, 3, 'd'));
	memset(bytes, 0x6b, sizeof(bytes));
	assert_null(memchr_inv(bytes, 0x6b, sizeof(bytes)));
	assert_null(memchr_inv(bytes, 0, 0));
	for (i = 0; i < sizeof(bytes); i++) {
		bytes[i] = 0xa5;
		assert_ptr_equal(memchr_inv(bytes, 0x6b, sizeof(bytes)), bytes + i);
		assert_ptr_equal(memscan(bytes, 0xa5, sizeof(bytes)), bytes + i);
		bytes[i] = 0x6b;
	}
	assert_ptr_equal(memscan(bytes, 0xa5, sizeof(bytes)), bytes + sizeof(bytes));
}

static void test_trimming_and_matching(void **state)
{
	static const char *const names[] = { "none", "some", "all" };
	char blanks[] = " \t two words \n", dots[] = "a.b.c";

	assert_string_equal(strim(blanks), "two words");
	assert_string_equal(skip_spaces("  x "), "x ");
	assert_ptr_equal(strreplace(dots, '.', '-'), dots + 5);
	assert_string_equal(dots, "a-b-c");
	assert_true(sysfs_streq("on\n", "on"));
	assert_false(sysfs_streq("on", "off"));
	assert_int_equal(match_string(names, 3, "all"), 2);
	assert_int_equal(match_string(names, 3, "al"), -EINVAL);
	assert_int_equal(sysfs_match_string(names, "some\n"), 1);
	assert_int_equal(str_has_prefix("prefix", "pre"), 3);
	assert_int_equal(str_has_prefix("prefix", "fix"), 0);
	assert_string_equal(kbasename("a/b/c.c"), "c.c");
}

static void test_fills_and_hex(void **state)
{
	u64 words[3];
	u8 bytes[3] = { 1, 2, 3 };
	char hex[7] = "", padded[6];

	memset64(words, 0x1122334455667788ull, 3);
	assert_true(words[2] == 0x1122334455667788ull);
	memzero_explicit(words, sizeof(words));
	assert_null(memchr_inv(words, 0, sizeof(words)));
	memcpy_and_pad(padded, sizeof(padded), "ab", 2, '.');
	assert_memory_equal(padded, "ab....", 6);
	assert_ptr_equal(bin2hex(hex, bytes, 3), hex + 6);
	assert_memory_equal(hex, "010203", 6);
	assert_int_equal(hex2bin(bytes, "c0FfEe", 3), 0);
	assert_memory_equal(bytes, "\xc0\xff\xee", 3);
	assert_int_equal(hex2bin(bytes, "0g", 1), -EINVAL);
	assert_int_equal(hex_to_bin('F'), 15);
	assert_int_equal(hex_to_bin('G'), -1);
}

static const struct {
	const char *text;
	unsigned int base;
	int error;
	unsigned long long value;
} numbers[] = {
	{ "0", 10, 0, 0 },
	{ "42\n", 10, 0, 42 },
	{ "+42", 0, 0, 42 },
	{ "0x2a", 0, 0, 42 },
	{ "0X2A", 16, 0, 42 },
	{ "052", 0, 0, 42 },
	{ "101010", 2, 0, 42 },
	{ "18446744073709551615", 0, 0, ~0ull },
	{ "18446744073709551616", 0, -ERANGE, 0 },
	{ "99999999999999999999999", 10, -ERANGE, 0 },
	{ "", 0, -EINVAL, 0 },
	{ "-1", 0, -EINVAL, 0 },
	{ " 1", 0, -EINVAL, 0 },
	{ "1 ", 0, -EINVAL, 0 },
	{ "1\n\n", 0, -EINVAL, 0 },
	{ "0x", 16, -EINVAL, 0 },
	{ "089", 0, -EINVAL, 0 },
	{ "12a", 10, -EINVAL, 0 },
	{ "++1", 0, -EINVAL, 0 },
};

static void test_kstrtoull(void **state)
{
	unsigned long long value;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		int error;

		value = 77;
		error = kstrtoull(numbers[i].text, numbers[i].base, &value);
		if (error != numbers[i].error || value != (error ? 77 : numbers[i].value))
			fail_msg("\"%s\", base %u: %d, %llu", numbers[i].text, numbers[i].base,
				 error, value);
	}
}

static void test_narrow_numbers(void **state)
{
	long long wide;
	long word;
	int value;
	u8 byte;
	s8 small;
	bool yes;

	assert_int_equal(kstrtoll("-9223372036854775808", 10, &wide), 0);
	assert_true(wide == LLONG_MIN);
	assert_int_equal(kstrtoll("9223372036854775808", 10, &wide), -ERANGE);
	assert_int_equal(kstrtoll("-9223372036854775809", 10, &wide), -ERANGE);
	assert_int_equal(kstrtol("-12", 0, &word), 0);
	assert_int_equal(word, -12);
	assert_int_equal(kstrtoint("-2147483648", 10, &value), 0);
	assert_int_equal(value, INT_MIN);
	assert_int_equal(kstrtoint("2147483648", 10, &value), -ERANGE);
	assert_int_equal(kstrtou8("255", 10, &byte), 0);
	assert_int_equal(kstrtou8("256", 10, &byte), -ERANGE);
	assert_int_equal(kstrtos8("-128", 10, &small), 0);
	assert_int_equal(kstrtos8("-129", 10, &small), -ERANGE);
	assert_int_equal(kstrtobool("Yes", &yes), 0);
	assert_true(yes);
	assert_int_equal(kstrtobool("off", &yes), 0);
	assert_false(yes);
	assert_int_equal(kstrtobool("on", &yes), 0);
	assert_true(yes);
	assert_int_equal(kstrtobool("oops", &yes), -EINVAL);
	assert_int_equal(kstrtobool(NULL, &yes), -EINVAL);
}

static void test_lenient_numbers(void **state)
{
	char *end;

	assert_int_equal(simple_strtoul("0x1fz", &end, 0), 0x1f);
	assert_string_equal(end, "z");
	assert_int_equal(simple_strtol("-7,8", &end, 10), -7);
	assert_string_equal(end, ",8");
	assert_int_equal(memparse("64M", &end), 64 << 20);
	assert_string_equal(end, "");
	assert_int_equal(memparse("0x10k@1", &end), 16 << 10);
	assert_string_equal(end, "@1");
	assert_int_equal(memparse("12", NULL), 12);
}

static void test_memory_of_kmalloc(void **state)
{
	static const char constant[] = "constant";
	char stack[] = "on the stack", *copy;
	const char *shared;
	struct page_machine *pm = calloc(1, sizeof(*pm));

	assert_non_null(pm);
	page_machine_config(pm, 64);
	page_machine_start(pm);
	copy = kstrdup(stack, GFP_KERNEL);
	assert_string_equal(copy, stack);
	kfree(copy);
	shared = kstrdup_const(constant, GFP_KERNEL);
	assert_ptr_equal(shared, constant);
	kfree_const(shared);
	shared = kstrdup_const(stack, GFP_KERNEL);
	assert_ptr_not_equal(shared, stack);
	assert_string_equal(shared, stack);
	kfree_const(shared);
	copy = kasprintf(GFP_KERNEL, "%s-%pe", "x", ERR_PTR(-EIO));
	assert_string_equal(copy, "x--EIO");
	kfree(copy);
	page_machine_down(pm);
	free(pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_searches),
		cmocka_unit_test(test_trimming_and_matching),
		cmocka_unit_test(test_fills_and_hex),
		cmocka_unit_test(test_kstrtoull),
		cmocka_unit_test(test_narrow_numbers),
		cmocka_unit_test(test_lenient_numbers),
		cmocka_unit_test(test_memory_of_kmalloc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
