/* SPDX-License-Identifier: MIT */
/*
 * cmd_explain.c - `quire explain ADDRESS RECORDING`: what an address was at a moment of a
 * recording.
 *
 * 1. A user address is looked at in the replay of address spaces, anything else in that of pages,
 *    whose frames are the recorded kernel's.
 * 2. Of a frame the recording itself knows more than the machine: who asked for it last, and who
 *    gave it back.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <quire/explain.h>

#include "commands.h"
#include "explain.h"
#include "replay/session.h"
#include "replay/vm_look.h"

static const char usage[] =
	"usage: quire explain ADDRESS RECORDING [OPTION]...\n"
	"\n"
	"Replays RECORDING, a folder made by quire record, and says what ADDRESS was at one "
	"moment:\n"
	"of a process, its mapping, the page tables entry by entry, the page behind it, the list\n"
	"the page is on, and everybody who maps it; of the kernel, the frame or vmalloc area.\n"
	"ADDRESS is hexadecimal; pfn:N is a page frame (in hexadecimal pfn:0xN), phys:ADDRESS a\n"
	"physical address.\n"
	"\n"
	"  --pid PROCESS       whose address: a pid, or a name (default: the only process that "
	"has\n"
	"                      something there)\n"
	"  --at MOMENT         a snapshot of the recording (boot, end ...), or how many events "
	"are\n"
	"                      to be replayed before (default: end)\n"
	"  --json FILE         write the answer as JSON; - is standard output\n"
	"  --help              print this text\n";

struct options {
	const char *address, *recording, *process, *at, *json;
	struct explain_address what;
};

/** struct answer - @o: NULL: @error says why. */
struct answer {
	const struct options *options;
	json_t *o;
	uint64_t event;
	char error[EXPLAIN_ERROR];
};

static volatile sig_atomic_t stop;

static void on_interrupt(int signal)
{
	(void)signal;
	stop = 1;
}

enum { OPT_PID = 1, OPT_AT, OPT_JSON };

