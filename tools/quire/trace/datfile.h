/* SPDX-License-Identifier: MIT */
/*
 * datfile.h - trace.dat: the child that reads, the parent that waits.
 *
 *   parent (datfile.c)                   child (datread.c)
 *   ------------------                   ------------------
 *   store, shared page  --- fork --->    libtracecmd opens the file
 *   poll: progress, cancel, death        decodes into the store's memfds
 *   maps the memfds     <--- exit ---    writes figures to the shared page
 *
 * Why a child: libtracecmd and libtraceevent trust the file. A damaged one can
 * make them read wild, loop or ask for all memory; in a child this is an error
 * line and not the end of quire.
 *
 * Invariants:
 *  D1  the parent believes the shared page's figures only where state is
 *      DAT_DONE, and only as far as the memfds are long.
 *  D2  own is 1 exactly while the child runs our code on a record's bytes: a
 *      crash with own set is our fault (the fuzz target tests for it).
 */
#ifndef QUIRE_TOOLS_TRACE_DATFILE_H
#define QUIRE_TOOLS_TRACE_DATFILE_H

#include <stdatomic.h>

#include "reader.h"
#include "store.h"

enum dat_state { DAT_RUNNING, DAT_DONE, DAT_FAILED };

/** struct dat_shared - what the child tells the parent. */
struct dat_shared {
	_Atomic uint64_t progress; /* records so far */
	_Atomic int own;	   /* D2 */
	_Atomic int state;	   /* enum dat_state */
	int err;		   /* -errno of DAT_FAILED */
	struct trace_error error;
	struct trace_counts counts;
	unsigned int nr_cpus;
	struct store_size size;
};

#define DAT_MAX_FORMAT_DIRS 3

/** struct dat_job - what the child is to read. */
struct dat_job {
	int fd;					      /* the file, seekable */
	const char *name;			      /* for messages */
	const char *format_dirs[DAT_MAX_FORMAT_DIRS]; /* NULL: none */
	int64_t stall_ns; /* CPU time without progress that is a hang; 0: the default */
	struct trace_store *store;
	struct dat_shared *shared;
};

/** dat_is() - does this look like a trace.dat? @head: its first @bytes bytes. */
bool dat_is(const unsigned char *head, size_t bytes);

/** dat_read() - read @job->fd; fills all of @out. Return: as trace_read(). */
int dat_read(struct dat_job *job, const struct trace_read_options *o, struct trace *out,
	     struct trace_error *err);

/** dat_child() - the child's whole work; returns when the shared page tells its end. */
void dat_child(struct dat_job *job);

#endif /* QUIRE_TOOLS_TRACE_DATFILE_H */
