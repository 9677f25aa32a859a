/* SPDX-License-Identifier: MIT */
/*
 * vm_look.c - the address spaces of a recording at one moment (vm_look.h).
 */
#include <string.h>

#include "replay/vm_look.h"
#include "replay/vm_session.h"

static bool is_now(const struct session_look *look, const struct vm_run *run)
{
	const struct vm_op *op = &run->ops->list[run->at];
	const char *text = run->trace->strings + op->a;
	uint64_t event;

	if (session_look_event(look->at, &event))
		return op->event >= event;
	return op->kind == VM_OP_MARK && !strncmp(text, "SNAPSHOT ", 9) &&
	       !strcmp(text + 9, look->at);
}

static void after_op(void *arg, struct vm_run *run)
{
	struct session_look *look = arg;

	if (look->met || !is_now(look, run))
		return;
	look->met = true;
	look->fn(look->arg, run->machine, run->ops->list[run->at].event);
}

int vm_look(const struct session *s, struct session_look *look, const volatile sig_atomic_t *cancel,
	    char error[640])
{
	const struct vm_watch watch = { after_op, look };
	struct vm_session x;
	int err = vm_session_run(s, NULL, &watch, cancel, &x, error);

	if (!err && !x.any) {
		snprintf(error, 640,
			 "%s: no events of address spaces in it (system calls, faults): what a "
			 "process had mapped is not known",
			 s->path);
		err = -1;
	}
	if (!err && !look->met && !strcmp(look->at, "end") && !quire_cpu_enter(x.run.machine, 0)) {
		look->met = true;
		look->fn(look->arg, x.run.machine, s->trace.nr_events);
		quire_cpu_leave();
	}
	vm_session_end(&x);
	return err;
}
