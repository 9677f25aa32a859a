/* SPDX-License-Identifier: MIT */
/*
 * test_bits.c - quire/math.h, quire/bitops.h and quire/bitmap.h: literal values, and
 * bitmaps of random bits against a bit-by-bit reference.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <quire/bitmap.h>

#include "seeded.h"

static void test_rounding(void **state)
{
	u64 big = 0x123456789ull;

	assert_int_equal(round_up(0u, 8), 0);
	assert_int_equal(round_up(1u, 8), 8);
	assert_int_equal(round_up(8u, 8), 8);
	assert_int_equal(round_down(15u, 8), 8);
	assert_true(ALIGN(big, 4096) == 0x123457000ull);
	assert_true(ALIGN_DOWN(big, 4096) == 0x123456000ull);
	assert_true(IS_ALIGNED(0x123456000ull, 4096));
	assert_false(IS_ALIGNED(big, 4096));
	assert_int_equal(roundup(10, 3), 12);
	assert_int_equal(rounddown(10, 3), 9);
	assert_int_equal(DIV_ROUND_UP(10, 3), 4);
	assert_int_equal(DIV_ROUND_UP(9, 3), 3);
}

static void test_minmax(void **state)
{
	int calls = 0, a = 1, b = 2;

	assert_int_equal(min(3, 4), 3);
	assert_int_equal(max(3, 4), 4);
	assert_int_equal(min_t(unsigned char, 300, 50), 44);
	assert_int_equal(max_t(int, -1, 1), 1);
	assert_int_equal(clamp(5, 1, 3), 3);
	assert_int_equal(clamp(0, 1, 3), 1);
	assert_int_equal(clamp(2, 1, 3), 2);
	assert_int_equal(clamp_t(unsigned int, 2, 3, 9), 3);
	assert_int_equal(min(++calls, 10), 1);
	assert_int_equal(calls, 1);
	swap(a, b);
	assert_int_equal(a, 2);
	assert_int_equal(b, 1);
	assert_true(mult_frac(~0ul, 3ul, 3ul) == ~0ul);
	assert_true(mult_frac(1000ul, 2ul, 3ul) == 666);
}

static void test_int_sqrt(void **state)
{
	unsigned long r, i;

	seeded_begin("test_bits", 7);
	assert_int_equal(int_sqrt(0), 0);
	assert_int_equal(int_sqrt(3), 1);
	assert_int_equal(int_sqrt(4), 2);
	assert_true(int_sqrt(~0ul) == 0xffffffff);
	for (i = 0; i < 20000; i++) {
		unsigned long x = seeded_next() >> seeded_below(64);

		r = int_sqrt(x);
		seeded_assert(r <= 0xffffffff && r * r <= x);
		seeded_assert(r == 0xffffffff || (r + 1) * (r + 1) > x);
	}
}

static void test_positions(void **state)
{
	assert_int_equal(__ffs(0x8), 3);
	assert_int_equal(__ffs(1ul << 63), 63);
	assert_int_equal(__fls(0x8f), 7);
	assert_int_equal(__fls(~0ul), 63);
	assert_int_equal(ffz(0x7), 3);
	assert_int_equal(fls(0), 0);
	assert_int_equal(fls(0x80000000), 32);
	assert_int_equal(fls64(0), 0);
	assert_int_equal(fls64(1ull << 63), 64);
	assert_int_equal(fls_long(5), 3);
	assert_int_equal(hweight_long(0xf0f0), 8);
	assert_true(is_power_of_2(64));
	assert_false(is_power_of_2(0));
	assert_false(is_power_of_2(65));
	assert_int_equal(ilog2(1), 0);
	assert_int_equal(ilog2(4097), 12);
	assert_int_equal(order_base_2(0), 0);
	assert_int_equal(order_base_2(1), 0);
	assert_int_equal(order_base_2(4096), 12);
	assert_int_equal(order_base_2(4097), 13);
	assert_int_equal(roundup_pow_of_two(4097), 8192);
	assert_int_equal(rounddown_pow_of_two(8191), 4096);
	assert_true(GENMASK(7, 4) == 0xf0);
	assert_true(GENMASK(63, 0) == ~0ul);
}

static void test_get_order(void **state)
{
	assert_int_equal(quire_get_order(1, 12), 0);
	assert_int_equal(quire_get_order(4096, 12), 0);
	assert_int_equal(quire_get_order(4097, 12), 1);
	assert_int_equal(quire_get_order(3 * 4096, 12), 2);
	assert_int_equal(quire_get_order(65536, 16), 0);
	assert_int_equal(quire_get_order(0, 12), 52);
}

static void test_single_bits(void **state)
{
	DECLARE_BITMAP(map, 130) = { 0 };

	set_bit(0, map);
	set_bit(64, map);
	set_bit(129, map);
	assert_true(map[0] == 1 && map[1] == 1 && map[2] == 2);
	assert_true(test_bit(129, map));
	assert_false(test_bit(128, map));
	clear_bit(64, map);
	change_bit(65, map);
	assert_true(map[1] == 2);
	assert_true(test_and_set_bit(65, map));
	assert_false(test_and_set_bit(66, map));
	assert_true(test_and_clear_bit(66, map));
	assert_false(test_and_clear_bit(66, map));
	assert_true(test_and_change_bit(65, map));
	assert_true(map[1] == 0);
	assert_false(test_and_set_bit_lock(70, map));
	assert_true(test_and_set_bit_lock(70, map));
	clear_bit_unlock(70, map);
	assert_true(map[1] == 0);
}

static void test_unshared_bits(void **state)
{
	unsigned long word[2] = { 0 };

	__set_bit(65, word);
	assert_true(word[1] == 2);
	__change_bit(64, word);
	__clear_bit(65, word);
	assert_true(word[1] == 1);
	assert_false(__test_and_set_bit(3, word));
	assert_true(__test_and_set_bit(3, word));
	assert_true(__test_and_change_bit(3, word));
	assert_false(__test_and_clear_bit(3, word));
	__set_bit(7, word);
	__set_bit(0, word);
	assert_true(clear_bit_unlock_is_negative_byte(0, word));
	__set_bit(1, word);
	__clear_bit_unlock(7, word);
	assert_true(word[0] == 2);
	assert_false(clear_bit_unlock_is_negative_byte(1, word));
}

#define BITS 300

static unsigned char truth[BITS];
static DECLARE_BITMAP(map, BITS);

static void random_map(void)
{
	unsigned int i, density = 1 + (unsigned int)seeded_below(40);

	bitmap_zero(map, BITS);
	for (i = 0; i < BITS; i++) {
		truth[i] = seeded_below(41) < density;
		if (truth[i])
			__set_bit(i, map);
	}
}

static unsigned long slow_find(unsigned long size, unsigned long from, int value)
{
	while (from < size && truth[from] != value)
		from++;
	return from < size ? from : size;
}

static void test_find(void **state)
{
	int round;

	seeded_begin("test_bits", 11);
	for (round = 0; round < 3000; round++) {
		unsigned long size = seeded_below(BITS + 1), from = seeded_below(BITS + 20);
		unsigned long last = size, bit, n = 0, clear = 0;

		random_map();
		seeded_assert(find_next_bit(map, size, from) ==
			      (from < size ? slow_find(size, from, 1) : size));
		seeded_assert(find_next_zero_bit(map, size, from) ==
			      (from < size ? slow_find(size, from, 0) : size));
		for (bit = 0; bit < size; bit++) {
			n += truth[bit];
			if (truth[bit])
				last = bit;
		}
		seeded_assert(find_last_bit(map, size) == last);
		seeded_assert(bitmap_weight(map, (unsigned int)size) == n);
		seeded_assert(bitmap_empty(map, (unsigned int)size) == (n == 0));
		seeded_assert(bitmap_full(map, (unsigned int)size) == (n == size));
		for_each_set_bit (bit, map, size)
			n -= truth[bit];
		for_each_clear_bit (bit, map, size)
			clear++;
		seeded_assert(n == 0 && clear == size - bitmap_weight(map, (unsigned int)size));
	}
}

static void test_runs(void **state)
{
	int round;

	seeded_begin("test_bits", 13);
	for (round = 0; round < 3000; round++) {
		unsigned int start = (unsigned int)seeded_below(BITS), i;
		unsigned int len = (unsigned int)seeded_below(BITS - start + 1);
		bool value = seeded_one_in(2);

		random_map();
		(value ? bitmap_set : bitmap_clear)(map, start, len);
		memset(truth + start, value, len);
		for (i = 0; i < BITS; i++)
			seeded_assert(test_bit(i, map) == truth[i]);
	}
}

/* The definition of bitmap_find_next_zero_area_off(), place by place. */
static unsigned long slow_area(unsigned long size, unsigned long start, unsigned int nr,
			       unsigned long mask, unsigned long offset)
{
	unsigned long at;

	for (at = start; at + nr <= size; at++) {
		if (!((at + offset) & mask) && slow_find(at + nr, at, 1) == at + nr)
			return at;
	}
	return size + 1;
}

