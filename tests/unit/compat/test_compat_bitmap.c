/* SPDX-License-Identifier: MIT */
/*
 * test_compat_bitmap.c - bitmaps of kernel code against bits looked at one by one, and their text.
 */
#include <linux/bitmap.h>
#include <linux/kernel.h>
#include <linux/mm.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "seeded.h"

#define MOST   200
#define ROUNDS 3000

static unsigned long a[8], b[8], d[8], m[8];

static void random_maps(unsigned int nbits)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(a); i++) {
		a[i] = seeded_next() & seeded_next();
		b[i] = seeded_one_in(4) ? a[i] : seeded_next();
		m[i] = seeded_next();
		d[i] = seeded_next();
	}
	/* What lies behind the last bit must not matter: sometimes nothing is in front of it. */
	if (seeded_one_in(4))
		bitmap_clear(a, 0, nbits);
}

static bool at(const unsigned long *map, long bit, long nbits)
{
	return bit >= 0 && bit < nbits && test_bit((unsigned long)bit, map);
}

/* Does @expected hold for every bit i of d? */
#define each_bit(expected)                                        \
	do {                                                      \
		long i;                                           \
		for (i = 0; i < (long)n; i++)                     \
			seeded_assert(at(d, i, n) == (expected)); \
	} while (0)

static void check_operations(unsigned int n)
{
	unsigned int by = (unsigned int)seeded_below(n + 10);
	unsigned long was[8];
	bool any = false, equal = true, within = true;
	long i;

	for (i = 0; i < (long)n; i++) {
		any |= at(a, i, n) && at(b, i, n);
		equal &= at(a, i, n) == at(b, i, n);
		within &= !at(a, i, n) || at(b, i, n);
	}
	seeded_assert(bitmap_intersects(a, b, n) == any);
	seeded_assert(bitmap_equal(a, b, n) == equal);
	seeded_assert(bitmap_subset(a, b, n) == within);
	seeded_assert(bitmap_andnot(d, a, b, n) == !within);
	each_bit(at(a, i, n) && !at(b, i, n));
	bitmap_xor(d, a, b, n);
	each_bit(at(a, i, n) != at(b, i, n));
	bitmap_complement(d, a, n);
	each_bit(!at(a, i, n));
	bitmap_replace(d, a, b, m, n);
	each_bit(at(at(m, i, n) ? b : a, i, n));
	bitmap_shift_right(d, a, by, n);
	each_bit(at(a, i + by, n));
	bitmap_shift_left(d, a, by, n);
	each_bit(at(a, i - (long)by, n));
	/* In place. */
	memcpy(was, a, sizeof(a));
	memcpy(d, a, sizeof(a));
	bitmap_shift_left(d, d, by, n);
	each_bit(at(was, i - (long)by, n));
	memcpy(d, a, sizeof(a));
	bitmap_shift_right(d, d, by, n);
	each_bit(at(was, i + by, n));
}

static void check_searches(unsigned long n)
{
	unsigned long from = seeded_below(n + 1), bit, both = n, alone = n, count = 0, nth = n;

	for (bit = n; bit-- > from;) {
		both = test_bit(bit, a) && test_bit(bit, b) ? bit : both;
		alone = test_bit(bit, a) && !test_bit(bit, b) ? bit : alone;
	}
	for (bit = 0; bit < n; bit++)
		if (test_bit(bit, a) && count++ == 5)
			nth = bit;
	seeded_assert(find_next_and_bit(a, b, n, from) == both);
	seeded_assert(find_next_andnot_bit(a, b, n, from) == alone);
	seeded_assert(find_nth_bit(a, n, 5) == nth);
}

/* A map's list, read back, is the map. */
static void check_round_trip(unsigned int n)
{
	char text[1024];

	snprintf(text, sizeof(text), "%*pbl\n", (int)n, a);
	seeded_assert(bitmap_parselist(text, d, (int)n) == 0);
	seeded_assert(bitmap_equal(a, d, n));
}

