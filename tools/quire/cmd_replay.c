/* SPDX-License-Identifier: MIT */
/*
 * cmd_replay.c - `quire replay RECORDING`: a real kernel's page trace on a machine.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "replay/report.h"
#include "replay/session.h"
#include "replay/slab_session.h"
#include "replay/vm_html.h"
#include "replay/vm_look.h"
#include "replay/vm_session.h"
#include "replay/whatif_report.h"
#include "views.h"

static const char usage[] =
	"usage: quire replay RECORDING [OPTION]...\n"
	"\n"
	"Replays a recorded trace of a kernel's memory management on a machine of Quire and says\n"
	"how often both did the same: chose the same page frame; of a recording with their "
	"events,\n"
	"served objects from the same caches, mapped at the same addresses. RECORDING is a folder\n"
	"made by quire record, from which the machine is derived, too; or a trace.dat, ftrace "
	"text\n"
	"or perf script text, which need --machine.\n"
	"\n"
	"With --set or --machine the same requests also run on another machine, which answers "
	"them\n"
	"by itself, and the report puts both side by side.\n"
	"\n"
	"  --machine FILE      another machine; the only one for a trace without a folder\n"
	"  --set KEY=VALUE     change a value of it, or of the derived one; may be repeated\n"
	"  --json FILE         write the report as JSON; - is standard output\n"
	"  --html FILE         write it as one web page with a map of all page frames over time\n"
	"  --proc NAME         print the file NAME of /proc as it is at the snapshot of --at, and\n"
	"                      nothing else\n"
	"  --at SNAPSHOT       which snapshot: boot, end ... (default: end); of a process's file\n"
	"                      (12/maps ...) also a number of events\n"
	"  --no-probes         do as if the recording had no probes for bulk allocations\n"
	"  --tell-write-nodes  take the node of __GFP_WRITE requests from the recording\n"
	"  --no-timing         leave out what differs from run to run\n"
	"  --quiet             no report on standard output\n"
	"  --help              print this text\n";

struct options {
	const char *recording, *json, *html, *machine;
	struct word_list sets;
	bool no_timing, quiet;
	bool no_probes, tell_write_nodes;
	const char *view, *at;
};

/** struct results - all runs of one call; @told and @other NULL: not made. */
struct results {
	struct session s;
	struct session_run run;
	struct session_run *told, *other;
	struct session_run second, third;
	struct whatif_machine machine;
	struct slab_session objects;
	struct vm_session spaces;
	struct vm_html *spaces_html;
};

static volatile sig_atomic_t stop;

static void on_interrupt(int signal)
{
	(void)signal;
	stop = 1;
}

/* --- the command line ------------------------------------------------------------------- */

enum {
	OPT_JSON = 1,
	OPT_HTML,
	OPT_PROC,
	OPT_AT,
	OPT_MACHINE,
	OPT_SET,
	OPT_NO_PROBES,
	OPT_WRITE_NODES,
	OPT_NO_TIMING,
	OPT_QUIET,
};

