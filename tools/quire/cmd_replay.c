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

static const char usage[] =
	"usage: quire replay RECORDING [OPTION]...\n"
	"\n"
	"Replays a recorded trace of a kernel's page allocator on a machine of Quire and says\n"
	"how often both chose the same page frame. RECORDING is a folder made by quire record,\n"
	"from which the machine is derived, too.\n"
	"\n"
	"  --json FILE         write the report as JSON; - is standard output\n"
	"  --html FILE         write it as one web page with a map of all page frames over time\n"
	"  --proc NAME         print the file NAME of /proc as it is at the snapshot of --at, and\n"
	"                      nothing else\n"
	"  --at SNAPSHOT       which snapshot: boot, end ... (default: end)\n"
	"  --no-probes         do as if the recording had no probes for bulk allocations\n"
	"  --tell-write-nodes  take the node of __GFP_WRITE requests from the recording\n"
	"  --no-timing         leave out what differs from run to run\n"
	"  --quiet             no report on standard output\n"
	"  --help              print this text\n";

struct options {
	const char *recording, *json, *html;
	bool no_timing, quiet;
	bool no_probes, tell_write_nodes;
	const char *view, *at;
};

static volatile sig_atomic_t stop;

static void on_interrupt(int signal)
{
	(void)signal;
	stop = 1;
}

/* --- the command line ------------------------------------------------------------------- */

static int misuse(const char *text, const char *what)
{
	fprintf(stderr, "quire replay: %s%s (see quire replay --help)\n", text, what);
	return QUIRE_EXIT_USAGE;
}

enum {
	OPT_JSON = 1, OPT_HTML, OPT_PROC, OPT_AT, OPT_NO_PROBES, OPT_WRITE_NODES, OPT_NO_TIMING, OPT_QUIET,
	OPT_HELP,
};

static const struct option long_options[] = {
	{ "json", required_argument, NULL, OPT_JSON },
	{ "html", required_argument, NULL, OPT_HTML },
	{ "proc", required_argument, NULL, OPT_PROC },
	{ "at", required_argument, NULL, OPT_AT },
	{ "no-probes", no_argument, NULL, OPT_NO_PROBES },
	{ "tell-write-nodes", no_argument, NULL, OPT_WRITE_NODES },
	{ "no-timing", no_argument, NULL, OPT_NO_TIMING },
	{ "quiet", no_argument, NULL, OPT_QUIET },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static int take_option(struct options *o, int option)
{
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
		return QUIRE_EXIT_USAGE; /* getopt has said what */
	}
	return QUIRE_EXIT_OK;
}

/* Return: -1: go on; else the exit status. */
static int parse(struct options *o, int argc, char **argv)
{
	int option, status;

	optind = 1;
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (option == OPT_HELP) {
			fputs(usage, stdout);
			return QUIRE_EXIT_OK;
		}
		status = take_option(o, option);
		if (status)
			return status;
	}
	if (optind == argc)
		return misuse("no RECORDING given", "");
	if (optind + 1 < argc)
		return misuse("one RECORDING only, not also ", argv[optind + 1]);
	if (o->at && !o->view)
		return misuse("--at goes with --proc", "");
	if (!o->at)
		o->at = "end";
	o->recording = argv[optind];
	return -1;
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

static int write_json(const struct session *s, const struct session_run *run,
		      const struct session_run *told, const struct options *o)
{
	FILE *out = strcmp(o->json, "-") ? fopen(o->json, "we") : stdout;
	json_t *root;
	int err;

	if (!out) {
		fprintf(stderr, "quire: %s: %s\n", o->json, strerror(errno));
		return QUIRE_EXIT_FAILED;
	}
	root = report_json(s, run, told, !o->no_timing);
	err = json_dumpf(root, out, JSON_INDENT(2)) || fputc('\n', out) == EOF;
	json_decref(root);
	if (out != stdout)
		err |= fclose(out) != 0;
	if (err)
		fprintf(stderr, "quire: %s: %s\n", o->json, strerror(errno));
	return err ? QUIRE_EXIT_FAILED : QUIRE_EXIT_OK;
}

