/* SPDX-License-Identifier: MIT */
/*
 * proc/slab_files.h - the files about objects: /proc/slabinfo and /sys/kernel/slab.
 *
 *	slab/:0000064/objects	-> sys/kernel/slab/:0000064/objects	a value
 *	slab/kmalloc-64		-> sys/kernel/slab/kmalloc-64		a link to ":0000064"
 *	slab/fish/alloc_traces	-> sys/kernel/debug/slab/fish/alloc_traces
 */
#ifndef QUIRE_PROC_SLAB_FILES_H
#define QUIRE_PROC_SLAB_FILES_H

#include <quire/machine.h>

#include "proc/out.h"

/** struct reader_place - where a reader was before reader_enter(). */
struct reader_place {
	bool moved;
	struct quire_machine *machine;
	unsigned int cpu;
};

/**
 * reader_enter() - the calling thread is on a CPU of @m when this returns 0.
 * Return: -EBUSY when all of them are taken; then it is where it was.
 */
int reader_enter(struct quire_machine *m, struct reader_place *was);
void reader_leave(const struct reader_place *was);

/** slab_file_read() - writes the file "slab/..." @name. Return: 0 or -ENOENT. Context: on a CPU of
 * its machine. */
int slab_file_read(const char *name, struct out *out);
/** slab_file_name() - the @index-th name. Return: false past the last. Context: as
 * slab_file_read(). */
bool slab_file_name(unsigned int index, char *buf, size_t size);
/** slab_file_path(), slab_file_mode() - of a well-formed name, whether it exists or not; -ENOENT,
 * 0. */
int slab_file_path(const char *name, char *buf, size_t size);
unsigned int slab_file_mode(const char *name);

#endif /* QUIRE_PROC_SLAB_FILES_H */