static const struct option long_options[] = {
	{ "json", required_argument, NULL, OPT_JSON },
	{ "html", required_argument, NULL, OPT_HTML },
	{ "proc", required_argument, NULL, OPT_PROC },
	{ "at", required_argument, NULL, OPT_AT },
	{ "machine", required_argument, NULL, OPT_MACHINE },
	{ "set", required_argument, NULL, OPT_SET },
	{ "no-probes", no_argument, NULL, OPT_NO_PROBES },
	{ "tell-write-nodes", no_argument, NULL, OPT_WRITE_NODES },
	{ "no-timing", no_argument, NULL, OPT_NO_TIMING },
	{ "quiet", no_argument, NULL, OPT_QUIET },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int take_option(void *arg, int option)
{
	struct options *o = arg;

	switch (option) {
	case OPT_JSON:
		o->json = optarg;
		break;
	case OPT_HTML:
		o->html = optarg;
		break;
	case OPT_PROC:
		o->view = optarg;
		break;
	case OPT_AT:
		o->at = optarg;
		break;
	case OPT_MACHINE:
		o->machine = optarg;
		break;
	case OPT_SET:
		return add_word(&o->sets, "--set");
	case OPT_NO_PROBES:
		o->no_probes = true;
		break;
	case OPT_WRITE_NODES:
		o->tell_write_nodes = true;
		break;
	case OPT_NO_TIMING:
		o->no_timing = true;
		break;
	case OPT_QUIET:
		o->quiet = true;
		break;
	default:
		return QUIRE_EXIT_USAGE;
	}
	return QUIRE_EXIT_OK;
}

/* Return: -1: go on; else the exit status. */
static int parse(struct options *o, int argc, char **argv)
{
	static const struct command_line line = { "replay", usage, ":", long_options, take_option };
	int status = read_options(&line, o, argc, argv);

	if (status < 0)
		status = read_operand(argc, argv, "RECORDING", &o->recording);
	if (status >= 0)
		return status;
	if (o->at && !o->view)
		return misuse("--at goes with --proc", "");
	if (!o->at)
		o->at = "end";
	status = check_output(o->json);
	return status < 0 ? check_output(o->html) : status;
}

/* --- output ------------------------------------------------------------------------------- */

static bool want_bar;

static void bar(const char *what, double fraction)
{
	const unsigned int width = 40;
	unsigned int full = (unsigned int)(fraction * width);
	char cells[41] = "########################################";

	if (want_bar)
		fprintf(stderr, "\r%-8s [%-*.*s] %3u %%", what, (int)width,
			(int)(full < width ? full : width), cells, (unsigned int)(fraction * 100));
}

static void clear_bar(void)
{
	if (want_bar)
		fprintf(stderr, "\r%70s\r", "");
}

static void reading(void *arg, uint64_t records, double fraction)
{
	(void)arg, (void)records;
	bar("reading", fraction < 0 ? 0 : fraction);
}

static void replaying(void *arg, uint64_t done, uint64_t of)
{
	(void)arg;
	bar("replay", of ? (double)done / (double)of : 1);
}

static json_t *whole_report(const struct results *x, const struct options *o)
{
	json_t *root = report_json(&x->s, &x->run, x->told, !o->no_timing);

	if (x->other)
		json_object_set_new(root, "what_if", whatif_json(&x->s, x->other, &x->machine));
	slab_session_json(&x->objects, !o->no_timing, root);
	vm_session_json(&x->spaces, root);
	return root;
}

static int write_page(const struct results *x, const char *json, FILE *out, char error[256])
{
	struct show_html *runs[2] = { x->run.html, x->other ? x->other->html : NULL };
	const char *kernel = x->s.have_derived ? x->s.derived.log->kernel : NULL;
	char title[256];

	snprintf(title, sizeof(title), "%s on machine %s", x->s.path,
		 x->s.have_derived ? x->s.derived.name : x->machine.config.name);
	return show_html_write(runs, runs[1] ? 2 : 1, title, kernel, json, out, error, 256);
}

static json_t *page_report(const struct results *x, const struct options *o)
{
	json_t *root = whole_report(x, o);

	slab_session_page(&x->objects, root);
	if (x->spaces.any && x->spaces_html)
		json_object_set_new(root, "spaces_page", vm_html_json(x->spaces_html));
	return root;
}

static int write_html(const struct results *x, const struct options *o)
{
	json_t *root = page_report(x, o);
	char *json = json_dumps(root, JSON_COMPACT), error[256] = "out of memory";
	FILE *out = json && x->run.html ? fopen(o->html, "we") : NULL;
	int err = -1;

	if (out) {
		err = write_page(x, json, out, error);
		if (fclose(out) && !err) {
			snprintf(error, sizeof(error), "%s", strerror(errno));
			err = -1;
		}
	} else if (json && x->run.html) {
		snprintf(error, sizeof(error), "%s", strerror(errno));
	}
	if (err)
		fprintf(stderr, "quire: %s: %s\n", o->html, error);
	free(json);
	json_decref(root);
	return err ? QUIRE_EXIT_FAILED : QUIRE_EXIT_OK;
}

static int show_view(const struct session *s, const struct session_run *run,
		     const struct options *o)
{
	char names[200];

	if (!views_known(run->replay->machine, o->view, ""))
		return QUIRE_EXIT_USAGE;
	if (!run->snapshots.proc_text) {
		fprintf(stderr, "quire: %s: no snapshot '%s' in it: --at takes one of them (%s)\n",
			o->recording, o->at, session_moments(s, names, sizeof(names)));
		return QUIRE_EXIT_USAGE;
	}
	fputs(run->snapshots.proc_text, stdout);
	return QUIRE_EXIT_OK;
}

static void show_times(const struct session *s, const struct session_run *run)
{
	fprintf(stderr, "%zu events read in %.2f s, replayed in %.2f s (%.1f million a second)\n",
		s->trace.nr_events, s->read_seconds, run->seconds,
		run->seconds > 0 ? (double)s->trace.nr_events / run->seconds / 1e6 : 0);
}

static void show_text(const struct results *x, const struct options *o)
{
	report_head(&x->s, &x->run, stdout);
	if (x->s.have_derived)
		report_pages(&x->s, &x->run, stdout);
	if (x->told) {
		fputs("\nWith the nodes of __GFP_WRITE requests told:\n", stdout);
		report_head(&x->s, x->told, stdout);
		report_pages(&x->s, x->told, stdout);
	}
	if (x->other) {
		fputc('\n', stdout);
		whatif_text(&x->run, x->other, &x->machine, stdout);
	}
	slab_session_text(&x->objects, !o->no_timing, stdout);
	vm_session_text(&x->spaces, stdout);
	if (!x->s.have_derived)
		report_pages(&x->s, &x->run, stdout);
	fflush(stdout);
	if (!o->no_timing)
		show_times(&x->s, &x->run);
}

static int show(const struct results *x, const struct options *o)
{
	bool text = !o->quiet && !o->view && !is_stdout(o->json);
	int status = o->view ? show_view(&x->s, &x->run, o) : QUIRE_EXIT_OK;

	if (status)
		return end_output(status);
	if (text)
		show_text(x, o);
	if (o->json)
		status = write_json(o->json, whole_report(x, o));
	if (o->html && !write_html(x, o)) {
		if (text)
			printf("\nThe page with the map of all frames: %s\n", o->html);
	} else if (o->html) {
		status = QUIRE_EXIT_FAILED;
	}
	return end_output(status);
}

/* --- running --------------------------------------------------------------------------------- */

static int failed(const char *error)
{
	clear_bar();
	fprintf(stderr, "quire: %s\n", error);
	return QUIRE_EXIT_FAILED;
}

static int run_once(struct results *x, const struct options *o, bool told, struct session_run *run)
{
	struct replay_options options = { .tell_write_nodes = told,
					  .no_probes = o->no_probes,
					  .unknown_start = !x->s.have_derived,
					  .progress = replaying,
					  .cancel = &stop };
	const struct quire_machine_config *config = x->s.have_derived ? NULL : &x->machine.config;
	const char *name = x->s.have_derived ? "recorded machine" : x->machine.name;
	char error[640];

	if (!session_run(&x->s, config, options, o->view, o->at, o->html ? name : NULL, run, error))
		return QUIRE_EXIT_OK;
	return failed(error);
}

static int run_other(struct results *x, const struct options *o)
{
	struct replay_options options = { .progress = replaying, .cancel = &stop };
	char error[640], name[300];

	snprintf(name, sizeof(name), "what if: %s", x->machine.name);
	x->other = &x->third;
	if (!session_what_if(&x->s, &x->machine.config, x->machine.same_map, &x->run, options,
			     o->html ? name : NULL, x->other, error))
		return QUIRE_EXIT_OK;
	return failed(error);
}

static int run_objects(struct results *x, const struct options *o)
{
	const struct quire_slab_config *what_if = x->other ? &x->machine.config.slab : NULL;
	char error[640];

	if (slab_session_run(&x->s, what_if, o->html, &stop, &x->objects, error) != -1)
		return QUIRE_EXIT_OK;
	return failed(error);
}

static int run_spaces(struct results *x, const struct options *o)
{
	struct vm_watch watch = { 0 };
	char error[640];

	if (o->html) {
		x->spaces_html = vm_html_new();
		if (!x->spaces_html)
			return failed("out of memory");
		watch = vm_html_watch(x->spaces_html);
	}
	if (vm_session_run(&x->s, NULL, &watch, &stop, &x->spaces, error) != -1)
		return QUIRE_EXIT_OK;
	return failed(error);
}

/* A file of a process: of the replay of address spaces alone, at the moment of --at. */
static int show_process_file(const struct session *s, const struct options *o)
{
	char error[VM_LOOK_ERROR];
	int status = vm_look_file(s, o->view, o->at, &stop, stdout, error);

	if (status && !stop)
		fprintf(stderr, "quire: %s\n", error);
	return stop ? QUIRE_EXIT_STOPPED : status < 0 ? QUIRE_EXIT_FAILED : status;
}

static int run_all(struct results *x, const struct options *o)
{
	int status = run_once(x, o, o->tell_write_nodes, &x->run);

	if (!status && x->run.replay->counts.wrong_zone && x->s.have_derived &&
	    !o->tell_write_nodes && !o->view && !stop) {
		status = run_once(x, o, true, &x->second);
		x->told = &x->second;
	}
	if (!status && x->s.log_runs && !stop)
		status = run_other(x, o);
	if (!status && !o->view && !stop)
		status = run_objects(x, o);
	if (!status && !o->view && !stop)
		status = run_spaces(x, o);
	return status;
}

/*
 * Without a boot log the machine of --machine, --set is the recorded one, and no other run is
 * compared with it. Its objects are replayed on the recorded kernel's caches, whatever it says.
 */
static void tell_no_what_if(const struct results *x)
{
	static const struct quire_machine_config init = QUIRE_MACHINE_CONFIG_INIT;

	if (slab_session_differs(&init.slab, &x->machine.config.slab))
		fprintf(stderr,
			"quire: %s: without dmesg.txt no what-if is run: settings of caches "
			"(slab, sheaves, ...) change nothing\n",
			x->s.path);
}

static int replay(struct results *x, const struct options *o)
{
	bool other = o->machine || o->sets.nr;
	char error[640];
	int status;

	if (o->view && *o->view >= '0' && *o->view <= '9')
		return show_process_file(&x->s, o);
	if (!x->s.have_derived && !o->machine) {
		fprintf(stderr,
			"quire: %s: no dmesg.txt with it, so its machine is not known: describe "
			"the machine with --machine FILE (for traces/boot-slab-head and "
			"vm-head: machines/boot-slab.yaml), or give the folder that quire record "
			"made\n",
			o->recording);
		return QUIRE_EXIT_USAGE;
	}
	if (other &&
	    whatif_machine(&x->s, o->machine, o->sets.words, o->sets.nr, &x->machine, error)) {
		failed(error);
		return QUIRE_EXIT_USAGE;
	}
	if (!x->s.have_derived)
		tell_no_what_if(x);
	x->s.log_runs = other && x->s.have_derived;
	status = run_all(x, o);
	clear_bar();
	if (!status)
		status = show(x, o);
	if (x->other)
		session_run_end(x->other);
	if (x->told)
		session_run_end(x->told);
	session_run_end(&x->run);
	slab_session_end(&x->objects);
	vm_session_end(&x->spaces);
	vm_html_free(x->spaces_html);
	whatif_machine_free(&x->machine);
	return stop ? QUIRE_EXIT_STOPPED : status;
}

int cmd_replay(int argc, char **argv)
{
	struct sigaction interrupt = { .sa_handler = on_interrupt };
	struct options o = { 0 };
	struct results *x;
	char error[640];
	int status = parse(&o, argc, argv);

	if (status >= 0)
		return status;
	x = calloc(1, sizeof(*x));
	if (!x)
		return failed("out of memory");
	want_bar = isatty(STDERR_FILENO);
	sigaction(SIGINT, &interrupt, NULL);
	if (session_open(&x->s, o.recording, &stop, reading, NULL, error)) {
		failed(error);
		status = stop ? QUIRE_EXIT_STOPPED : QUIRE_EXIT_FAILED;
	} else {
		status = replay(x, &o);
		session_close(&x->s);
	}
	free(x);
	return status;
}
