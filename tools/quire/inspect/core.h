/* SPDX-License-Identifier: MIT */
/*
 * core.h - a core dump: what memory it holds, what files were mapped, and the machines in it.
 */
#ifndef QUIRE_TOOLS_INSPECT_CORE_H
#define QUIRE_TOOLS_INSPECT_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <quire/inspect.h>

/** struct core_segment - memory [start, start + bytes); of it the first @held lie at @offset. */
struct core_segment {
	uint64_t start, bytes, held, offset;
	bool writable;
};

/** struct core_file - a file that was mapped at [start, end), from byte @offset on. */
struct core_file {
	uint64_t start, end, offset;
	const char *path;
};

/**
 * struct core - an open dump.
 * @data, @bytes: the file, mapped
 * @entry: where the program began to run; 0: not told
 * @pid, @signal, @command: of the process; 0, 0, "": not told
 */
struct core {
	const char *path;
	int fd;
	const unsigned char *data;
	uint64_t bytes;
	struct core_segment *segments;
	size_t nr_segments;
	struct core_file *files;
	size_t nr_files;
	uint64_t entry;
	int pid, signal;
	char command[17];
	bool truncated;
};

/** core_open() - Return: 0, or -1, told on standard error. */
int core_open(struct core *core, const char *path);
void core_close(struct core *core);

/** core_read() - @n bytes of the process's memory at @at. Return: false: not all are there. */
bool core_read(const struct core *core, uint64_t at, void *buf, size_t n);
/** core_absent() - how many bytes of [start, start + bytes) the dump does not hold. */
uint64_t core_absent(const struct core *core, uint64_t start, uint64_t bytes);

/** core_next_machine() - the first mark behind address @after. Return: false: no more. */
bool core_next_machine(const struct core *core, uint64_t after, struct quire_mark *mark);

#endif /* QUIRE_TOOLS_INSPECT_CORE_H */