static void test_against_single_bits(void **state)
{
	unsigned int round;

	seeded_begin("test_compat_bitmap", 0);
	for (round = 0; round < ROUNDS; round++) {
		unsigned int n = 1 + (unsigned int)seeded_below(MOST);

		random_maps(n);
		check_operations(n);
		check_searches(n);
		check_round_trip(n);
	}
}

static const struct {
	const char *text;
	int error;
	const char *result;
} lists[] = {
	{ "", 0, "" },
	{ "\n", 0, "" },
	{ "0", 0, "0" },
	{ "0-3,8 10\t11\n", 0, "0-3,8,10-11" },
	{ "0-31:2/8", 0, "0-1,8-9,16-17,24-25" },
	{ "all", 0, "0-39" },
	{ "all:1/2", 0, "0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,30,32,34,36,38" },
	{ "38-N", 0, "38-39" },
	{ "N", 0, "39" },
	{ ",,3,", 0, "3" },
	{ "0-40", -ERANGE, NULL },
	{ "40", -ERANGE, NULL },
	{ "3-1", -EINVAL, NULL },
	{ "1-", -EINVAL, NULL },
	{ "-1", -EINVAL, NULL },
	{ "x", -EINVAL, NULL },
	{ "1-8:0/0", -EINVAL, NULL },
	{ "1-8:9/8", -EINVAL, NULL },
	{ "1-8:2", -EINVAL, NULL },
	{ "99999999999", -EOVERFLOW, NULL },
};

static void test_lists(void **state)
{
	unsigned int i;
	char text[256];

	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		int error = bitmap_parselist(lists[i].text, d, 40);

		if (error != lists[i].error)
			fail_msg("\"%s\": %d, not %d", lists[i].text, error, lists[i].error);
		snprintf(text, sizeof(text), "%*pbl", 40, d);
		if (!error && strcmp(text, lists[i].result))
			fail_msg("\"%s\": \"%s\"", lists[i].text, text);
	}
}

static void test_ranges(void **state)
{
	unsigned long start, end, seen = 0;
	unsigned int bit;

	bitmap_zero(a, MOST);
	bitmap_set(a, 3, 4);
	bitmap_set(a, 60, 10);
	for_each_set_bitrange(start, end, a, 64) seen = seen * 1000 + start * 10 + (end - start);
	assert_int_equal(seen, 34 * 1000 + 604);
	seen = 0;
	for_each_clear_bitrange(start, end, a, 64) seen = seen * 1000 + start * 10 + (end - start);
	assert_int_equal(seen, 3 * 1000 + 70 + 53);
	seen = 0;
	bit = 5;
	for_each_set_bit_from(bit, a, 64) seen++;
	assert_int_equal(seen, 6);
}

static void test_pagebuf(void **state)
{
	static char page[PAGE_SIZE] __aligned(PAGE_SIZE);

	bitmap_zero(a, 40);
	bitmap_set(a, 0, 3);
	assert_int_equal(bitmap_print_to_pagebuf(true, page, a, 40), 4);
	assert_string_equal(page, "0-2\n");
	assert_int_equal(bitmap_print_to_pagebuf(false, page, a, 40), 12);
	assert_string_equal(page, "00,00000007\n");
}

static void test_masks(void **state)
{
	unsigned long word = 0xf0f0;
	unsigned int half = 0x1234;
	u8 byte = 0xff;

	assert_int_equal(set_mask_bits(&word, 0x00ff, 0x000f), 0xf0f0);
	assert_int_equal(word, 0xf00f);
	assert_int_equal(set_mask_bits(&half, 0, 0x4000), 0x1234);
	assert_int_equal(half, 0x5234);
	assert_int_equal(set_mask_bits(&byte, 0xf0, 0x10), 0xff);
	assert_int_equal(byte, 0x1f);
	assert_true(bit_clear_unless(&word, 0x000f, 0x0f00));
	assert_int_equal(word, 0xf000);
	assert_false(bit_clear_unless(&word, 0xffff, 0x8000));
	assert_int_equal(word, 0xf000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_single_bits),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_pagebuf),
		cmocka_unit_test(test_masks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
