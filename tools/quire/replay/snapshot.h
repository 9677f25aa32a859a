/* SPDX-License-Identifier: MIT */
/*
 * snapshot.h - the recorded state files against the machine's, cell by cell.
 *
 * 1. A recording has folders snap-boot/ and snap-end/ with files of /proc, read one
 *    after another between the marks "SNAPSHOT boot" and "SNAPSHOT-END boot". A file
 *    shows one moment of that window; which one is not recorded. So the machine's
 *    state is compared after every operation in the window, and the moment at which
 *    most cells agree is taken, for each file by itself.
 * 2. A cell is one number: a column of buddyinfo or pagetypeinfo; of zoneinfo, free
 *    pages, marks, sizes, protection and the per-CPU lists' count, high and batch; of
 *    vmstat, the counters that the page allocator alone governs.
 * 3. Frames: kpageflags.zst has a word per frame, with BUDDY on every frame of a free
 *    block; the machine's free blocks are laid beside it at "DUMP-END".
 */
#ifndef QUIRE_TOOLS_REPLAY_SNAPSHOT_H
#define QUIRE_TOOLS_REPLAY_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>

struct quire_machine;
struct replay;

#define SNAPSHOT_MAX 8

/** enum snapshot_file - the files compared. */
enum snapshot_file {
	SNAPSHOT_BUDDYINFO,
	SNAPSHOT_PAGETYPEINFO,
	SNAPSHOT_ZONEINFO,
	SNAPSHOT_VMSTAT,
	NR_SNAPSHOT_FILES
};

/** snapshot_file_name() - "buddyinfo" ... */
const char *snapshot_file_name(enum snapshot_file file);

/**
 * struct cells - the numbers of one file.
 * @key: which number it is, as a hash of its names, so that files can be matched; ascending
 *	in the order in which they stand
 */
struct cells {
	int64_t *value;
	uint64_t *key;
	size_t nr, room;
};

/**
 * struct snapshot_result - one file's best moment.
 * @present: the recording has the file
 * @cells, @equal, @within_2_percent: counts at that moment
 * @event: the moment; @exact_moments: how many moments had as many equal cells
 */
struct snapshot_result {
	bool present;
	size_t cells, equal, within_2_percent;
	uint64_t event, exact_moments;
};

/**
 * struct snapshot - one recorded moment.
 * @name: "boot", "end"
 * @reached: its marks were met
 * @frames, @frames_same: frames of memory compared with kpageflags, and those that are free
 *	there and here, or neither; @frames 0: no kpageflags
 */
struct snapshot {
	char name[32];
	bool reached, open;
	struct cells recorded[NR_SNAPSHOT_FILES];
	struct snapshot_result result[NR_SNAPSHOT_FILES];
	uint64_t *kpageflags;
	size_t nr_kpageflags;
	uint64_t frames, frames_same;
};

/** struct snapshot_set - all of a recording's. */
struct snapshot_set {
	struct snapshot snapshot[SNAPSHOT_MAX];
	unsigned int nr;
	struct snapshot *open; /* within its window */
};

/** snapshot_load() - the folders snap-NAME of @folder; files that are missing are not present. */
int snapshot_load(struct snapshot_set *set, const char *folder);
/** snapshot_free() - gives it back. */
void snapshot_free(struct snapshot_set *set);

/** snapshot_mark() - a mark of the trace: opens, closes a window, compares frames. */
void snapshot_mark(struct snapshot_set *set, struct replay *r, uint32_t event, const char *text);
/** snapshot_try() - compares now, if a window is open. */
void snapshot_try(struct snapshot_set *set, struct replay *r, uint32_t event);

/** cells_parse() - the numbers of @text, a file of kind @file. Return: 0, -ENOMEM. */
int cells_parse(struct cells *out, enum snapshot_file file, const char *text);
/** cells_free() - gives them back. */
void cells_free(struct cells *cells);
/** cells_compare() - cells of @recorded that @ours has too; @equal and @close count those that agree. */
size_t cells_compare(const struct cells *recorded, const struct cells *ours, size_t *equal,
		     size_t *within_2_percent);

#endif /* QUIRE_TOOLS_REPLAY_SNAPSHOT_H */
