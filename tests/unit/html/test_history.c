/* SPDX-License-Identifier: MIT */
/*
 * test_history.c - the recorder: when samples fall due, that they decode to what
 * was given, and that memory stays bounded whatever comes.
 */
#include "history_fixture.h"

#include <errno.h>

#define FRAMES 4096
#define BLOCKS (FRAMES / 16)

struct feed {
	struct history *h;
	uint64_t seed;
	uint8_t frames[FRAMES];
	uint8_t blocks[BLOCKS];
	uint64_t free_blocks[4];
	uint64_t counter;
};

static const struct history_zone zone = { 0, "Normal", 0, FRAMES };

static void churn(struct feed *f, unsigned int changes)
{
	for (unsigned int i = 0; i < changes; i++)
		f->frames[fixture_random(&f->seed) % FRAMES] =
			(uint8_t)(fixture_random(&f->seed) % HISTORY_NR_FRAMES);
	f->blocks[fixture_random(&f->seed) % BLOCKS] = (uint8_t)(fixture_random(&f->seed) % 6);
	f->free_blocks[fixture_random(&f->seed) % 4]++;
	f->counter++;
}

static int take(struct feed *f, uint64_t event, const char *label)
{
	const struct history_sample s = { event,     event * 10,     label,	 f->frames,
					  f->blocks, f->free_blocks, &f->counter };

	return history_sample(f->h, &s);
}

static void open_feed(struct feed *f, uint64_t total, unsigned int samples)
{
	static const struct history_counter counter = { "chart", "line", "pages" };
	struct history_shape shape = fixture_shape(&zone);

	memset(f, 0, sizeof(*f));
	f->seed = fixture_seed(77);
	shape.total_events = total;
	shape.samples = samples;
	shape.counters = &counter;
	shape.nr_counters = 1;
	f->h = history_new(&shape);
	assert_non_null(f->h);
}

static void wrong_shapes_are_refused(void **state)
{
	struct history_zone zones[1] = { zone };
	struct history_shape good = fixture_shape(zones), bad;

#define REFUSED(change)                          \
	do {                                     \
		bad = good;                      \
		change;                          \
		errno = 0;                       \
		assert_null(history_new(&bad));  \
		assert_int_equal(errno, EINVAL); \
	} while (0)
	REFUSED(bad.nr_frames = 0);
	REFUSED(bad.first_pfn = 8);
	REFUSED(bad.block_order = 21);
	REFUSED(bad.nr_orders = 0);
	REFUSED(bad.nr_orders = 33);
	REFUSED(bad.nr_zones = 0);
	REFUSED(bad.nr_zones = 257);
	REFUSED(bad.page_size = 0);
	REFUSED(bad.samples = 1);
	REFUSED(bad.samples = 1001);
	REFUSED(bad.nr_counters = 65);
#undef REFUSED
}

static void samples_fall_due_evenly(void **state)
{
	struct feed f;
	uint64_t due = 0;

	open_feed(&f, 100000, 50);
	for (uint64_t i = 0; i < 100000; i++) {
		if (!history_due(f.h, i))
			continue;
		assert_int_equal(i, due);
		due += 2000;
		assert_int_equal(take(&f, i, NULL), 0);
		assert_false(history_due(f.h, i));
		assert_int_equal(history_next_due(f.h), due);
	}
	assert_int_equal(f.h->nr_samples, 50);
	history_free(f.h);
}

static void samples_decode_to_what_was_given(void **state)
{
	enum { N = 40 };
	uint8_t(*frames)[FRAMES] = malloc(N * FRAMES), (*blocks)[BLOCKS] = malloc(N * BLOCKS);
	uint8_t cells[FRAMES], types[BLOCKS];
	struct feed f;

	open_feed(&f, N, N);
	for (unsigned int i = 0; i < N; i++) {
		churn(&f, 200);
		memcpy(frames[i], f.frames, FRAMES);
		memcpy(blocks[i], f.blocks, BLOCKS);
		assert_int_equal(take(&f, i, NULL), 0);
	}
	for (unsigned int i = 0; i < N; i++) {
		assert_int_equal(history_decode(f.h, i, cells, types), 0);
		assert_memory_equal(cells, frames[i], FRAMES);
		assert_memory_equal(types, blocks[i], BLOCKS);
		assert_int_equal(f.h->samples[i].numbers[4], i + 1);
	}
	history_free(f.h);
	free(frames);
	free(blocks);
}

/* A trace of unknown length: what stays is even, and still decodes to the truth. */
static void unknown_total_thins_out(void **state)
{
	enum { N = 60000 };
	uint8_t cells[FRAMES], types[BLOCKS];
	uint8_t *truth = calloc(N, 1);
	struct feed f;

	open_feed(&f, 0, 20);
	for (uint64_t i = 0; i < N; i++) {
		f.frames[5] = truth[i] = (uint8_t)(fixture_random(&f.seed) % HISTORY_NR_FRAMES);
		f.blocks[9] = truth[i] % 6;
		if (history_due(f.h, i))
			assert_int_equal(take(&f, i, i == 1024 ? "named" : NULL), 0);
	}
	assert_true(f.h->nr_samples >= 20 && f.h->nr_samples <= 40);
	assert_int_equal(f.h->samples[0].event, 0);
	for (unsigned int i = 0; i < f.h->nr_samples; i++) {
		assert_int_equal(history_decode(f.h, i, cells, types), 0);
		assert_int_equal(cells[5], truth[f.h->samples[i].event]);
		assert_int_equal(types[9], truth[f.h->samples[i].event] % 6);
	}
	history_free(f.h);
	free(truth);
}

