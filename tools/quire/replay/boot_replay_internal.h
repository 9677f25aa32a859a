/* SPDX-License-Identifier: MIT */
/*
 * boot_replay_internal.h - what the two halves of the boot replay share.
 */
#ifndef QUIRE_TOOLS_REPLAY_BOOT_REPLAY_INTERNAL_H
#define QUIRE_TOOLS_REPLAY_BOOT_REPLAY_INTERNAL_H

#include <stdarg.h>

#include "replay/boot_replay.h"

/**
 * struct boot_run - one replay.
 * @nodes_of_dump: dump whose node numbers are set already, plus one
 * @reserve: how a fixed reservation is made; 0 or a negative errno
 * @moved, @nr_moved: boot_elsewhere.c's: where ranges of the recorded machine lie on this one
 */
struct boot_run {
	const struct dmesg *log;
	struct boot_fidelity *out;
	size_t nodes_of_dump;
	int (*reserve)(struct boot_run *run, uint64_t base, uint64_t size);
	struct boot_moved *moved;
	size_t nr_moved;
};

/** struct boot_moved - [@kernel, @kernel + @size) of the recorded machine is at @here. */
struct boot_moved {
	uint64_t kernel, size, here;
};

/** boot_note() - lists an input that is no call of the log. */
void boot_note(struct boot_run *run, unsigned int line, bool told, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* boot_dump.c. Return 0 or -ENOMEM. */

/** boot_reserve_early() - what the first dump holds reserved and no call before it explains. */
int boot_reserve_early(struct boot_run *run);
/** boot_set_nodes() - before call @i: the node numbers that the next dump shows. */
int boot_set_nodes(struct boot_run *run, size_t i);
/** boot_dump() - compares the lists with @dump, then makes them equal. */
int boot_dump(struct boot_run *run, const struct dmesg_dump *dump);

#endif /* QUIRE_TOOLS_REPLAY_BOOT_REPLAY_INTERNAL_H */
