/* SPDX-License-Identifier: MIT */
/*
 * session.c - one replay from a recording on disk to counted fidelity; see session.h.
 */
#include "replay/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <quire/mm.h>
#include <quire/proc.h>

static uint64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int fail(struct session_error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(struct session_error *err, int code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	return code;
}

/* --- the recording --------------------------------------------------------------------- */

static bool has_log(const char *path)
{
	char name[4096];
	struct stat st;

	snprintf(name, sizeof(name), "%s/dmesg.txt", path);
	return !stat(name, &st);
}

struct reading {
	const struct session_options *o;
};

static void read_progress(void *arg, uint64_t records, double fraction)
{
	const struct session_options *o = ((struct reading *)arg)->o;

	(void)records;
	if (o->progress && fraction >= 0)
		o->progress(o->arg, "reading", (uint64_t)(fraction * 1000), 1000);
}

int recording_open(struct recording *rec, const char *path, const struct session_options *o,
		   struct session_error *err)
{
	struct reading reading = { .o = o };
	struct trace_read_options ro = { .progress = read_progress, .arg = &reading,
					 .cancel = o->cancel };
	struct derive_error de;
	struct trace_error te;
	uint64_t start = cpu_ns();
	int code;

	memset(rec, 0, sizeof(*rec));
	rec->path = path;
	rec->folder = has_log(path);
	code = trace_read(path, &ro, &rec->trace, &te);
	if (code)
		return fail(err, code, "%s", te.text);
	rec->read_ns = cpu_ns() - start;
	if (rec->folder && derive_machine(path, &rec->derived, &de)) {
		trace_free(&rec->trace);
		return fail(err, -EINVAL, "%s", de.text);
	}
	return 0;
}

void recording_close(struct recording *rec)
{
	trace_free(&rec->trace);
	if (rec->folder)
		derived_free(&rec->derived);
}

/* --- the machine ---------------------------------------------------------------------------- */

static int boot_machine_of(struct session *s, struct session_error *err)
{
	int code = quire_machine_create(&s->config, quire_host_port(), &s->machine);

	if (code)
		return fail(err, code, "machine %s does not boot: %s", s->config.name,
			    strerror(-code));
	code = quire_cpu_enter(s->machine, 0);
	if (!code && s->recording->folder && s->config.hold_at_boot) {
		code = derive_boot(&s->recording->derived, s->machine, &s->boot);
		s->booted = !code;
	}
	if (!code && s->config.hold_at_boot)
		code = quire_machine_continue(s->machine);
	if (code)
		return fail(err, code, "machine %s does not boot as its log says: %s",
			    s->config.name, strerror(-code));
	return 0;
}

/* Frames that are reserved once the boot allocator has handed over. */
static uint8_t *reserved_frames(void)
{
	const struct quire_machine *m = quire_current_machine();
	unsigned int i, nr;
	struct zone *const *zones = quire_zones((struct quire_machine *)m, &nr);
	unsigned long end = 0, pfn;
	uint8_t *bits;

	for (i = 0; i < nr; i++)
		if (zone_end_pfn(zones[i]) > end)
			end = zone_end_pfn(zones[i]);
	bits = calloc(end / 8 + 1, 1);
	for (pfn = 0; bits && pfn < end; pfn++)
		if (pfn_valid(pfn) && pfn_to_page(pfn)->flags & 1ul << PG_reserved)
			bits[pfn >> 3] |= (uint8_t)(1u << (pfn & 7));
	return bits;
}

/* --- the run ------------------------------------------------------------------------------------ */

static bool keep_text(void *ctx, const char *text, size_t n)
{
	struct session *s = ctx;
	char *more = realloc(s->view_text, s->view_bytes + n + 1);

	if (!more)
		return false;
	s->view_text = more;
	memcpy(more + s->view_bytes, text, n);
	s->view_bytes += n;
	more[s->view_bytes] = 0;
	return true;
}

static void keep_view(struct session *s)
{
	struct quire_proc_sink sink = { .ctx = s, .write = keep_text };

	free(s->view_text);
	s->view_text = NULL;
	s->view_bytes = 0;
	quire_proc_read(s->machine, s->options.view, &sink);
}

static void at_mark(void *arg, struct replay *r, uint32_t event, const char *text)
{
	struct session *s = arg;
	char mark[64];

	snapshot_mark(&s->snapshots, r, event, text);
	if (!s->options.view)
		return;
	snprintf(mark, sizeof(mark), "SNAPSHOT %s", s->options.at);
	if (!strncmp(text, mark, strlen(mark)))
		keep_view(s);
}

/* The state of the asked view at the moment that fits its recorded file best. */
static void at_op(void *arg, struct replay *r, uint32_t event)
{
	struct session *s = arg;
	struct snapshot *open = s->snapshots.open;
	unsigned int f;

	if (!open)
		return;
	snapshot_try(&s->snapshots, r, event);
	if (!s->options.view || strcmp(open->name, s->options.at))
		return;
	for (f = 0; f < NR_SNAPSHOT_FILES; f++)
		if (!strcmp(snapshot_file_name((enum snapshot_file)f), s->options.view) &&
		    open->result[f].event == event)
			keep_view(s);
}

static void run_progress(void *arg, uint64_t done, uint64_t of)
{
	const struct session *s = arg;

	if (s->options.progress)
		s->options.progress(s->options.arg, "replaying", done, of);
}

static int run(struct session *s, struct session_error *err)
{
	struct replay_options ro = {
		.tell_write_nodes = s->options.tell_write_nodes,
		.no_probes = s->options.no_probes,
		.arg = s,
		.at_mark = at_mark,
		.at_op = at_op,
		.progress = run_progress,
		.cancel = s->options.cancel,
	};
	uint8_t *reserved = reserved_frames();
	uint64_t start;
	int code;

	s->replay = replay_new(s->machine, &s->recording->trace, &s->ops, reserved, &ro);
	free(reserved);
	if (!s->replay)
		return fail(err, -ENOMEM, "out of memory for the replay of %s", s->recording->path);
	start = cpu_ns();
	code = replay_run(s->replay);
	s->run_ns = cpu_ns() - start;
	s->stopped = code == -EINTR;
	return code && !s->stopped ? fail(err, code, "the replay of %s: %s", s->recording->path,
					  strerror(-code))
				   : 0;
}

int session_run(struct session *s, struct recording *rec, const struct quire_machine_config *config,
		const struct session_options *o, struct session_error *err)
{
	int code;

	memset(s, 0, sizeof(*s));
	s->recording = rec;
	s->options = *o;
	s->config = *config;
	code = ops_build(&rec->trace, &s->ops);
	if (code)
		return fail(err, code, "%s: %s", rec->path, strerror(-code));
	code = rec->folder ? snapshot_load(&s->snapshots, rec->path) : 0;
	if (code)
		fail(err, code, "%s: snapshots: %s", rec->path, strerror(-code));
	if (!code)
		code = boot_machine_of(s, err);
	if (!code)
		code = run(s, err);
	if (code)
		session_end(s);
	return code;
}

void session_end(struct session *s)
{
	replay_free(s->replay);
	if (s->machine) {
		quire_cpu_leave();
		quire_machine_destroy(s->machine);
	}
	if (s->booted)
		boot_fidelity_free(&s->boot);
	snapshot_free(&s->snapshots);
	ops_free(&s->ops);
	free(s->view_text);
	memset(s, 0, sizeof(*s));
}
