/* SPDX-License-Identifier: MIT */
/*
 * history.c - the recorder: samples of a run, evenly spaced, in bounded memory.
 *
 * 1. Sample k falls due at event k * stride, stride = total / wanted. When the
 *    total is not known (0), stride starts small and grows: whenever twice the
 *    wanted samples are held, every second one goes and stride doubles, so that
 *    between `wanted` and `2 * wanted` evenly spaced samples remain at the end.
 * 2. The same thinning answers samples that compress badly (a big machine under
 *    churn): it runs while the packed bytes exceed HISTORY_MAX_PACKED.
 * 3. A dropped sample's delta is folded into the next kept one (I1 of
 *    history_internal.h). First, newest and labelled samples are never dropped.
 *
 * Left out: threads. A history belongs to the thread that replays.
 */
#include "history_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Events between samples at first, when the total is not known. */
#define FIRST_STRIDE 64

static const char *const linux_types[] = { "Unmovable",	 "Movable", "Reclaimable",
					   "HighAtomic", "CMA",	    "Isolate" };

static bool shape_is_valid(const struct history_shape *s)
{
	if (!s->nr_frames || s->block_order > 20 || !s->page_size)
		return false;
	if (s->first_pfn & ((1ull << s->block_order) - 1))
		return false;
	if (s->nr_orders < 1 || s->nr_orders > 32 || s->nr_zones < 1 || s->nr_zones > 256)
		return false;
	if (s->nr_counters > 64 || s->nr_migratetypes > 32 || !s->zones)
		return false;
	return s->samples == 0 || (s->samples >= 2 && s->samples <= 1000);
}

static char *copy_text(const char *text)
{
	return strndup(text ? text : "", HISTORY_MAX_TEXT);
}

static int copy_zones(struct history *h, const struct history_shape *from)
{
	struct history_zone *zones = calloc(from->nr_zones, sizeof(*zones));

	if (!zones)
		return -ENOMEM;
	h->shape.zones = zones;
	h->shape.nr_zones = from->nr_zones;
	for (unsigned int i = 0; i < from->nr_zones; i++) {
		zones[i] = from->zones[i];
		zones[i].name = copy_text(from->zones[i].name);
	}
	for (unsigned int i = 0; i < from->nr_zones; i++)
		if (!zones[i].name)
			return -ENOMEM;
	return 0;
}

static int copy_types(struct history *h, const struct history_shape *from)
{
	unsigned int nr = from->migratetypes ? from->nr_migratetypes : 6;
	const char *const *names = from->migratetypes ? from->migratetypes : linux_types;
	char **copy = calloc(nr ? nr : 1, sizeof(*copy));
	bool failed = false;

	if (!copy)
		return -ENOMEM;
	h->shape.migratetypes = (const char *const *)copy;
	h->shape.nr_migratetypes = nr;
	for (unsigned int i = 0; i < nr; i++) {
		copy[i] = copy_text(names[i]);
		failed |= !copy[i];
	}
	return failed ? -ENOMEM : 0;
}

static int copy_counters(struct history *h, const struct history_shape *from)
{
	struct history_counter *copy = calloc(from->nr_counters + 1, sizeof(*copy));
	bool failed = false;

	if (!copy)
		return -ENOMEM;
	h->shape.counters = copy;
	h->shape.nr_counters = from->nr_counters;
	for (unsigned int i = 0; i < from->nr_counters; i++) {
		copy[i].chart = copy_text(from->counters[i].chart);
		copy[i].name = copy_text(from->counters[i].name);
		copy[i].unit = copy_text(from->counters[i].unit);
		failed |= !copy[i].chart || !copy[i].name || !copy[i].unit;
	}
	return failed ? -ENOMEM : 0;
}

static int copy_shape(struct history *h, const struct history_shape *from)
{
	h->shape = *from;
	h->shape.zones = NULL;
	h->shape.migratetypes = NULL;
	h->shape.counters = NULL;
	h->shape.nr_zones = h->shape.nr_migratetypes = h->shape.nr_counters = 0;
	h->shape.name = copy_text(from->name);
	if (!h->shape.samples)
		h->shape.samples = HISTORY_DEFAULT_SAMPLES;
	if (!h->shape.name || copy_zones(h, from) || copy_types(h, from))
		return -ENOMEM;
	return copy_counters(h, from);
}

static unsigned int shift_to_fit(uint64_t n, uint64_t limit)
{
	unsigned int shift = 0;

	while (((n + (1ull << shift) - 1) >> shift) > limit)
		shift++;
	return shift;
}

