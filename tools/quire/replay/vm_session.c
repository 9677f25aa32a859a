/* SPDX-License-Identifier: MIT */
/*
 * vm_session.c - the run of a recording's address spaces (vm_session.h).
 *
 * Which pages were in memory and passed by shows only when a fault finds one: runs are made until
 * no more are found, and the next one counts.
 */
#include <string.h>

#include "replay/vm_session.h"

#define MAX_ROUNDS 4

static int one_run(const struct session *s, struct vm_session *x, bool learning, FILE *log,
		   const struct vm_watch *watch, const volatile sig_atomic_t *cancel,
		   char error[640])
{
	int err;

	x->run.log = learning ? NULL : log;
	if (learning || !watch)
		memset(&x->run.watch, 0, sizeof(x->run.watch));
	else
		x->run.watch = *watch;
	err = vm_run_make(&s->trace, &x->ops, &x->learned, learning, cancel, &x->run, error);
	quire_cpu_leave();
	return err;
}

int vm_session_run(const struct session *s, FILE *log, const struct vm_watch *watch,
		   const volatile sig_atomic_t *cancel, struct vm_session *x, char error[640])
{
	uint32_t held = VM_NONE_ID;
	int err = 0;

	memset(x, 0, sizeof(*x));
	if (!vm_ops_any(&s->trace))
		return 0;
	x->any = true;
	if (vm_ops_build(&s->trace, &x->ops) ||
	    vm_learn(&s->trace, &x->ops, s->folder ? s->path : NULL, &x->learned)) {
		snprintf(error, 640, "%s: no memory for the replay of address spaces", s->path);
		return -1;
	}
	for (int i = 0; i < MAX_ROUNDS && !err && held != x->learned.nr_held; i++) {
		held = x->learned.nr_held;
		err = one_run(s, x, true, log, watch, cancel, error);
		vm_run_free(&x->run);
	}
	return err ? err : one_run(s, x, false, log, watch, cancel, error);
}

void vm_session_end(struct vm_session *x)
{
	vm_run_free(&x->run);
	vm_learned_free(&x->learned);
	vm_ops_free(&x->ops);
	memset(x, 0, sizeof(*x));
}

void vm_session_text(const struct vm_session *x, FILE *out)
{
	if (x->any)
		vm_text(&x->run, out);
}

void vm_session_json(const struct vm_session *x, json_t *root)
{
	if (!x->any)
		return;
	json_object_set_new(json_object_get(root, "fidelity"), "vm", vm_fidelity_json(&x->run));
	json_object_set_new(root, "vm", vm_json(&x->run));
}
