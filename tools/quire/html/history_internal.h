/* SPDX-License-Identifier: MIT */
/*
 * history_internal.h - what the recorder's parts share: layout, codec, marks.
 *
 * 1. *Cells.* The frames of a run are shown as at most HISTORY_MAX_CELLS cells
 *    of 2^cell_shift frames. A cell is one byte:
 *
 *	 7   5 4       0
 *	+-----+---------+	state:  enum history_frame of the most frames
 *	| mix |  state  |	mix:    0 when (nearly) all frames agree .. 3
 *	+-----+---------+
 *
 * 2. *Deltas.* A sample is stored as its difference from the sample before, by
 *    XOR, so that the page's slider applies the same bytes to step forward and
 *    to step back. The first sample differs from all zeros. A difference is a
 *    list of runs, each a little-endian base-128 number n:
 *
 *	n even	n/2 cells are unchanged
 *	n odd	n/2 cells change by XOR with the byte that follows
 *
 *    A plane ends when its cells are used up. A sample holds two planes: cells,
 *    then page blocks. zlib packs each sample on its own.
 *
 * I1: the deltas of samples 0..i, applied to zeros in order, give sample i.
 * I2: `cells` and `blocks` of struct history equal the newest stored sample.
 * I3: packed_bytes is the sum of the samples' packed_len.
 */
#ifndef QUIRE_TOOLS_HISTORY_INTERNAL_H
#define QUIRE_TOOLS_HISTORY_INTERNAL_H

#include "history.h"

#define HISTORY_STATE_MASK 0x1f
#define HISTORY_MIX_SHIFT  5

/* More marks of one kind than this merge with their neighbours. */
#define HISTORY_MAX_MARKS  512
/* Packed bytes of all samples of a run, and of all runs of a page. */
#define HISTORY_MAX_PACKED (7u << 20)
/* A mark's or a sample's text is cut here. */
#define HISTORY_MAX_TEXT   200
/* Page blocks are aggregated, by powers of two, down to this many. */
#define HISTORY_MAX_BLOCKS (1u << 18)

/** struct history_bytes - a growing buffer. */
struct history_bytes {
	uint8_t *data;
	size_t len;
	size_t cap;
};

/** struct history_stored - one sample as kept. */
struct history_stored {
	uint64_t event;
	uint64_t time_ns;
	char *label;
	uint64_t counts[HISTORY_NR_FRAMES];
	uint64_t *numbers; /* free blocks, then counters */
	uint8_t *packed;
	size_t packed_len;
	size_t raw_len;
};

/** struct history_mark - one or more marks of a kind, close to each other. */
struct history_mark {
	uint64_t first_event;
	uint64_t last_event;
	uint64_t time_ns;
	uint64_t pfn;
	uint64_t count;
	char *text;
};

/** struct history_mark_list - the marks of one kind, by event. */
struct history_mark_list {
	struct history_mark *marks;
	unsigned int nr;
	uint64_t span; /* marks within so many events are one */
	uint64_t total;
};

struct history {
	uint64_t next_due; /* stays first: history_due() reads it */
	uint64_t stride;
	struct history_shape shape; /* with strings of our own */
	unsigned int cell_shift;
	unsigned int block_shift; /* of a block cell, over page blocks */
	size_t nr_cells;
	size_t nr_blocks; /* block cells */
	size_t nr_page_blocks;
	uint8_t *cells;
	uint8_t *blocks;
	uint8_t *scratch; /* nr_cells, then nr_blocks bytes */
	struct history_stored *samples;
	unsigned int nr_samples;
	unsigned int max_samples;
	size_t packed_bytes;
	size_t max_packed;
	struct history_mark_list marks[HISTORY_NR_MARKS];
};

/* history_codec.c */

/** history_put - append bytes. Return: 0 or -ENOMEM. */
int history_put(struct history_bytes *b, const void *data, size_t len);

/** history_delta - append the runs that turn @old into @new. Return: 0 or -ENOMEM. */
int history_delta(struct history_bytes *out, const uint8_t *old, const uint8_t *new, size_t n);

/**
 * history_apply - XOR one plane of a delta into @cells.
 *
 * @pos moves behind the plane. Return: 0; -EINVAL when the runs do not end
 * exactly at @n or before @end.
 */
int history_apply(uint8_t *cells, size_t n, const uint8_t **pos, const uint8_t *end);

/** history_pack - zlib of @raw. Return: 0 or -ENOMEM; *@packed is the caller's. */
int history_pack(const struct history_bytes *raw, uint8_t **packed, size_t *packed_len);

/** history_unpack - the @raw_len bytes again, malloc'd; NULL when damaged or out of memory. */
uint8_t *history_unpack(const uint8_t *packed, size_t packed_len, size_t raw_len);

/** history_cells - frames to cells, and exact counts per state into @counts. */
void history_cells(uint8_t *cells, const uint8_t *frames, uint64_t nr_frames, unsigned int shift,
		   uint64_t counts[HISTORY_NR_FRAMES]);

/** history_blocks - page blocks to block cells: the most frequent type of each. */
void history_blocks(uint8_t *cells, const uint8_t *blocks, size_t nr_blocks, unsigned int shift,
		    unsigned int nr_types);

/* history.c */

/** history_thin - drop every second sample. Return: 0, -ENOMEM; -EAGAIN when none can go. */
int history_thin(struct history *h);

/** history_decode - cells and blocks of sample @i, from the stored deltas. Return: 0 or -ENOMEM. */
int history_decode(const struct history *h, unsigned int i, uint8_t *cells, uint8_t *blocks);

#endif /* QUIRE_TOOLS_HISTORY_INTERNAL_H */
