/* SPDX-License-Identifier: MIT */
/*
 * cmd_inspect.c - `quire inspect CORE`: machines in a core dump, with the views of a live process.
 */
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "commands.h"
#include "explain.h"
#include "inspect/answers.h"
#include "inspect/core.h"
#include "inspect/dead.h"
#include "inspect/place.h"
#include "inspect/symbols.h"

#define MAX_MACHINES 16

static const char usage[] =
	"usage: quire inspect CORE [OPTION]...\n"
	"\n"
	"Finds the machines of a process that left the core dump CORE, and shows of each its free\n"
	"memory, its caches, the objects in use by who allocated them, areas of vmalloc, address\n"
	"spaces, and what is wrong.\n"
	"\n"
	"  --machine N       of machine N alone (from 0, in order of address)\n"
	"  --owners          the objects in use by owner alone\n"
	"  --cache NAME      one cache: who allocated and who freed its objects\n"
	"  --proc NAME       print a file of /proc instead (slabinfo, "
	"slab/kmalloc-64/alloc_traces\n"
	"                    ...; --proc list: all names); may be repeated\n"
	"  --explain ADDRESS what is at an address of the program: which object of which cache, "
	"which\n"
	"                    page frame or vmalloc area; or of a simulated process; or frame\n"
	"                    pfn:N (pfn:0xN in hexadecimal), phys:ADDRESS\n"
	"  --exe FILE        where the program is now, for names\n"
	"  --json FILE       write all as JSON; - is standard output\n"
	"  --help            print this text\n"
	"\n"
	"The process must have used this very build of Quire. Owners are kept by caches with\n"
	"slub_debug=U (quire test: all).\n";

struct options {
	const char *core, *exe, *cache, *json;
	struct word_list views;
	long machine; /* -1: all */
	bool owners, explain;
	struct explain_address address;
};

/** struct found - a machine in the dump; @readable: placed where it was */
struct found {
	struct quire_mark mark;
	struct dead dead;
	bool readable;
};

struct inspect {
	struct options o;
	struct core core;
	struct found machines[MAX_MACHINES];
	unsigned int nr;
	int status;
};

enum { OPT_MACHINE = 1, OPT_OWNERS, OPT_CACHE, OPT_PROC, OPT_EXPLAIN, OPT_EXE, OPT_JSON };