static int lay_out(struct history *h)
{
	uint64_t frames = h->shape.nr_frames;
	uint64_t block = 1ull << h->shape.block_order;

	h->cell_shift = shift_to_fit(frames, HISTORY_MAX_CELLS);
	h->nr_cells = (frames + (1ull << h->cell_shift) - 1) >> h->cell_shift;
	h->nr_page_blocks = (frames + block - 1) >> h->shape.block_order;
	h->block_shift = shift_to_fit(h->nr_page_blocks, HISTORY_MAX_BLOCKS);
	/* A block cell is never narrower than a cell. */
	if (h->shape.block_order + h->block_shift < h->cell_shift)
		h->block_shift = h->cell_shift - h->shape.block_order;
	h->nr_blocks = (h->nr_page_blocks + (1ull << h->block_shift) - 1) >> h->block_shift;
	h->max_samples = 2 * h->shape.samples;
	h->max_packed = HISTORY_MAX_PACKED;
	h->cells = calloc(h->nr_cells, 1);
	h->blocks = calloc(h->nr_blocks, 1);
	h->scratch = calloc(h->nr_cells + h->nr_blocks, 1);
	h->samples = calloc(h->max_samples, sizeof(*h->samples));
	return h->cells && h->blocks && h->scratch && h->samples ? 0 : -ENOMEM;
}

struct history *history_new(const struct history_shape *shape)
{
	struct history *h;

	if (!shape_is_valid(shape)) {
		errno = EINVAL;
		return NULL;
	}
	h = calloc(1, sizeof(*h));
	if (!h || copy_shape(h, shape) || lay_out(h)) {
		history_free(h);
		errno = ENOMEM;
		return NULL;
	}
	h->stride = shape->total_events ? shape->total_events / h->shape.samples : FIRST_STRIDE;
	if (!h->stride)
		h->stride = 1;
	return h;
}

static void free_sample(struct history_stored *s)
{
	free(s->label);
	free(s->numbers);
	free(s->packed);
}

static void free_shape(struct history_shape *s)
{
	for (unsigned int i = 0; i < s->nr_zones; i++)
		free((char *)s->zones[i].name);
	for (unsigned int i = 0; i < s->nr_migratetypes; i++)
		free((char *)s->migratetypes[i]);
	for (unsigned int i = 0; i < s->nr_counters; i++) {
		free((char *)s->counters[i].chart);
		free((char *)s->counters[i].name);
		free((char *)s->counters[i].unit);
	}
	free((char *)s->name);
	free((void *)s->zones);
	free((void *)s->migratetypes);
	free((void *)s->counters);
}

static void free_marks(struct history_mark_list *list)
{
	for (unsigned int i = 0; i < list->nr; i++)
		free(list->marks[i].text);
	free(list->marks);
}

void history_free(struct history *h)
{
	if (!h)
		return;
	for (unsigned int i = 0; i < h->nr_samples; i++)
		free_sample(&h->samples[i]);
	for (unsigned int k = 0; k < HISTORY_NR_MARKS; k++)
		free_marks(&h->marks[k]);
	free_shape(&h->shape);
	free(h->samples);
	free(h->cells);
	free(h->blocks);
	free(h->scratch);
	free(h);
}

uint64_t history_next_due(const struct history *h)
{
	return h->next_due;
}

/* Both planes' difference from old to new, packed into @s. */
static int store_delta(const struct history *h, struct history_stored *s, const uint8_t *old_cells,
		       const uint8_t *old_blocks, const uint8_t *cells, const uint8_t *blocks)
{
	struct history_bytes raw = { 0 };
	int err = history_delta(&raw, old_cells, cells, h->nr_cells);

	if (!err)
		err = history_delta(&raw, old_blocks, blocks, h->nr_blocks);
	if (!err)
		err = history_pack(&raw, &s->packed, &s->packed_len);
	s->raw_len = raw.len;
	free(raw.data);
	return err;
}

static int copy_numbers(const struct history *h, struct history_stored *s,
			const struct history_sample *from)
{
	size_t nr_free = (size_t)h->shape.nr_zones * h->shape.nr_orders;
	size_t nr_counters = h->shape.nr_counters;

	s->numbers = calloc(nr_free + nr_counters, sizeof(*s->numbers));
	if (!s->numbers)
		return -ENOMEM;
	memcpy(s->numbers, from->free_blocks, nr_free * sizeof(*s->numbers));
	if (nr_counters && from->counters)
		memcpy(s->numbers + nr_free, from->counters, nr_counters * sizeof(*s->numbers));
	return 0;
}

static int make_sample(struct history *h, struct history_stored *s,
		       const struct history_sample *from)
{
	uint8_t *cells = h->scratch;
	uint8_t *blocks = h->scratch + h->nr_cells;

	s->event = from->event;
	s->time_ns = from->time_ns;
	if (from->label) {
		s->label = copy_text(from->label);
		if (!s->label)
			return -ENOMEM;
	}
	history_cells(cells, from->frames, h->shape.nr_frames, h->cell_shift, s->counts);
	history_blocks(blocks, from->blocks, h->nr_page_blocks, h->block_shift,
		       h->shape.nr_migratetypes);
	if (copy_numbers(h, s, from))
		return -ENOMEM;
	return store_delta(h, s, h->cells, h->blocks, cells, blocks);
}

