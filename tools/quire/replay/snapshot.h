/* SPDX-License-Identifier: MIT */
/*
 * snapshot.h - what a recording's snapshots say, beside the replay's state.
 *
 *	MARK "SNAPSHOT boot" ...... MARK "SNAPSHOT-END boot" ...... MARK "DUMP-END boot"
 *	  /proc files, one after another              kpageflags, frame by frame
 *
 * 1. The recorder read the files one after another while the machine went on, so no
 *    single moment need equal all of them. Each file is compared after every operation
 *    of its window, and the best moment counts. (The same for kpageflags, between
 *    SNAPSHOT-END and DUMP-END, every 64 operations.)
 * 2. A *cell* is one number of a file that belongs to the page allocator; numbers of
 *    other subsystems (LRU sizes, slab ...) are not compared.
 * 3. Of kpageflags, BUDDY is compared: is the frame part of a free block?
 */
#ifndef QUIRE_TOOLS_REPLAY_SNAPSHOT_H
#define QUIRE_TOOLS_REPLAY_SNAPSHOT_H

#include "replay/engine.h"

#define SNAPSHOT_FILES 4
#define SNAPSHOTS_MAX  8

/** struct snapshot_file - one file of one snapshot. @cells 0: not compared. */
struct snapshot_file {
	const char *file;
	char *text; /* as recorded; NULL: @err */
	int err;    /* why it could not be read; ENOENT: not recorded */
	unsigned int cells, equal, within_2_percent;
	uint32_t at; /* event of the best moment */
};

/**
 * struct snapshot - one moment.
 * @flags: kpageflags; NULL: @flags_err, as snapshot_file.err, and EBADMSG: damaged
 */
struct snapshot {
	char name[32];
	struct snapshot_file files[SNAPSHOT_FILES];
	uint64_t *flags;
	uint64_t nr_flags;
	int flags_err;
	uint64_t frames_total, frames_same;
	uint32_t frames_at;
	bool reached;
};

/** struct snapshots - all of a recording, and what is open in the run. */
struct snapshots {
	struct snapshot list[SNAPSHOTS_MAX];
	unsigned int nr;
	struct snapshot *files_open, *frames_open;
	uint32_t ops;
	const char *proc_name,
		*proc_at; /* a view to keep: quire replay --proc NAME --at SNAPSHOT */
	char *proc_text;
};

/** snapshots_load() - reads snap-NAME/ folders of @folder (NULL: none). Never fails. */
void snapshots_load(struct snapshots *s, const char *folder);

/** snapshots_free() - frees it. */
void snapshots_free(struct snapshots *s);

/** snapshots_mark() - the run has reached a MARK. */
void snapshots_mark(struct snapshots *s, struct replay *r, const char *text);

/** snapshots_op() - the run has done an operation. */
void snapshots_op(struct snapshots *s, struct replay *r);

/** proc_text() - a file of /proc of the run's machine, to be freed; NULL: no such file. */
char *proc_text(struct replay *r, const char *name);

#endif /* QUIRE_TOOLS_REPLAY_SNAPSHOT_H */
