/* SPDX-License-Identifier: MIT */
/*
 * session.c - opening a recording and running it (session.h).
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <quire/memblock.h>
#include <quire/report.h>

#include "replay/session.h"

double session_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Seconds of this thread on a CPU: what a run costs, whoever else runs. */
static double cpu_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static bool has_log(const char *path)
{
	char log[4096];
	struct stat st;

	snprintf(log, sizeof(log), "%s/dmesg.txt", path);
	return !stat(log, &st);
}

int session_open(struct session *s, const char *path, const volatile sig_atomic_t *cancel,
		 void (*progress)(void *, uint64_t, double), void *arg, char error[640])
{
	struct trace_read_options options = { .progress = progress, .arg = arg, .cancel = cancel };
	struct trace_error trace_error;
	struct derive_error derive_error;
	double begin = session_now();

	memset(s, 0, sizeof(*s));
	s->path = path;
	if (trace_read(path, &options, &s->trace, &trace_error)) {
		snprintf(error, 640, "%s", trace_error.text);
		return -1;
	}
	s->read_seconds = session_now() - begin;
	s->folder = has_log(path);
	if (s->folder && derive_machine(path, &s->derived, &derive_error)) {
		snprintf(error, 640, "%s", derive_error.text);
		trace_free(&s->trace);
		return -1;
	}
	s->have_derived = s->folder;
	return 0;
}

void session_close(struct session *s)
{
	if (s->have_derived)
		derived_free(&s->derived);
	trace_free(&s->trace);
}

/* What a machine says of a trace's requests is counted elsewhere; found corruption is never silent.
 */
static void quiet_write(void *ctx, int level, const char *text, size_t n)
{
	(void)ctx;
	if (level <= QUIRE_ERR)
		fwrite(text, 1, n, stderr);
}

/* A bit per frame: reserved by the boot allocator, which is still up. */
static uint8_t *reserved_frames(const struct quire_machine_config *config)
{
	uint64_t end = 0, pfn;
	unsigned int i;
	uint8_t *bits;

	for (i = 0; i < config->nr_ranges; i++)
		if (config->ranges[i].kind == QUIRE_RANGE_USABLE && config->ranges[i].end > end)
			end = config->ranges[i].end;
	end = (end >> config->page_shift) + 2;
	bits = calloc(end / 8 + (1u << 16), 1);
	for (pfn = 0; bits && pfn < end; pfn++)
		if (memblock_is_reserved(pfn << config->page_shift))
			bits[pfn >> 3] |= (uint8_t)(1u << (pfn & 7));
	return bits;
}

/* The machine up to the hand-over. @reserved: gets the frames reserved at boot. */
static int boot(struct session *s, const struct quire_machine_config *config, bool derived,
		struct session_run *run, uint8_t **reserved)
{
	int err = quire_machine_create(config, &run->port, &run->machine);

	if (!err)
		err = quire_cpu_enter(run->machine, 0);
	if (!err && derived)
		err = derive_boot(&s->derived, run->machine, &run->boot);
	else if (!err && s->have_derived && config->hold_at_boot && config->staged_init)
		err = derive_boot_elsewhere(&s->derived, run->machine, &run->boot);
	if (!err && config->hold_at_boot) {
		if (config->boot == QUIRE_BOOT_MEMBLOCK)
			*reserved = reserved_frames(config);
		err = quire_machine_continue(run->machine);
	}
	if (!err)
		quire_make_free_heads(run->machine);
	return err;
}

bool session_look_event(const char *at, uint64_t *event)
{
	char *end;

	if (!at || *at < '0' || *at > '9')
		return false;
	*event = strtoull(at, &end, 10);
	return !*end;
}

const char *session_moments(const struct session *s, char *text, size_t size)
{
	size_t i, at = 0;

	snprintf(text, size, "none here");
	for (i = 0; i < s->trace.nr_events; i++) {
		const struct trace_event *e = &s->trace.events[i];
		const char *name = s->trace.strings + e->pfn;

		if (e->type != TRACE_MARK || e->pfn >= s->trace.strings_bytes ||
		    strncmp(name, "SNAPSHOT ", 9))
			continue;
		name += 9;
		if (at + strlen(name) + 3 > size)
			break;
		at += (size_t)snprintf(text + at, size - at, at ? ", %s" : "%s", name);
	}
	return text;
}

static void look(struct session_run *run, uint64_t event)
{
	if (run->look->met)
		return;
	run->look->met = true;
	run->look->fn(run->look->arg, run->machine, event);
}

/* Is the moment named by a number still to come? */
static bool look_later(const struct session_run *run, uint64_t *event)
{
	return run->look && !run->look->met && session_look_event(run->look->at, event);
}

static void on_mark(void *arg, struct replay *r, uint32_t event, const char *text)
{
	struct session_run *run = arg;
	double begin = cpu_now();
	uint64_t at;

	snapshots_mark(&run->snapshots, r, text);
	if (!strncmp(text, "SNAPSHOT ", 9))
		metrics_sample(&run->metrics, r, event, text + 9);
	if (run->html && !strncmp(text, "SNAPSHOT ", 9))
		show_html_sample(run->html, r, event, text);
	if (run->look && run->look->at && !strncmp(text, "SNAPSHOT ", 9) &&
	    !strcmp(text + 9, run->look->at))
		look(run, event);
	run->compare_seconds += cpu_now() - begin;
	r->watch_ops = run->html || run->log.was_free || run->snapshots.files_open ||
		       run->snapshots.frames_open || look_later(run, &at);
}