static void test_areas(void **state)
{
	int round;

	seeded_begin("test_bits", 17);
	for (round = 0; round < 3000; round++) {
		unsigned long size = seeded_below(BITS + 1), start = seeded_below(BITS);
		unsigned int nr = 1 + (unsigned int)seeded_below(12);
		unsigned long mask = (1ul << seeded_below(5)) - 1, off = seeded_below(mask + 1);
		unsigned long want, got;

		random_map();
		want = slow_area(size, start, nr, mask, off);
		got = bitmap_find_next_zero_area_off(map, size, start, nr, mask, off);
		seeded_assert(want > size ? got + nr > size : got == want);
		want = slow_area(size, start, nr, mask, 0);
		got = bitmap_find_next_zero_area(map, size, start, nr, mask);
		seeded_assert(want > size ? got + nr > size : got == want);
	}
}

static void test_whole_maps(void **state)
{
	unsigned long a[2] = { 0xff, 0x1 }, b[2] = { 0xf0, 0x2 }, c[3] = { 0, 0, 7 };

	assert_true(bitmap_and(c, a, b, 128));
	assert_true(c[0] == 0xf0 && c[1] == 0 && c[2] == 7);
	assert_false(bitmap_and(c, a, b, 4));
	bitmap_or(c, a, b, 128);
	assert_true(c[0] == 0xff && c[1] == 3 && c[2] == 7);
	bitmap_copy(c, b, 65);
	assert_true(c[0] == 0xf0 && c[1] == 2 && c[2] == 7);
	bitmap_fill(c, 65);
	assert_true(c[0] == ~0ul && c[1] == ~0ul && c[2] == 7);
	bitmap_zero(c, 65);
	assert_true(c[0] == 0 && c[1] == 0 && c[2] == 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rounding),      cmocka_unit_test(test_minmax),
		cmocka_unit_test(test_int_sqrt),      cmocka_unit_test(test_positions),
		cmocka_unit_test(test_get_order),     cmocka_unit_test(test_single_bits),
		cmocka_unit_test(test_unshared_bits), cmocka_unit_test(test_find),
		cmocka_unit_test(test_runs),	      cmocka_unit_test(test_areas),
		cmocka_unit_test(test_whole_maps),
	};

	return cmocka_run_group_tests_name("bits", tests, NULL, NULL);
}
