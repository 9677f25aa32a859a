/* SPDX-License-Identifier: MIT */
/*
 * test_history_codec.c - deltas byte by byte, round trips, damage, aggregation.
 */
#include "history_fixture.h"

#include <errno.h>

/* The runs of history_internal.h, written out by hand. */
static void delta_is_the_documented_bytes(void **state)
{
	const uint8_t old[300] = { 0 };
	uint8_t new[300] = { 0 };
	/* 2 unchanged, 3 by XOR 5, 1 by XOR 9, then 294 unchanged = 588 = 0x24c: cc 04 */
	const uint8_t want[] = { 4, 7, 5, 3, 9, 0xcc, 0x04 };
	struct history_bytes out = { 0 };

	new[2] = new[3] = new[4] = 5;
	new[5] = 9;
	assert_int_equal(history_delta(&out, old, new, sizeof(new)), 0);
	assert_int_equal(out.len, sizeof(want));
	assert_memory_equal(out.data, want, sizeof(want));
	free(out.data);
}

static void delta_of_equal_planes_is_one_run(void **state)
{
	const uint8_t cells[64] = { 1, 2, 3 };
	struct history_bytes out = { 0 };

	assert_int_equal(history_delta(&out, cells, cells, sizeof(cells)), 0);
	assert_int_equal(out.len, 2); /* 64 << 1 = 0x80: two digits */
	free(out.data);
}

static void fill_random(uint8_t *cells, size_t n, uint64_t *seed)
{
	for (size_t i = 0; i < n;) {
		uint8_t value = (uint8_t)(fixture_random(seed) % 16);
		size_t run = 1 + fixture_random(seed) % (fixture_random(seed) % 8 ? 3 : 400);

		while (run-- && i < n)
			cells[i++] = value;
	}
}

static void delta_round_trip_both_ways(void **state)
{
	uint64_t seed = fixture_seed(20);

	for (int round = 0; round < 300; round++) {
		size_t n = 1 + fixture_random(&seed) % 3000;
		uint8_t *old = malloc(n), *new = malloc(n), *work = malloc(n);
		struct history_bytes out = { 0 };
		const uint8_t *pos;

		fill_random(old, n, &seed);
		fill_random(new, n, &seed);
		assert_int_equal(history_delta(&out, old, new, n), 0);
		memcpy(work, old, n);
		pos = out.data;
		assert_int_equal(history_apply(work, n, &pos, out.data + out.len), 0);
		assert_ptr_equal(pos, out.data + out.len);
		assert_memory_equal(work, new, n);
		pos = out.data;
		assert_int_equal(history_apply(work, n, &pos, out.data + out.len), 0);
		assert_memory_equal(work, old, n);
		free(out.data);
		free(old);
		free(new);
		free(work);
	}
}

static void damaged_delta_is_refused(void **state)
{
	static const struct {
		uint8_t bytes[4];
		size_t len;
	} cases[] = {
		{ { 0 }, 0 },		  /* nothing */
		{ { 18 }, 1 },		  /* 9 cells of 8 */
		{ { 0 }, 1 },		  /* an empty run */
		{ { 0x80 }, 1 },	  /* a number without end */
		{ { 17 }, 1 },		  /* no byte to XOR with */
		{ { 8, 0x80, 0x80 }, 3 }, /* ends inside the second run */
	};
	uint8_t cells[8];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const uint8_t *pos = cases[i].bytes;

		assert_int_equal(history_apply(cells, 8, &pos, pos + cases[i].len), -EINVAL);
	}
}

static void pack_round_trip(void **state)
{
	struct history_bytes raw = { 0 };
	uint8_t *packed = NULL, *back;
	size_t len = 0;

	for (int i = 0; i < 5000; i++)
		assert_int_equal(history_put(&raw, "abcabd", 6), 0);
	assert_int_equal(history_pack(&raw, &packed, &len), 0);
	assert_true(len < raw.len / 20);
	back = history_unpack(packed, len, raw.len);
	assert_non_null(back);
	assert_memory_equal(back, raw.data, raw.len);
	packed[len / 2] ^= 0x55;
	assert_null(history_unpack(packed, len, raw.len));
	free(back);
	free(packed);
	free(raw.data);
}

static void single_frames_keep_their_state(void **state)
{
	const uint8_t frames[] = { HISTORY_HOLE, HISTORY_MOVABLE, HISTORY_MOVABLE, 200 };
	uint64_t counts[HISTORY_NR_FRAMES];
	uint8_t cells[4];

	history_cells(cells, frames, 4, 0, counts);
	assert_int_equal(cells[1], HISTORY_MOVABLE);
	assert_int_equal(cells[3], HISTORY_HOLE); /* no such state */
	assert_int_equal(counts[HISTORY_HOLE], 2);
	assert_int_equal(counts[HISTORY_MOVABLE], 2);
}

/* Eight frames to a cell: the majority and how pure it is; counts stay exact. */
static void shared_cells_show_the_majority(void **state)
{
	static const struct {
		unsigned int majority;
		unsigned int mix;
	} cases[] = { { 8, 0 }, { 7, 0 }, { 6, 1 }, { 5, 1 }, { 4, 2 }, { 3, 2 }, { 2, 3 } };

	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		uint8_t frames[8], cell;
		uint64_t counts[HISTORY_NR_FRAMES], all = 0;

		for (unsigned int i = 0; i < 8; i++)
			frames[i] = i < cases[c].majority ? HISTORY_PCP : HISTORY_UNMOVABLE + i % 6;
		history_cells(&cell, frames, 8, 3, counts);
		assert_int_equal(cell & HISTORY_STATE_MASK, HISTORY_PCP);
		assert_int_equal(cell >> HISTORY_MIX_SHIFT, cases[c].mix);
		for (unsigned int s = 0; s < HISTORY_NR_FRAMES; s++)
			all += counts[s];
		assert_int_equal(all, 8);
		assert_int_equal(counts[HISTORY_PCP], cases[c].majority);
	}
}

static void last_shared_cell_may_be_short(void **state)
{
	const uint8_t frames[] = { 1, 1, 1, 1, HISTORY_HUGE };
	uint64_t counts[HISTORY_NR_FRAMES];
	uint8_t cells[2];

	history_cells(cells, frames, 5, 2, counts);
	assert_int_equal(cells[0], 1);
	assert_int_equal(cells[1], HISTORY_HUGE); /* pure, alone as it is */
}

static void blocks_share_cells_by_majority(void **state)
{
	const uint8_t blocks[] = { 1, 1, 0, 2, 2, 77 };
	uint8_t cells[2];

	history_blocks(cells, blocks, 6, 2, 6);
	assert_int_equal(cells[0], 1);
	assert_int_equal(cells[1], 0); /* an unknown type counts as 0; of equals the lower wins */
	history_blocks(cells, blocks + 3, 2, 1, 6);
	assert_int_equal(cells[0], 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delta_is_the_documented_bytes),
		cmocka_unit_test(delta_of_equal_planes_is_one_run),
		cmocka_unit_test(delta_round_trip_both_ways),
		cmocka_unit_test(damaged_delta_is_refused),
		cmocka_unit_test(pack_round_trip),
		cmocka_unit_test(single_frames_keep_their_state),
		cmocka_unit_test(shared_cells_show_the_majority),
		cmocka_unit_test(last_shared_cell_may_be_short),
		cmocka_unit_test(blocks_share_cells_by_majority),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