static void labelled_and_newest_stay(void **state)
{
	struct feed f;
	bool named = false;

	open_feed(&f, 1000, 10);
	for (uint64_t i = 0; i < 301; i++) {
		churn(&f, 3);
		assert_int_equal(take(&f, i, i == 7 ? "snapshot" : NULL), 0);
		assert_int_equal(f.h->samples[f.h->nr_samples - 1].event, i);
		assert_true(f.h->nr_samples <= 20);
	}
	for (unsigned int i = 0; i < f.h->nr_samples; i++)
		named |= f.h->samples[i].label && f.h->samples[i].event == 7;
	assert_true(named);
	history_free(f.h);
}

static void only_labels_end_in_enospc(void **state)
{
	struct feed f;
	uint64_t i = 0;

	open_feed(&f, 100, 2);
	while (i < 4)
		assert_int_equal(take(&f, i++, "named"), 0);
	assert_int_equal(take(&f, i, "named"), -ENOSPC);
	assert_int_equal(f.h->nr_samples, 4);
	history_free(f.h);
}

static void events_do_not_go_back(void **state)
{
	struct feed f;

	open_feed(&f, 100, 10);
	assert_int_equal(take(&f, 50, NULL), 0);
	assert_int_equal(take(&f, 49, NULL), -EINVAL);
	assert_int_equal(take(&f, 50, NULL), 0);
	assert_int_equal(f.h->nr_samples, 2);
	history_free(f.h);
}

/* Noise does not compress: samples go, until the packed bytes fit. */
static void noise_stays_within_the_packed_bound(void **state)
{
	uint8_t cells[FRAMES], types[BLOCKS];
	struct feed f;

	open_feed(&f, 40, 40);
	assert_int_equal(f.h->max_packed, HISTORY_MAX_PACKED);
	f.h->max_packed = 20000;
	for (uint64_t i = 0; i < 40; i++) {
		churn(&f, FRAMES);
		assert_int_equal(take(&f, i, NULL), 0);
		assert_true(f.h->packed_bytes <= f.h->max_packed);
	}
	assert_true(f.h->nr_samples >= 2 && f.h->nr_samples < 20);
	assert_int_equal(history_decode(f.h, f.h->nr_samples - 1, cells, types), 0);
	assert_memory_equal(cells, f.frames, FRAMES);
	assert_memory_equal(types, f.blocks, BLOCKS);
	history_free(f.h);
}

/* Two frames share a cell, 16 page blocks a block cell; counts stay exact. */
static void big_machine_shares_cells(void **state)
{
	const uint64_t n = 2u << 20;
	const struct history_zone big = { 0, "Normal", 0, n };
	struct history_shape shape = fixture_shape(&big);
	uint8_t *frames = malloc(n), *blocks = calloc(n, 1);
	uint64_t free_blocks[4] = { 0 };
	const struct history_sample s = { 0, 0, NULL, frames, blocks, free_blocks, NULL };
	struct history *h;

	shape.block_order = 0;
	h = history_new(&shape);
	assert_non_null(h);
	assert_int_equal(h->nr_cells, HISTORY_MAX_CELLS);
	assert_int_equal(h->nr_blocks, HISTORY_MAX_BLOCKS);
	for (uint64_t i = 0; i < n; i++)
		frames[i] = i < n / 2 + 1 ? HISTORY_MOVABLE : HISTORY_FREE;
	memset(blocks + n / 2, 2, n / 2);
	assert_int_equal(history_sample(h, &s), 0);
	assert_int_equal(h->samples[0].counts[HISTORY_MOVABLE], n / 2 + 1);
	assert_int_equal(h->samples[0].counts[HISTORY_FREE], n / 2 - 1);
	assert_int_equal(h->cells[n / 4 - 1], HISTORY_MOVABLE);
	assert_int_equal(h->cells[n / 4] & HISTORY_STATE_MASK, HISTORY_FREE); /* one of each */
	assert_int_equal(h->cells[n / 4] >> HISTORY_MIX_SHIFT, 2);
	assert_int_equal(h->cells[n / 4 + 1], HISTORY_FREE);
	assert_int_equal(h->blocks[h->nr_blocks / 2 - 1], 0);
	assert_int_equal(h->blocks[h->nr_blocks / 2], 2);
	history_free(h);
	free(frames);
	free(blocks);
}

static void unusable_index_by_hand(void **state)
{
	const uint64_t none[4] = { 0 }, blocks[4] = { 4, 2, 1, 1 }; /* 4 + 4 + 4 + 8 pages */

	assert_true(history_unusable(none, 4, 2) == 0.0);
	assert_true(history_unusable(blocks, 4, 0) == 0.0);
	assert_true(history_unusable(blocks, 4, 1) == 4.0 / 20);
	assert_true(history_unusable(blocks, 4, 3) == 12.0 / 20);
	assert_true(history_unusable(blocks, 4, 4) == 1.0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_shapes_are_refused),
		cmocka_unit_test(samples_fall_due_evenly),
		cmocka_unit_test(samples_decode_to_what_was_given),
		cmocka_unit_test(unknown_total_thins_out),
		cmocka_unit_test(labelled_and_newest_stay),
		cmocka_unit_test(only_labels_end_in_enospc),
		cmocka_unit_test(events_do_not_go_back),
		cmocka_unit_test(noise_stays_within_the_packed_bound),
		cmocka_unit_test(big_machine_shares_cells),
		cmocka_unit_test(unusable_index_by_hand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