static const struct option long_options[] = {
	{ "machine", required_argument, NULL, OPT_MACHINE },
	{ "owners", no_argument, NULL, OPT_OWNERS },
	{ "cache", required_argument, NULL, OPT_CACHE },
	{ "proc", required_argument, NULL, OPT_PROC },
	{ "explain", required_argument, NULL, OPT_EXPLAIN },
	{ "exe", required_argument, NULL, OPT_EXE },
	{ "json", required_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int take_machine(struct options *o, const char *text)
{
	char *end;

	errno = 0;
	o->machine = strtol(text, &end, 10);
	if (errno || end == text || *end || o->machine < 0 || o->machine >= MAX_MACHINES)
		return misuse("--machine: not a number from 0 to 15: ", text);
	return QUIRE_EXIT_OK;
}

static int take_option(void *arg, int option)
{
	struct options *o = arg;

	switch (option) {
	case OPT_MACHINE:
		return take_machine(o, optarg);
	case OPT_OWNERS:
		o->owners = true;
		return QUIRE_EXIT_OK;
	case OPT_CACHE:
		o->cache = optarg;
		return QUIRE_EXIT_OK;
	case OPT_PROC:
		return add_word(&o->views, "--proc");
	case OPT_EXPLAIN:
		o->explain = explain_parse(optarg, &o->address);
		return o->explain ? QUIRE_EXIT_OK
				  : misuse("--explain: no address (7f00..., pfn:100, pfn:0x64, "
					   "phys:ADDRESS): ",
					   optarg);
	case OPT_EXE:
		o->exe = optarg;
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
	static const struct command_line line = { "inspect", usage, ":", long_options,
						  take_option };
	int status;

	o->machine = -1;
	status = read_options(&line, o, argc, argv);
	if (status < 0)
		status = read_operand(argc, argv, "CORE", &o->core);
	if (status >= 0)
		return status;
	if (o->json && o->explain)
		return misuse("--explain prints text, and goes not with ", "--json");
	return check_output(o->json);
}

/* --- finding ----------------------------------------------------------------------------- */

/* What of the machine is missing is told. Return: nothing is. */
static bool check_mark(const struct inspect *in, struct found *m, unsigned int nr)
{
	const struct quire_mark *mark = &m->mark;
	uint64_t absent = 0, frames;
	size_t i;

	if (mark->build != quire_build()) {
		fprintf(stderr,
			"quire inspect: machine %u was made by build %016llx of Quire, this is "
			"build %016llx: use the `quire` that was built with the program's "
			"library\n",
			nr, (unsigned long long)mark->build, (unsigned long long)quire_build());
		return false;
	}
	for (i = 0; i < QUIRE_MARK_RANGES; i++)
		absent += core_absent(&in->core, mark->ranges[i].start, mark->ranges[i].bytes);
	if (absent)
		fprintf(stderr,
			"quire inspect: machine %u: the dump lacks %llu bytes of its book-keeping: "
			"views may end early\n",
			nr, (unsigned long long)absent);
	frames = core_absent(&in->core, mark->linear.start, mark->linear.bytes);
	m->dead.contents = frames < mark->linear.bytes;
	if (frames)
		fprintf(stderr,
			"quire inspect: machine %u: the dump lacks %llu of the %llu bytes of its "
			"frames, and objects with them: memory is dumped when bits 0 and 1 of "
			"/proc/PID/coredump_filter are set\n",
			nr, (unsigned long long)frames, (unsigned long long)mark->linear.bytes);
	return !absent && !frames;
}

static void find_machines(struct inspect *in)
{
	uint64_t after = 0;

	while (in->nr < MAX_MACHINES &&
	       core_next_machine(&in->core, after, &in->machines[in->nr].mark)) {
		after = in->machines[in->nr].mark.self;
		in->machines[in->nr++].dead.at = after;
	}
	if (in->nr == MAX_MACHINES)
		fprintf(stderr, "quire inspect: only the first %u machines are looked at\n",
			in->nr);
}

static bool wanted(const struct inspect *in, unsigned int i)
{
	return in->o.machine < 0 || in->o.machine == (long)i;
}

/* Return: an exit status. */
static int place_machines(struct inspect *in, char **argv)
{
	unsigned int i;

	for (i = 0; i < in->nr; i++) {
		struct found *m = &in->machines[i];

		if (wanted(in, i) && m->mark.build == quire_build()) {
			if (place_machine(&in->core, &m->mark, argv))
				return QUIRE_EXIT_FAILED;
			m->readable = true;
		}
	}
	for (i = 0; i < in->nr; i++)
		if (wanted(in, i) && !check_mark(in, &in->machines[i], i))
			in->status = QUIRE_EXIT_FAILED;
	return QUIRE_EXIT_OK;
}

/* --- showing ----------------------------------------------------------------------------- */

static void ask(struct inspect *in, struct found *m, const char *what,
		int (*fn)(struct quire_machine *machine, void *arg), const void *arg)
{
	if (dead_run(&m->dead, what, fn, (void *)(uintptr_t)arg))
		in->status = QUIRE_EXIT_FAILED;
}

static void title(const char *text)
{
	printf("\n== %s\n", text);
}

static void show_all(struct inspect *in, struct found *m)
{
	title("free blocks by order");
	ask(in, m, "buddyinfo", text_file, "buddyinfo");
	title("caches");
	ask(in, m, "slabinfo", text_file, "slabinfo");
	title("objects in use, by who allocated them");
	ask(in, m, "owners", text_owners, NULL);
	ask(in, m, "areas", text_areas, NULL);
	ask(in, m, "processes", text_processes, NULL);
	title("errors");
	ask(in, m, "errors", text_errors, NULL);
}

static void show(struct inspect *in, unsigned int nr)
{
	struct found *m = &in->machines[nr];
	const struct options *o = &in->o;
	unsigned int i;

	if (!o->views.nr) {
		printf("%smachine %u at 0x%llx: ", nr ? "\n" : "", nr,
		       (unsigned long long)m->dead.at);
		ask(in, m, "machine", text_head, NULL);
	}
	for (i = 0; i < o->views.nr; i++)
		ask(in, m, o->views.words[i], text_file, o->views.words[i]);
	if (o->owners)
		ask(in, m, "owners", text_owners, NULL);
	if (o->cache)
		ask(in, m, "cache", text_cache, o->cache);
	if (o->explain)
		ask(in, m, "explain", text_explain, &o->address);
	if (!o->views.nr && !o->owners && !o->cache && !o->explain)
		show_all(in, m);
}

static json_t *json_of(struct inspect *in, struct found *m)
{
	int fd = memfd_create("quire-inspect", MFD_CLOEXEC);
	json_t *answer = NULL;
	json_error_t error;

	if (fd >= 0) {
		ask(in, m, "json", json_machine, &fd);
		lseek(fd, 0, SEEK_SET);
		answer = json_loadfd(fd, 0, &error);
		close(fd);
	}
	return answer ? answer : json_object();
}

static json_t *all_json(struct inspect *in)
{
	json_t *machines = json_array();
	unsigned int i;

	for (i = 0; i < in->nr; i++) {
		struct found *m = &in->machines[i];
		json_t *one = m->readable ? json_of(in, m) : NULL;

		if (!one)
			continue;
		json_object_set_new(one, "machine", json_integer(i));
		json_array_append_new(machines, one);
	}
	return json_pack("{s:s, s:s, s:i, s:i, s:o}", "core", in->o.core, "command",
			 in->core.command, "pid", in->core.pid, "signal", in->core.signal,
			 "machines", machines);
}

static void show_process(const struct core *core)
{
	printf("%s: %s, pid %d", core->path, *core->command ? core->command : "a process",
	       core->pid);
	if (core->signal)
		printf(", ended by %s", strsignal(core->signal));
	putchar('\n');
}

static int run(struct inspect *in, char **argv)
{
	unsigned int i;
	int status;

	if (core_open(&in->core, in->o.core))
		return QUIRE_EXIT_FAILED;
	find_machines(in);
	if (!in->nr) {
		fprintf(stderr, "quire inspect: %s: no machine of Quire in it\n", in->o.core);
		return QUIRE_EXIT_FAILED;
	}
	if (in->o.machine >= (long)in->nr) {
		fprintf(stderr, "quire inspect: %s: there %s %u machine%s in it\n", in->o.core,
			in->nr == 1 ? "is" : "are", in->nr, in->nr == 1 ? "" : "s");
		return QUIRE_EXIT_FAILED;
	}
	status = place_machines(in, argv);
	if (!status && symbols_open(&in->core, in->o.exe))
		status = QUIRE_EXIT_FAILED;
	if (status)
		return status;
	for (i = 0; i < in->nr; i++)
		if (in->machines[i].readable && dead_prepare(&in->machines[i].dead))
			in->status = QUIRE_EXIT_FAILED;
	if (in->o.json)
		return write_json(in->o.json, all_json(in)) ? QUIRE_EXIT_FAILED : in->status;
	if (!in->o.views.nr)
		show_process(&in->core);
	for (i = 0; i < in->nr; i++)
		if (in->machines[i].readable)
			show(in, i);
	return in->status;
}

int cmd_inspect(int argc, char **argv)
{
	static struct inspect in;
	int status = parse(&in.o, argc, argv);

	if (status >= 0)
		return status;
	status = run(&in, argv);
	core_close(&in.core);
	return end_output(status);
}
