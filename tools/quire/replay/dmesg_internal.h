/* SPDX-License-Identifier: MIT */
/*
 * dmesg_internal.h - what the files of the log reader share.
 *
 * A line parser looks at one line without its prefix and says whether it knows it,
 * and whether it could make sense of it.
 */
#ifndef QUIRE_TOOLS_REPLAY_DMESG_INTERNAL_H
#define QUIRE_TOOLS_REPLAY_DMESG_INTERNAL_H

#include "replay/dmesg.h"

enum line_is { LINE_UNKNOWN, LINE_READ, LINE_BAD };

/**
 * struct dmesg_reader - state between lines.
 * @in_dump, @in_zones, @in_nodes, @in_movable: the heading just seen
 */
struct dmesg_reader {
	struct dmesg *log;
	unsigned int line;
	bool in_dump, in_zones, in_nodes, in_movable;
};

/** dmesg_memblock_line() - memblock's calls and dumps (dmesg_memblock.c). */
enum line_is dmesg_memblock_line(struct dmesg_reader *r, const char *s);

/** dmesg_machine_line() - everything else (dmesg_machine.c). */
enum line_is dmesg_machine_line(struct dmesg_reader *r, const char *s);

/** dmesg_add() - room for one more element of @size bytes in *@array; never fails (aborts). */
void *dmesg_add(void **array, size_t *nr, size_t size);

#define DMESG_ADD_TO(log, field) \
	dmesg_add((void **)&(log)->field, &(log)->nr_##field, sizeof(*(log)->field))

#endif /* QUIRE_TOOLS_REPLAY_DMESG_INTERNAL_H */
