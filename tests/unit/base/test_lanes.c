/* SPDX-License-Identifier: MIT */
/*
 * test_lanes.c - keys counted fifteen at once, as SSE2 does it and as any processor does, against
 * a loop.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/lanes.h"
#include "seeded.h"

union node {
	u32 key[16];
	lane_keys keys[4];
};

static unsigned int by_hand(const union node *n, u32 at)
{
	unsigned int i, below = 0;

	for (i = 0; i < 15; i++)
		below += (n->key[i] - at) >> 31;
	return below;
}

static void check(const union node *n, u32 at)
{
	unsigned int want = by_hand(n, at);

	assert_int_equal(lanes_below(n->keys, at), want);
	assert_int_equal(lanes_below_any(n->keys, at), want);
}

/* Every place among keys, the ends of the circle of numbers included; the last lane is noise. */
static void test_places(void **state)
{
	static const u32 begins[] = { 0, 1, 1000, 0x7ffffff8u, 0x80000000u, 0xfffffff0u };
	union node n;
	unsigned int b, i;

	for (b = 0; b < sizeof(begins) / sizeof(begins[0]); b++) {
		for (i = 0; i < 16; i++)
			n.key[i] = begins[b] + 3 * i;
		for (n.key[15] = 0, i = 0; i < 2; i++, n.key[15] = ~0u) {
			u32 at;

			for (at = begins[b] - 2; at != begins[b] + 48; at++)
				check(&n, at);
		}
	}
	for (i = 0; i < 15; i++)
		n.key[i] = 5;
	check(&n, 5);
	check(&n, 6);
	assert_int_equal(lanes_below(n.keys, 5), 0);
	assert_int_equal(lanes_below(n.keys, 6), 15);
}

/* Anywhere on the circle, spread over nearly half of it. */
static void test_anywhere(void **state)
{
	union node n;
	unsigned int turn, i;

	for (turn = 0; turn < 20000; turn++) {
		u32 begin = (u32)seeded_next(), step = (u32)seeded_next() % (0x7fffffffu / 16);

		for (i = 0; i < 16; i++)
			n.key[i] = begin + i * step;
		n.key[15] = (u32)seeded_next();
		/* No further off any key than 2^31. */
		check(&n, begin + (u32)(seeded_next() % (14ull * step + 1)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_anywhere),
	};

	seeded_begin("test_lanes", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
