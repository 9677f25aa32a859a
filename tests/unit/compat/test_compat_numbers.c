/* SPDX-License-Identifier: MIT */
/*
 * test_compat_numbers.c - smallest, largest, rounding, division; what overflows; hashes; errors as
 * pointers; options.
 */
#include <linux/kernel.h>
#include <linux/mm.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#define CONFIG_QUIRE_TEST_MODULE 1

/* What must be decided when this is compiled. */
static_assert(IS_ENABLED(CONFIG_64BIT));
static_assert(!IS_ENABLED(CONFIG_NOBODY_KNOWS), "an option that is not there is off");
static_assert(IS_MODULE(CONFIG_QUIRE_TEST) && !IS_BUILTIN(CONFIG_QUIRE_TEST));
static_assert(sizeof(u64) == 8 && SZ_4K == PAGE_SIZE && GENMASK(7, 4) == 0xf0);
static_assert(ilog2(4096) == 12 && ALIGN(13, 8) == 16 && DIV_ROUND_UP(9, 4) == 3);
static_assert(BUILD_BUG_ON_ZERO(0) == 0 && S8_MIN == -128 && U64_MAX == ~0ull);
static_assert(__same_type(int, int) && !__same_type(int, long));

static int calls;

static int counted(int value)
{
	calls++;
	return value;
}

static void test_choices(void **state)
{
	int array[min(3, 5)], a = 1, b = 2;

	assert_int_equal(ARRAY_SIZE(array), 3);
	assert_int_equal(min(counted(4), counted(5)) + max(counted(4), counted(5)), 9);
	assert_int_equal(calls, 4);
	assert_int_equal(min3(3, 1, 2) + max3(3, 1, 2), 4);
	assert_int_equal(clamp(counted(9), 1, 5), 5);
	assert_int_equal(calls, 5);
	assert_int_equal(clamp(-1, 0, 5), 0);
	assert_int_equal(min_t(unsigned int, -1, 5), 5);
	assert_int_equal(min_not_zero(0, 7) + min_not_zero(7, 0) + min_not_zero(3, 7), 17);
	swap(a, b);
	assert_true(a == 2 && b == 1);
	assert_true(abs(-5000000000ll) == 5000000000ll && abs((s8)-3) == 3 && abs(4l) == 4);
	assert_int_equal(abs_diff(3u, 5u), 2);
}

static void test_division(void **state)
{
	u64 n = 1000000007ull * 1000;
	u32 rest32;
	u64 rest64;

	assert_int_equal(do_div(n, 1000), 0);
	assert_true(n == 1000000007ull);
	assert_true(div_u64_rem(10, 3, &rest32) == 3 && rest32 == 1);
	assert_true(div64_u64_rem(1ull << 40, 1ull << 33, &rest64) == 128 && rest64 == 0);
	assert_int_equal(div_s64(-7, 2), -3);
	assert_true(mul_u64_u64_div_u64(~0ull, 10, 20) == ~0ull / 2);
	assert_true(mul_u64_u32_shr(1ull << 63, 4, 34) == 1ull << 31);
	assert_int_equal(DIV_ROUND_CLOSEST(7, 2), 4);
	assert_int_equal(DIV_ROUND_CLOSEST(-7, 2), -4);
	assert_int_equal(DIV_ROUND_CLOSEST(-7, -3), 2);
	assert_int_equal(mult_frac(1000000007ul, 3, 7), 428571431);
	assert_true(roundup(10, 7) == 14 && rounddown(10, 7) == 7 && round_up(9, 8) == 16);
	assert_int_equal(int_sqrt(99), 9);
	assert_true(get_order(1) == 0 && get_order(4096) == 0 && get_order(4097) == 1);
	assert_true(get_count_order(0) == -1 && get_count_order(5) == 3);
	assert_true(upper_32_bits(0x123456789ull) == 1 &&
		    lower_32_bits(0x123456789ull) == 0x23456789);
}