static int write_html(const struct session *s, const struct session_run *run,
		      const struct session_run *told, const struct options *o)
{
	json_t *root = report_json(s, run, told, !o->no_timing);
	char *json = json_dumps(root, JSON_COMPACT), title[256], error[256];
	FILE *out = json && run->html ? fopen(o->html, "we") : NULL;
	int err = -1;

	snprintf(title, sizeof(title), "%s on machine %s", o->recording, s->derived.name);
	snprintf(error, sizeof(error), "out of memory");
	if (out) {
		err = show_html_write(&run->html, 1, title, s->derived.log->kernel, json, out, error,
				      sizeof(error));
		if (fclose(out) && !err) {
			snprintf(error, sizeof(error), "%s", strerror(errno));
			err = -1;
		}
	} else if (json && run->html) {
		snprintf(error, sizeof(error), "%s", strerror(errno));
	}
	if (err)
		fprintf(stderr, "quire: %s: %s\n", o->html, error);
	free(json);
	json_decref(root);
	return err ? QUIRE_EXIT_FAILED : QUIRE_EXIT_OK;
}

static int show_view(const struct session_run *run, const struct options *o)
{
	if (!run->snapshots.proc_text) {
		fprintf(stderr, "quire: %s: no snapshot '%s' in it, or no file '%s' of /proc\n",
			o->recording, o->at, o->view);
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

static int show(const struct session *s, const struct session_run *run,
		const struct session_run *told, const struct options *o)
{
	bool text = !o->quiet && !o->view && !(o->json && !strcmp(o->json, "-"));
	int status = o->view ? show_view(run, o) : QUIRE_EXIT_OK;

	if (text)
		report_text(s, run, stdout);
	if (text && told) {
		fputs("\nWith the nodes of __GFP_WRITE requests told:\n", stdout);
		report_text(s, told, stdout);
	}
	if (text && !o->no_timing)
		show_times(s, run);
	if (!status && o->json)
		status = write_json(s, run, told, o);
	if (!status && o->html) {
		status = write_html(s, run, told, o);
		if (text && !status)
			printf("\nThe page with the map of all frames: %s\n", o->html);
	}
	return status;
}

/* --- running --------------------------------------------------------------------------------- */

static int run_once(struct session *s, const struct options *o, bool told, struct session_run *run)
{
	struct replay_options options = { .tell_write_nodes = told, .no_probes = o->no_probes,
					  .progress = replaying, .cancel = &stop };
	char error[640];

	if (!session_run(s, NULL, options, o->view, o->at, o->html ? "recorded machine" : NULL, run,
			 error))
		return QUIRE_EXIT_OK;
	clear_bar();
	fprintf(stderr, "quire: %s\n", error);
	return QUIRE_EXIT_FAILED;
}

static int replay(struct session *s, const struct options *o)
{
	struct session_run run, told;
	bool second = false;
	int status;

	if (!s->folder) {
		fprintf(stderr, "quire: %s: no dmesg.txt beside the trace to derive a machine from: "
			"give the recording's folder\n", o->recording);
		return QUIRE_EXIT_USAGE;
	}
	status = run_once(s, o, o->tell_write_nodes, &run);
	if (!status && run.replay->counts.wrong_zone && !o->tell_write_nodes && !o->view && !stop) {
		status = run_once(s, o, true, &told);
		second = true;
	}
	clear_bar();
	if (!status)
		status = show(s, &run, second ? &told : NULL, o);
	if (second)
		session_run_end(&told);
	session_run_end(&run);
	return stop ? QUIRE_EXIT_STOPPED : status;
}

int cmd_replay(int argc, char **argv)
{
	struct sigaction interrupt = { .sa_handler = on_interrupt };
	struct options o = { 0 };
	struct session s;
	char error[640];
	int status = parse(&o, argc, argv);

	if (status >= 0)
		return status;
	want_bar = isatty(STDERR_FILENO);
	sigaction(SIGINT, &interrupt, NULL);
	if (session_open(&s, o.recording, &stop, reading, NULL, error)) {
		clear_bar();
		fprintf(stderr, "quire: %s\n", error);
		return stop ? QUIRE_EXIT_STOPPED : QUIRE_EXIT_FAILED;
	}
	status = replay(&s, &o);
	session_close(&s);
	return status;
}
