/* SPDX-License-Identifier: MIT */
/*
 * session.h - a recording from its path to a finished run.
 *
 *	path --reader--> trace --ops--> operations
 *	  | folder                          |
 *	  +--derive--> machine, held at boot; memblock's calls made again; hand-over
 *	                                    |
 *	                             replay_run(), snapshots compared
 *
 * A bare trace file, without a folder's dmesg.txt, needs a machine from elsewhere: its
 * boot is then that machine's own and the exact start is not known; whatever follows from
 * that shows as differences and is counted.
 */
#ifndef QUIRE_TOOLS_REPLAY_SESSION_H
#define QUIRE_TOOLS_REPLAY_SESSION_H

#include "replay/derive.h"
#include "replay/engine.h"
#include "replay/metrics.h"
#include "replay/show_html.h"
#include "replay/snapshot.h"
#include "replay/whatif.h"
#include "trace/reader.h"

/**
 * struct session_look - who wants to see the machine at one moment of a run.
 * @at: a snapshot's name, "end", or the number of an event; NULL: nobody
 * @fn: called on CPU 0, once; @met is set then
 */
struct session_look {
	const char *at;
	void (*fn)(void *arg, struct quire_machine *machine, uint64_t event);
	void *arg;
	bool met;
};

/** session_look_event() - the event that @at names; false: it names none. */
bool session_look_event(const char *at, uint64_t *event);

/** struct session - a recording, read once and replayed any number of times. */
struct session {
	const char *path;
	bool folder; /* with a boot log: the machine is derived */
	struct trace trace;
	struct derived derived;
	bool have_derived;
	double read_seconds;
	bool log_runs; /* keep session_run.log, for what-if runs */
	struct session_look look;
};

/**
 * struct session_run - one run of it.
 * @metrics: for the comparison of runs
 * @log: for what-if runs: what this run found that no event says; empty unless asked for
 * @whatif: of a what-if run; NULL: the recording was followed
 */
struct session_run {
	struct quire_machine *machine;
	struct quire_port port;
	struct boot_fidelity boot;
	struct snapshots snapshots;
	struct op_list ops; /* the run's own: inference moves operations */
	struct replay *replay;
	struct show_html *html; /* its history; NULL: not asked for */
	struct metrics metrics;
	struct whatif_log log;
	struct whatif *whatif;
	struct session_look *look; /* the session's */
	double seconds; /* on the CPU, of replay_run() but for the comparison of snapshots */
	double compare_seconds;
	int status; /* of replay_run() */
};

/** session_open() - reads @path. Return: 0 or -1 with one line in @error. */
int session_open(struct session *s, const char *path, const volatile sig_atomic_t *cancel,
		 void (*progress)(void *, uint64_t, double), void *arg, char error[640]);

/** session_close() - frees it. */
void session_close(struct session *s);

/** session_moments() - the names of its snapshots, as its trace has them, with commas to @text; as
 * many as fit. "none here" when there are none. Return: @text. */
const char *session_moments(const struct session *s, char *text, size_t size);

/**
 * session_run() - replays on a new machine of @config (NULL: the derived one).
 * @options: at_mark and at_op are the session's own and overwritten
 * @html_name: keep a history for the page, under this name; NULL: none
 * The caller is on no CPU afterwards.
 * Return: 0 or -1 with one line in @error; the run is to be ended in either case.
 */
int session_run(struct session *s, const struct quire_machine_config *config,
		struct replay_options options, const char *proc_name, const char *proc_at,
		const char *html_name, struct session_run *run, char error[640]);

/**
 * session_what_if() - the same requests on a machine of @config, which answers by itself.
 * @same_map: see struct whatif_machine
 * @recorded: a run of the recorded machine, made with log_runs, not ended yet
 * Otherwise as session_run().
 */
int session_what_if(struct session *s, const struct quire_machine_config *config, bool same_map,
		    const struct session_run *recorded, struct replay_options options,
		    const char *html_name, struct session_run *run, char error[640]);

/** session_run_end() - destroys the machine and all counts. */
void session_run_end(struct session_run *run);

/** session_now() - seconds of a steady clock. */
double session_now(void);

#endif /* QUIRE_TOOLS_REPLAY_SESSION_H */
