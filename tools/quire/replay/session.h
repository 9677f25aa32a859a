/* SPDX-License-Identifier: MIT */
/*
 * session.h - one replay from a recording on disk to counted fidelity.
 *
 *	RECORDING --trace_read--> trace --ops_build--> operations
 *	    | derive_machine                              |
 *	    v                                             v
 *	config --create--> machine held --derive_boot--> continue --replay_run--> counts
 *	                                  (boot fidelity)            | marks
 *	                                                             v
 *	                                  snapshot.c: our lists against the recorded files
 *
 * 1. The recording is read once; each run (the recorded machine, and another one for
 *    a what-if) has a machine, operations and counts of its own.
 * 2. Nothing here prints: report.c turns what stands in the structures into text and JSON.
 */
#ifndef QUIRE_TOOLS_REPLAY_SESSION_H
#define QUIRE_TOOLS_REPLAY_SESSION_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "replay/derive.h"
#include "replay/engine.h"
#include "replay/snapshot.h"
#include "trace/reader.h"

/**
 * struct recording - what is on disk.
 * @path: as given; a folder or a trace file
 * @folder: has it a dmesg.txt to derive a machine from?
 */
struct recording {
	const char *path;
	bool folder;
	struct trace trace;
	struct derived derived;
	uint64_t read_ns;
};

/** struct session_error - one line for a person. */
struct session_error {
	char text[768];
};

/**
 * struct session_options - how to run; all zero is a good default.
 * @progress: what part of @of is done, at most some thousand times; NULL: none
 * @view, @at: also keep the text of this file of /proc as it is at this snapshot
 */
struct session_options {
	bool no_probes, tell_write_nodes;
	const char *view, *at;
	void *arg;
	void (*progress)(void *arg, const char *what, uint64_t done, uint64_t of);
	const volatile sig_atomic_t *cancel;
};

/**
 * struct session - one run and its outcome.
 * @run_ns: of replay_run() alone, thread CPU time
 * @stopped: cancelled before the end
 * @view_text: as asked for; NULL: the snapshot was not reached
 */
struct session {
	struct recording *recording;
	struct session_options options;
	struct quire_machine_config config;
	struct quire_machine *machine;
	struct boot_fidelity boot;
	bool booted; /* boot holds the outcome of a log's replay */
	struct op_list ops;
	struct replay *replay;
	struct snapshot_set snapshots;
	uint64_t run_ns;
	bool stopped;
	char *view_text;
	size_t view_bytes;
};

/** recording_open() - reads events, and the machine where there is a log. Return: 0 or -errno with @err. */
int recording_open(struct recording *rec, const char *path, const struct session_options *o,
		   struct session_error *err);
/** recording_close() - frees it. */
void recording_close(struct recording *rec);

/**
 * session_run() - replays @rec on @config.
 * @config: the derived machine's, or another; must be deterministic
 * Return: 0 (also when cancelled: @s->stopped), or -errno with @err and nothing to free.
 */
int session_run(struct session *s, struct recording *rec,
		const struct quire_machine_config *config, const struct session_options *o,
		struct session_error *err);
/** session_end() - gives back machine, run and texts. */
void session_end(struct session *s);

#endif /* QUIRE_TOOLS_REPLAY_SESSION_H */