static void test_overflow(void **state)
{
	struct flexible {
		u32 count;
		u64 items[];
	} *p = NULL;
	int sum;
	u8 small;
	size_t huge = SIZE_MAX / 2;

	assert_true(check_add_overflow(INT_MAX, 1, &sum));
	assert_int_equal(sum, INT_MIN);
	assert_false(check_sub_overflow(5, 7, &sum));
	assert_int_equal(sum, -2);
	assert_true(check_mul_overflow(16, 16, &small));
	assert_int_equal(small, 0);
	assert_false(check_shl_overflow(1, 7, &small));
	assert_int_equal(small, 128);
	assert_true(check_shl_overflow(1, 8, &small));
	assert_true(check_shl_overflow(-1, 1, &sum));
	assert_true(check_shl_overflow(1, 31, &sum));
	assert_true(check_shl_overflow(1, -1, &sum));
	assert_false(check_shl_overflow(0, 31, &sum));
	assert_true(size_mul(huge, 3) == SIZE_MAX && size_add(huge, huge) == SIZE_MAX - 1);
	assert_true(size_add(SIZE_MAX, 1) == SIZE_MAX && size_sub(1, 2) == SIZE_MAX);
	assert_true(size_sub(SIZE_MAX, 2) == SIZE_MAX && size_sub(5, 2) == 3);
	assert_int_equal(struct_size(p, items, 3), sizeof(*p) + 24);
	assert_true(struct_size(p, items, huge) == SIZE_MAX);
	assert_true(array3_size(2, 3, 4) == 24 && flex_array_size(p, items, 2) == 16);
	assert_true(overflows_type(256, u8) && !overflows_type(255, u8) && overflows_type(-1, u8));
}

static void test_errors_as_pointers(void **state)
{
	int here;

	assert_true(IS_ERR(ERR_PTR(-1)) && IS_ERR(ERR_PTR(-MAX_ERRNO)));
	assert_false(IS_ERR(ERR_PTR(-MAX_ERRNO - 1)) || IS_ERR(&here) || IS_ERR(NULL));
	assert_true(IS_ERR_OR_NULL(NULL) && !IS_ERR_OR_NULL(&here));
	assert_int_equal(PTR_ERR(ERR_PTR(-EINVAL)), -EINVAL);
	assert_int_equal(PTR_ERR_OR_ZERO(&here), 0);
	assert_int_equal(PTR_ERR_OR_ZERO(ERR_CAST(ERR_PTR(-EIO))), -EIO);
}

/* Values of lookup3.c's own test, and of jhash() as its definition gives them. */
static void test_hashes(void **state)
{
	static const char score[] = "Four score and seven years ago";
	u32 words[4] = { 1, 2, 3, 4 };
	unsigned int i, j, differing = 0;
	u8 key[40], shifted[48];

	assert_int_equal(jhash(score, 30, 0), 0x17770551);
	assert_int_equal(jhash(score, 30, 1), 0xcd628161);
	assert_int_equal(jhash("", 0, 0), 0xdeadbeef);
	assert_int_equal(jhash(words, 12, 5), jhash2(words, 3, 5));
	assert_int_equal(jhash(words, 16, 5), jhash2(words, 4, 5));
	assert_int_equal(jhash_3words(1, 2, 3, 9), jhash2(words, 3, 9));
	assert_int_equal(jhash_2words(1, 2, 9), jhash2(words, 2, 9));
	assert_int_equal(jhash_1word(1, 9), jhash2(words, 1, 9));
	for (i = 0; i < sizeof(key); i++)
		key[i] = (u8)(i * 37);
	for (i = 0; i < 8; i++) {
		memcpy(shifted + i, key, sizeof(key));
		for (j = 0; j <= sizeof(key); j++)
			differing += jhash(key, j, 3) != jhash(shifted + i, j, 3);
	}
	assert_int_equal(differing, 0);
	assert_int_equal(hash_32(1, 32), GOLDEN_RATIO_32);
	assert_int_equal(hash_64(1, 8), 0x61);
	assert_int_equal(hash_long(2, 16), 0xc391);
}

static void test_bits(void **state)
{
	unsigned long word = 0;

	assert_false(test_and_set_bit_lock(7, &word));
	assert_true(clear_bit_unlock_is_negative_byte(7, &word));
	__set_bit(0, &word);
	__set_bit(7, &word);
	assert_true(xor_unlock_is_negative_byte(1, &word));
	assert_int_equal(word, 0x80);
	assign_bit(3, &word, true);
	__assign_bit(7, &word, false);
	assert_int_equal(word, 8);
	assert_true(fls(0) == 0 && fls(1) == 1 && fls64(1ull << 63) == 64 && ffs(8) == 4);
	assert_true(__ffs(8) == 3 && __fls(9) == 3 && ffz(7) == 3);
	assert_true(hweight32(0xf0f0) == 8 && hweight8(0x1ff) == 8 && hweight64(~0ull) == 64);
	assert_true(rol32(0x80000001u, 1) == 3 && ror32(3, 1) == 0x80000001u && rol64(1, 64) == 1);
	assert_true(sign_extend32(0xff, 7) == -1 && sign_extend64(0x7f, 7) == 127);
	assert_true(roundup_pow_of_two(5) == 8 && rounddown_pow_of_two(5) == 4 &&
		    order_base_2(5) == 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choices),	 cmocka_unit_test(test_division),
		cmocka_unit_test(test_overflow), cmocka_unit_test(test_errors_as_pointers),
		cmocka_unit_test(test_hashes),	 cmocka_unit_test(test_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