static void on_op(void *arg, struct replay *r, uint32_t event)
{
	struct session_run *run = arg;
	bool sample = run->html && show_html_due(run->html, event);
	double begin;
	uint64_t at;

	if (look_later(run, &at) && event >= at)
		look(run, event);
	if (!sample && !run->log.was_free && !run->snapshots.files_open &&
	    !run->snapshots.frames_open)
		return;
	begin = cpu_now();
	if (run->log.was_free)
		whatif_log_op(&run->log, r, event);
	if (sample)
		show_html_sample(run->html, r, event, NULL);
	snapshots_op(&run->snapshots, r);
	run->compare_seconds += cpu_now() - begin;
}

/* A machine that has booted. */
static int start(struct session *s, const struct quire_machine_config *config, bool derived,
		 struct session_run *run, uint8_t **reserved, char error[640])
{
	int err;

	memset(run, 0, sizeof(*run));
	run->port = *quire_host_port();
	run->port.write = quiet_write;
	err = boot(s, config, derived, run, reserved);
	if (err)
		snprintf(error, 640, "%s: the machine does not boot: %s", s->path, strerror(-err));
	return err ? -1 : 0;
}

static int no_memory(const struct session *s, char error[640])
{
	snprintf(error, 640, "%s: no memory for the replay", s->path);
	return -1;
}

static void watch(struct session_run *run, const char *html_name)
{
	uint64_t at;

	if (html_name)
		run->html = show_html_new(run->replay, html_name);
	run->replay->watch_ops = run->html || run->log.was_free || look_later(run, &at);
}

/* The state at the end, for the comparison of runs and for the page. */
static void finish(struct session_run *run)
{
	metrics_sample(&run->metrics, run->replay, run->replay->event, "end of trace");
	if (run->html)
		show_html_finish(run->html, run->replay);
	if (run->look && run->look->at && !strcmp(run->look->at, "end"))
		look(run, (uint64_t)run->replay->event + 1);
	quire_cpu_leave();
}

int session_run(struct session *s, const struct quire_machine_config *config,
		struct replay_options options, const char *proc_name, const char *proc_at,
		const char *html_name, struct session_run *run, char error[640])
{
	bool derived = !config;
	uint8_t *reserved = NULL;
	double begin;

	if (start(s, derived ? &s->derived.config : config, derived, run, &reserved, error)) {
		free(reserved);
		return -1;
	}
	run->look = s->look.at ? &s->look : NULL;
	snapshots_load(&run->snapshots, s->path);
	run->snapshots.proc_name = proc_name;
	run->snapshots.proc_at = proc_at;
	options.arg = run;
	options.at_mark = on_mark;
	options.at_op = on_op;
	if (!ops_build(&s->trace, options.no_probes, &run->ops))
		run->replay = replay_new(run->machine, &s->trace, &run->ops, reserved, &options);
	free(reserved);
	if (!run->replay)
		return no_memory(s, error);
	if (s->log_runs)
		whatif_log_begin(&run->log, run->replay);
	watch(run, html_name);
	begin = cpu_now();
	run->status = replay_run(run->replay);
	run->seconds = cpu_now() - begin - run->compare_seconds;
	metrics_recorded(&run->metrics, &s->trace, (size_t)run->replay->event + 1);
	finish(run);
	return 0;
}

int session_what_if(struct session *s, const struct quire_machine_config *config, bool same_map,
		    const struct session_run *recorded, struct replay_options options,
		    const char *html_name, struct session_run *run, char error[640])
{
	uint8_t *reserved = NULL;
	struct op_list *ops = recorded->replay->ops;

	if (recorded->log.failed)
		return no_memory(s, error);
	if (start(s, config, same_map, run, &reserved, error)) {
		free(reserved);
		return -1;
	}
	options.arg = run;
	options.at_mark = on_mark;
	options.at_op = on_op;
	run->replay = replay_new(run->machine, &s->trace, ops, reserved, &options);
	free(reserved);
	if (!run->replay)
		return no_memory(s, error);
	run->whatif = whatif_new(run->replay, &recorded->log, &s->derived.config, same_map,
				 &run->metrics);
	if (!run->whatif)
		return no_memory(s, error);
	watch(run, html_name);
	run->whatif->html = run->html;
	if (run->html)
		show_html_own_marks(run->html);
	run->status = whatif_run(run->whatif);
	finish(run);
	return 0;
}

void session_run_end(struct session_run *run)
{
	show_html_free(run->html);
	whatif_log_free(&run->log);
	whatif_free(run->whatif);
	replay_free(run->replay);
	ops_free(&run->ops);
	snapshots_free(&run->snapshots);
	boot_fidelity_free(&run->boot);
	quire_cpu_leave(); /* where the run did not come to its end */
	quire_machine_destroy(run->machine);
	memset(run, 0, sizeof(*run));
}
