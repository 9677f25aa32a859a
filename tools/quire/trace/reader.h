/* SPDX-License-Identifier: MIT */
/*
 * reader.h - recordings in, struct trace out.
 *
 * One call reads any recording: a folder holding trace.dat, a trace.dat, the
 * text of /sys/kernel/tracing/trace or of `trace-cmd report`, or `perf script`
 * text, plain or compressed with gzip, zstd or xz. The kind is told from the
 * content, never from the name.
 *
 *   path --> open.c (folder? compressed?) --+--> datfile.c  (in a child process)
 *                                           +--> textfile.c (ftrace, perf)
 *                 kinds.c: which event becomes which record <--+
 *                 store.c: the growing array of struct trace_event
 *
 * Invariants of what trace_read() gives:
 *  R1  events stand in recorded order: by time stamp, ties by CPU, and each
 *      CPU's own order is kept. Text keeps the order of its lines.
 *  R2  gfp values are Linux 6.1's (include/quire/gfp.h) whatever kernel the
 *      recording came from.
 *  R3  counts.records is the sum of ignored, unknown, bad and of the records
 *      that became events; lost events are counted beside it.
 */
#ifndef QUIRE_TOOLS_TRACE_READER_H
#define QUIRE_TOOLS_TRACE_READER_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "event.h"

/** struct trace_error - one line for a person: what, where, what to do. */
struct trace_error {
	char text[512]; /* no newline at its end; "" where nothing failed */
};

/**
 * struct trace_read_options - how to read; all zero is a good default.
 * @formats: folder of format files for probes that the recording lacks, or
 *	NULL. formats/ beside the recording and in its parent are always tried.
 * @progress: called about ten times a second with the records read so far, or
 *	NULL. @fraction is in 0..1, negative where the size is not known.
 * @arg: handed to @progress.
 * @cancel: reading stops with -EINTR soon after this becomes nonzero, or NULL.
 *	A signal handler may set it.
 */
struct trace_read_options {
	const char *formats;
	void (*progress)(void *arg, uint64_t records, double fraction);
	void *arg;
	const volatile sig_atomic_t *cancel;
};

/**
 * trace_read() - read a recording whole.
 * @path: file or folder; borrowed.
 * @o: options, or NULL.
 * @out: filled on success, zeroed on failure; free with trace_free().
 * @err: filled on failure; borrowed, not NULL.
 *
 * Damage inside a file is no failure as long as something can be read: it is
 * counted in @out->counts (truncated, bad, unknown, lost).
 *
 * Return: 0, -ENOENT (no such file), -EACCES, -EINVAL (not a recording, or
 * damaged beyond reading), -ENOMEM, -EINTR (cancelled), -EFAULT (a bug in the
 * reader itself), or another -errno of the system. Context: may fork one child and wait for it; a
 * multi-threaded caller must not hold locks of malloc. O(records).
 */
int trace_read(const char *path, const struct trace_read_options *o, struct trace *out,
	       struct trace_error *err);

/**
 * trace_free() - give back what trace_read() allocated, and zero @t.
 * @t: a trace of trace_read(); one that is all zero is fine. Never one that
 *	was put together by hand.
 */
void trace_free(struct trace *t);

#endif /* QUIRE_TOOLS_TRACE_READER_H */