static void plan_next(struct history *h, uint64_t event)
{
	while (h->next_due <= event)
		h->next_due += h->stride * ((event - h->next_due) / h->stride + 1);
}

int history_sample(struct history *h, const struct history_sample *sample)
{
	struct history_stored s = { 0 };
	int err = 0;

	if (h->nr_samples && sample->event < h->samples[h->nr_samples - 1].event)
		return -EINVAL;
	if (h->nr_samples >= h->max_samples)
		err = history_thin(h);
	if (err == -EAGAIN) /* all of them are labelled */
		err = -ENOSPC;
	if (!err)
		err = make_sample(h, &s, sample);
	if (err) {
		free_sample(&s);
		return err;
	}
	memcpy(h->cells, h->scratch, h->nr_cells);
	memcpy(h->blocks, h->scratch + h->nr_cells, h->nr_blocks);
	h->samples[h->nr_samples++] = s;
	h->packed_bytes += s.packed_len;
	plan_next(h, sample->event);
	while (!err && h->packed_bytes > h->max_packed)
		err = history_thin(h);
	return err == -EAGAIN ? 0 : err;
}

/* XOR sample @s into both planes. */
static int apply_sample(const struct history *h, const struct history_stored *s, uint8_t *cells,
			uint8_t *blocks)
{
	uint8_t *raw = history_unpack(s->packed, s->packed_len, s->raw_len);
	const uint8_t *pos = raw;
	int err;

	if (!raw)
		return -ENOMEM;
	err = history_apply(cells, h->nr_cells, &pos, raw + s->raw_len);
	if (!err)
		err = history_apply(blocks, h->nr_blocks, &pos, raw + s->raw_len);
	free(raw);
	return err;
}

int history_decode(const struct history *h, unsigned int i, uint8_t *cells, uint8_t *blocks)
{
	int err = 0;

	memset(cells, 0, h->nr_cells);
	memset(blocks, 0, h->nr_blocks);
	for (unsigned int k = 0; k <= i && !err; k++)
		err = apply_sample(h, &h->samples[k], cells, blocks);
	return err;
}

/* Counting from the newest, so that the newest always stays. */
static bool sample_stays(const struct history *h, unsigned int i)
{
	return i == 0 || h->samples[i].label || (h->nr_samples - 1 - i) % 2 == 0;
}

/* The kept samples with deltas against each other, into @kept; I1 holds for them. */
static int fold(const struct history *h, struct history_stored *kept, uint8_t *work)
{
	uint8_t *cells = work, *blocks = work + h->nr_cells;
	uint8_t *old_cells = blocks + h->nr_blocks, *old_blocks = old_cells + h->nr_cells;
	size_t both = h->nr_cells + h->nr_blocks;
	unsigned int nr = 0;

	for (unsigned int i = 0; i < h->nr_samples; i++) {
		int err = apply_sample(h, &h->samples[i], cells, blocks);

		if (!err && sample_stays(h, i)) {
			kept[nr] = h->samples[i];
			kept[nr].packed = NULL;
			err = store_delta(h, &kept[nr++], old_cells, old_blocks, cells, blocks);
			memcpy(old_cells, cells, both);
		}
		if (err) {
			while (nr)
				free(kept[--nr].packed);
			return err;
		}
	}
	return 0;
}

/* Replace the samples by the kept ones, which own nothing but their packed bytes yet. */
static void adopt(struct history *h, const struct history_stored *kept)
{
	unsigned int nr = 0;

	h->packed_bytes = 0;
	for (unsigned int i = 0; i < h->nr_samples; i++) {
		bool stays = sample_stays(h, i);

		if (!stays) {
			free_sample(&h->samples[i]);
			continue;
		}
		free(h->samples[i].packed);
		h->packed_bytes += kept[nr].packed_len;
		nr++;
	}
	memcpy(h->samples, kept, nr * sizeof(*kept));
	h->nr_samples = nr;
	h->stride *= 2;
}

int history_thin(struct history *h)
{
	struct history_stored *kept;
	unsigned int staying = 0;
	uint8_t *work;
	int err = -ENOMEM;

	for (unsigned int i = 0; i < h->nr_samples; i++)
		staying += sample_stays(h, i);
	if (staying == h->nr_samples)
		return -EAGAIN;
	kept = calloc(staying, sizeof(*kept));
	work = calloc(2, h->nr_cells + h->nr_blocks);
	if (kept && work)
		err = fold(h, kept, work);
	if (!err)
		adopt(h, kept);
	free(kept);
	free(work);
	return err;
}

double history_unusable(const uint64_t *free_blocks, unsigned int nr_orders, unsigned int order)
{
	double all = 0, usable = 0;

	for (unsigned int o = 0; o < nr_orders; o++) {
		double pages = (double)free_blocks[o] * (double)(1ull << o);

		all += pages;
		if (o >= order)
			usable += pages;
	}
	return all > 0 ? (all - usable) / all : 0;
}