static const struct option long_options[] = {
	{ "pid", required_argument, NULL, OPT_PID },
	{ "at", required_argument, NULL, OPT_AT },
	{ "json", required_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int take_option(void *arg, int option)
{
	struct options *o = arg;

	switch (option) {
	case OPT_PID:
		o->process = optarg;
		return QUIRE_EXIT_OK;
	case OPT_AT:
		o->at = optarg;
		return QUIRE_EXIT_OK;
	case OPT_JSON:
		o->json = optarg;
		return QUIRE_EXIT_OK;
	default:
		return QUIRE_EXIT_USAGE;
	}
}

/* Return: -1: go on; else the exit status. */
static int parse(struct options *o, int argc, char **argv)
{
	static const struct command_line line = { "explain", usage, ":", long_options,
						  take_option };
	int status = read_options(&line, o, argc, argv);

	if (status >= 0)
		return status;
	if (argc - optind < 2)
		return misuse(optind == argc ? "no ADDRESS given" : "no RECORDING given", "");
	if (optind + 2 < argc)
		return misuse("one RECORDING only, not also ", argv[optind + 2]);
	o->address = argv[optind];
	o->recording = argv[optind + 1];
	if (!explain_parse(o->address, &o->what))
		return misuse("no address (7f00..., pfn:100, pfn:0x64, phys:ADDRESS): ",
			      o->address);
	if (o->process && o->what.kind != EXPLAIN_USER)
		return misuse("--pid goes with an address of a process, not with ", o->address);
	if (!o->at)
		o->at = "end";
	return check_output(o->json);
}

/* --- what the recording says of a frame --------------------------------------------------------
 */

static bool concerns(const struct trace_event *e, uint64_t pfn)
{
	return (e->type == TRACE_PAGE_ALLOC || e->type == TRACE_PAGE_FREE ||
		e->type == TRACE_PAGE_FREE_BATCHED) &&
	       e->pfn != TRACE_NO_PFN && pfn >= e->pfn && pfn - e->pfn < UINT64_C(1) << e->order;
}

static void say_event(const struct trace *t, size_t i, json_t *o)
{
	const struct trace_event *e = &t->events[i];
	bool alloc = e->type == TRACE_PAGE_ALLOC;
	char gfp[256] = "";

	if (alloc)
		quire_gfp_to_text(e->gfp, gfp, sizeof(gfp));
	explain_say(o, "recorded at event %zu: %s by pid %d on CPU %u, order %d%s%s", i,
		    alloc ? "allocated" : "freed", (int)e->pid, (unsigned int)e->cpu, e->order,
		    alloc ? ", " : "", gfp);
	json_array_append_new(json_object_get(o, "recorded"),
			      json_pack("{s:I,s:s,s:i,s:i,s:i}", "event", (json_int_t)i, "what",
					alloc ? "allocated" : "freed", "pid", (int)e->pid, "cpu",
					(int)e->cpu, "order", (int)e->order));
}

/* The last event before @until that is about the frame, plus 1; 0: none. */
static size_t last_event(const struct trace *t, size_t until, uint64_t pfn, bool allocations_only)
{
	while (until > 0 && (!concerns(&t->events[until - 1], pfn) ||
			     (allocations_only && t->events[until - 1].type != TRACE_PAGE_ALLOC)))
		until--;
	return until;
}

/* The last allocation of the frame before event @until, and that it was freed since. */
static void say_recorded(const struct trace *t, uint64_t until, json_t *o)
{
	const json_t *pfn = json_object_get(json_object_get(o, "frame"), "pfn");
	size_t end = until < t->nr_events ? (size_t)until : t->nr_events, last, alloc;

	if (!pfn)
		return;
	json_object_set_new(o, "recorded", json_array());
	last = last_event(t, end, (uint64_t)json_integer_value(pfn), false);
	alloc = last_event(t, last, (uint64_t)json_integer_value(pfn), true);
	if (alloc)
		say_event(t, alloc - 1, o);
	if (last != alloc)
		say_event(t, last - 1, o);
	if (!last)
		explain_say(o, "no event before that moment is about it");
}

/* --- running -----------------------------------------------------------------------------------
 */

static void at_moment(void *arg, struct quire_machine *machine, uint64_t event)
{
	struct answer *a = arg;

	a->event = event;
	a->o = explain(machine, &a->options->what, a->options->process, a->error);
}

static int run_pages(struct session *s, char error[640])
{
	struct replay_options how = { .cancel = &stop };
	struct session_run run = { 0 };
	int err;

	if (!s->have_derived) {
		snprintf(error, 640,
			 "%s: no dmesg.txt with it, so its machine is not known: give the folder "
			 "that quire record made",
			 s->path);
		return -1;
	}
	err = session_run(s, NULL, how, NULL, NULL, NULL, &run, error);
	session_run_end(&run);
	return err;
}

static int show(const struct session *s, struct answer *a)
{
	const struct options *o = a->options;

	json_object_set_new(a->o, "event", json_integer((json_int_t)a->event));
	json_object_set_new(a->o, "at", json_string(o->at));
	if (!is_stdout(o->json)) {
		printf("%s at %s (%" PRIu64 " of %zu events):\n", o->address, o->at, a->event,
		       s->trace.nr_events);
		explain_text(a->o, "  ", stdout);
	}
	return o->json ? write_json(o->json, json_incref(a->o)) : QUIRE_EXIT_OK;
}

static int answer(struct session *s, struct answer *a, char error[640])
{
	const struct options *o = a->options;
	const bool user = o->what.kind == EXPLAIN_USER;
	char names[200];
	int err;

	s->look = (struct session_look){ .at = o->at, .fn = at_moment, .arg = a };
	err = user ? vm_look(s, &s->look, &stop, error) : run_pages(s, error);
	if (stop)
		return QUIRE_EXIT_STOPPED;
	if (err) {
		fprintf(stderr, "quire: %s\n", error);
		return QUIRE_EXIT_FAILED;
	}
	if (!s->look.met) {
		fprintf(stderr,
			"quire: %s: no moment '%s' in it: --at takes end, one of its snapshots "
			"(%s) or a number of events up to %zu\n",
			o->recording, o->at, session_moments(s, names, sizeof(names)),
			s->trace.nr_events);
		return QUIRE_EXIT_USAGE;
	}
	if (!a->o) {
		fprintf(stderr, "quire: %s: %s\n", o->recording, a->error);
		return QUIRE_EXIT_FAILED;
	}
	if (!user)
		say_recorded(&s->trace, a->event, a->o);
	return show(s, a);
}

int cmd_explain(int argc, char **argv)
{
	struct sigaction interrupt = { .sa_handler = on_interrupt };
	struct options o = { 0 };
	struct answer a = { .options = &o };
	struct session s;
	char error[640];
	int status = parse(&o, argc, argv);

	if (status >= 0)
		return status;
	sigaction(SIGINT, &interrupt, NULL);
	if (session_open(&s, o.recording, &stop, NULL, NULL, error)) {
		fprintf(stderr, "quire: %s\n", error);
		return stop ? QUIRE_EXIT_STOPPED : QUIRE_EXIT_FAILED;
	}
	status = answer(&s, &a, error);
	json_decref(a.o);
	session_close(&s);
	return end_output(status);
}
