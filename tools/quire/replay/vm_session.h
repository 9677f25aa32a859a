/* SPDX-License-Identifier: MIT */
/*
 * vm_session.h - the address spaces of a recording: learned, replayed, reported.
 */
#ifndef QUIRE_TOOLS_REPLAY_VM_SESSION_H
#define QUIRE_TOOLS_REPLAY_VM_SESSION_H

#include "replay/session.h"
#include "replay/vm_replay.h"

/** struct vm_session - all zero: nothing to free, no events of address spaces. */
struct vm_session {
	bool any;
	struct vm_ops ops;
	struct vm_learned learned;
	struct vm_run run;
};

/**
 * vm_session_run() - replays the address spaces of @s, if it has any.
 * @log: each difference, one a line; NULL: none
 * @watch: looks on while the run that counts is made; NULL: nobody
 * Return: 0, -EINTR, or -1 with one line in @error. To be ended in either case. The caller is on
 * no CPU, before and after.
 */
int vm_session_run(const struct session *s, FILE *log, const struct vm_watch *watch,
		   const volatile sig_atomic_t *cancel, struct vm_session *x, char error[640]);
void vm_session_end(struct vm_session *x);

/** vm_session_text() - the section of the report; vm_session_json(): into @root's keys. */
void vm_session_text(const struct vm_session *x, FILE *out);
void vm_session_json(const struct vm_session *x, json_t *root);

#endif /* QUIRE_TOOLS_REPLAY_VM_SESSION_H */
