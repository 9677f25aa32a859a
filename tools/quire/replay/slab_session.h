/* SPDX-License-Identifier: MIT */
/*
 * slab_session.h - the objects of a recording: its runs and their reports.
 *
 *	run	compared with the recording, on SLUB as the recorded kernel had it
 *	plain	the same machine, and
 *	other	that of --set, --machine: both only made and measured, nothing compared
 */
#ifndef QUIRE_TOOLS_REPLAY_SLAB_SESSION_H
#define QUIRE_TOOLS_REPLAY_SLAB_SESSION_H

#include "replay/session.h"
#include "replay/slab_replay.h"

/** struct slab_session - all zero: nothing to free, no events of objects. */
struct slab_session {
	bool any, what_if;
	struct slab_input in;
	struct slab_run run, plain, other;
};

/**
 * slab_session_run() - replays the objects of @s, if it has any.
 * @what_if: caches of the other machine; NULL, or as the recorded kernel's: no what-if
 * @sample: keep what the page shows
 * Return: 0, -EINTR, or -1 with one line in @error. To be ended in either case. The caller is on
 * no CPU, before and after.
 */
int slab_session_run(const struct session *s, const struct quire_slab_config *what_if, bool sample,
		     const volatile sig_atomic_t *cancel, struct slab_session *x, char error[640]);
void slab_session_end(struct slab_session *x);

/** slab_session_differs() - do caches behave otherwise with @b than with @a? */
bool slab_session_differs(const struct quire_slab_config *a, const struct quire_slab_config *b);

/** slab_session_text() - the section of the report; slab_session_json(): into @root's keys. */
void slab_session_text(const struct slab_session *x, bool timing, FILE *out);
void slab_session_json(const struct slab_session *x, bool timing, json_t *root);
/** slab_session_page() - what the page alone shows, as @root's "objects_page". */
void slab_session_page(const struct slab_session *x, json_t *root);

#endif /* QUIRE_TOOLS_REPLAY_SLAB_SESSION_H */
