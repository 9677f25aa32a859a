/* SPDX-License-Identifier: MIT */
/*
 * history_codec.c - frames to cells, cells to deltas, deltas to packed bytes.
 *
 * Owns the format that history_internal.h draws; page/data.js reads it. Pure
 * functions over the caller's arrays.
 *
 * Left out: any cleverness beyond runs. zlib behind it takes what is regular.
 */
#include "history_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

int history_put(struct history_bytes *b, const void *data, size_t len)
{
	if (b->len + len > b->cap) {
		size_t cap = b->cap ? b->cap : 4096;
		uint8_t *grown;

		while (cap < b->len + len)
			cap *= 2;
		grown = realloc(b->data, cap);
		if (!grown)
			return -ENOMEM;
		b->data = grown;
		b->cap = cap;
	}
	memcpy(b->data + b->len, data, len);
	b->len += len;
	return 0;
}

/* One run: its head, and the byte of a changing one. */
static int put_run(struct history_bytes *out, uint64_t len, uint8_t xor)
{
	uint64_t n = len << 1 | (xor != 0);
	uint8_t buf[12];
	size_t used = 0;

	while (n >= 0x80) {
		buf[used++] = (uint8_t)(n | 0x80);
		n >>= 7;
	}
	buf[used++] = (uint8_t)n;
	if (xor)
		buf[used++] = xor;
	return history_put(out, buf, used);
}

/* Where the run that starts at @i with difference @xor ends; equal words go by eights. */
static size_t run_end(const uint8_t *old, const uint8_t *new, size_t i, size_t n, uint8_t xor)
{
	while (i < n && (uint8_t)(old[i] ^ new[i]) == xor) {
		uint64_t a, b;

		i++;
		while (!xor&&i + 8 <= n) {
			memcpy(&a, old + i, 8);
			memcpy(&b, new + i, 8);
			if (a != b)
				break;
			i += 8;
		}
	}
	return i;
}

int history_delta(struct history_bytes *out, const uint8_t *old, const uint8_t *new, size_t n)
{
	size_t i = 0;

	while (i < n) {
		uint8_t xor = old[i] ^ new[i];
		size_t end = run_end(old, new, i, n, xor);
		int err = put_run(out, end - i, xor);

		if (err)
			return err;
		i = end;
	}
	return 0;
}

/* The base-128 number at *@pos; UINT64_MAX when it does not end. */
static uint64_t get_number(const uint8_t **pos, const uint8_t *end)
{
	uint64_t n = 0;
	unsigned int shift = 0;

	while (*pos < end && shift < 63) {
		uint8_t byte = *(*pos)++;

		n |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return n;
		shift += 7;
	}
	return UINT64_MAX;
}

int history_apply(uint8_t *cells, size_t n, const uint8_t **pos, const uint8_t *end)
{
	size_t i = 0;

	while (i < n) {
		uint64_t run = get_number(pos, end);
		uint64_t len = run >> 1;

		if (run == UINT64_MAX || len == 0 || len > n - i)
			return -EINVAL;
		if (run & 1) {
			if (*pos == end)
				return -EINVAL;
			for (uint64_t k = 0; k < len; k++)
				cells[i + k] ^= **pos;
			(*pos)++;
		}
		i += len;
	}
	return 0;
}

int history_pack(const struct history_bytes *raw, uint8_t **packed, size_t *packed_len)
{
	uLongf len = compressBound(raw->len);
	uint8_t *buf = malloc(len);
	uint8_t *exact;

	if (!buf || compress2(buf, &len, raw->data, raw->len, 6) != Z_OK) {
		free(buf);
		return -ENOMEM;
	}
	exact = realloc(buf, len);
	*packed = exact ? exact : buf;
	*packed_len = len;
	return 0;
}

uint8_t *history_unpack(const uint8_t *packed, size_t packed_len, size_t raw_len)
{
	uLongf len = raw_len;
	uint8_t *raw = malloc(raw_len ? raw_len : 1);

	if (raw && (uncompress(raw, &len, packed, packed_len) != Z_OK || len != raw_len)) {
		free(raw);
		return NULL;
	}
	return raw;
}

/* How far from pure a cell is: its majority holds 7/8, 5/8, 3/8 of its frames, or less. */
static uint8_t mix_of(unsigned int most, unsigned int all)
{
	if (most * 8 >= all * 7)
		return 0;
	if (most * 8 >= all * 5)
		return 1;
	return most * 8 >= all * 3 ? 2 : 3;
}

static uint8_t cell_of(const uint32_t *bucket, unsigned int all)
{
	unsigned int best = 0;

	for (unsigned int s = 1; s < HISTORY_NR_FRAMES; s++)
		if (bucket[s] > bucket[best])
			best = s;
	return (uint8_t)(best | mix_of(bucket[best], all) << HISTORY_MIX_SHIFT);
}

/* Cells of one frame each: no buckets, no mixing. */
static void count_singles(uint8_t *cells, const uint8_t *frames, uint64_t nr, uint64_t *counts)
{
	memset(counts, 0, sizeof(uint64_t) * HISTORY_NR_FRAMES);
	for (uint64_t i = 0; i < nr; i++) {
		cells[i] = frames[i] < HISTORY_NR_FRAMES ? frames[i] : HISTORY_HOLE;
		counts[cells[i]]++;
	}
}

/* The cell of frames that are not all alike; their counts go into @counts. */
static uint8_t mixed_cell(const uint8_t *frames, uint64_t nr, uint64_t *counts)
{
	uint32_t bucket[HISTORY_NR_FRAMES] = { 0 };

	for (uint64_t k = 0; k < nr; k++)
		bucket[frames[k] < HISTORY_NR_FRAMES ? frames[k] : HISTORY_HOLE]++;
	for (unsigned int s = 0; s < HISTORY_NR_FRAMES; s++)
		counts[s] += bucket[s];
	return cell_of(bucket, (unsigned int)nr);
}

void history_cells(uint8_t *cells, const uint8_t *frames, uint64_t nr_frames, unsigned int shift,
		   uint64_t counts[HISTORY_NR_FRAMES])
{
	uint64_t width = 1ull << shift;

	if (shift == 0) {
		count_singles(cells, frames, nr_frames, counts);
		return;
	}
	memset(counts, 0, sizeof(uint64_t) * HISTORY_NR_FRAMES);
	for (uint64_t at = 0; at < nr_frames; at += width) {
		uint64_t all = nr_frames - at < width ? nr_frames - at : width;
		uint8_t first = frames[at];
		uint64_t same = 1;

		while (same < all && frames[at + same] == first)
			same++;
		if (same == all && first < HISTORY_NR_FRAMES) {
			counts[first] += all;
			cells[at >> shift] = first;
		} else {
			cells[at >> shift] = mixed_cell(frames + at, all, counts);
		}
	}
}

void history_blocks(uint8_t *cells, const uint8_t *blocks, size_t nr_blocks, unsigned int shift,
		    unsigned int nr_types)
{
	size_t width = (size_t)1 << shift;

	for (size_t at = 0; at < nr_blocks; at += width) {
		uint32_t bucket[32] = { 0 };
		unsigned int best = 0;

		for (size_t k = at; k < nr_blocks && k < at + width; k++)
			bucket[blocks[k] < nr_types ? blocks[k] : 0]++;
		for (unsigned int t = 1; t < nr_types; t++)
			if (bucket[t] > bucket[best])
				best = t;
		cells[at >> shift] = (uint8_t)best;
	}
}
