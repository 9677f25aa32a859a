/* SPDX-License-Identifier: MIT */
/*
 * vm_look.c - the address spaces of a recording at one moment (vm_look.h).
 */
#include <string.h>

#include <quire/proc.h>
#include <quire/vm_view.h>

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

/* --- files ----------------------------------------------------------------------------------- */

/** struct file_look - @err: of quire_proc_read(); @there: processes, when there is no such file. */
struct file_look {
	const char *name;
	FILE *out;
	int err;
	char there[VM_LOOK_ERROR - 640];
};

static bool put(void *ctx, const char *text, size_t n)
{
	return fwrite(text, 1, n, ctx) == n;
}

static void read_file(void *arg, struct quire_machine *machine, uint64_t event)
{
	struct file_look *f = arg;
	const struct quire_proc_sink sink = { f->out, put };
	struct mm_struct *mm = NULL;
	size_t at = 0;

	(void)event;
	f->err = quire_proc_read(machine, f->name, &sink);
	if (!f->err)
		return;
	while ((mm = quire_mm_next(machine, mm)) != NULL)
		if (mm->pid > 0 && at + 32 < sizeof(f->there))
			at += (size_t)snprintf(f->there + at, 32, " %d (%s)", mm->pid, mm->comm);
}

int vm_look_file(const struct session *s, const char *name, const char *at,
		 const volatile sig_atomic_t *cancel, FILE *out, char error[VM_LOOK_ERROR])
{
	struct file_look f = { .name = name, .out = out };
	struct session_look look = { .at = at, .fn = read_file, .arg = &f };
	int err = vm_look(s, &look, cancel, error);
	char names[200];

	if (err)
		return err;
	if (!look.met) {
		snprintf(error, VM_LOOK_ERROR,
			 "%s: no snapshot '%s' in it: --at takes end, one of them (%s) "
			 "or a number of events up to %zu",
			 s->path, at, session_moments(s, names, sizeof(names)), s->trace.nr_events);
		return 2;
	}
	if (!f.err)
		return 0;
	snprintf(error, VM_LOOK_ERROR,
		 "--proc %s: no such file at that moment; processes have maps, smaps, "
		 "smaps_rollup, numa_maps, statm and status; there are:%s",
		 name, *f.there ? f.there : " none");
	return 2;
}
