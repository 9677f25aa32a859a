/* SPDX-License-Identifier: MIT */
/*
 * kunit_options.c - the command line of a test program.
 *
 * NAME=VALUE arguments are module parameters; a plain word is SUITE or SUITE.CASE.
 */
#include "kunit_internal.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_USAGE	2
#define DEFAULT_TIMEOUT 30
#define DEFAULT_MAX_NTH 100000

struct kunit_options kunit_options;

static const char usage[] =
	"usage: %s [OPTION]... [SUITE | SUITE.CASE] [PARAMETER=VALUE]...\n"
	"\n"
	"Runs the KUnit suites of this program and prints KTAP. Names may be patterns "
	"(list*.del_?).\n"
	"\n"
	"  --filter=SUITE.CASE   the same as the word SUITE.CASE\n"
	"  --list                print the names of the cases and run nothing\n"
	"  --isolate             each case in its own process on a fresh machine\n"
	"  --jobs=N              that many processes at once (default: the number of CPUs)\n"
	"  --timeout=SECONDS     end a process after that time (default: 30; 0: never)\n"
	"  --strict              reports of corruption fail the case (needs nothing else)\n"
	"  --leaks               slab objects that outlive the case fail it\n"
	"  --fail-nth            fail each allocation of each case in turn, implies --isolate\n"
	"  --fail-nth=N          fail the N-th allocation alone\n"
	"  --fail-nth-max=N      the highest N to try (default: 100000)\n"
	"  --again=COMMAND       what a failing case is told to be run again with\n"
	"  --help                print this text\n"
	"\n"
	"Exit status: 0 nothing failed, 1 something failed, 2 wrong command line.\n";

enum {
	OPT_FILTER = 1,
	OPT_LIST,
	OPT_ISOLATE,
	OPT_JOBS,
	OPT_TIMEOUT,
	OPT_STRICT,
	OPT_LEAKS,
	OPT_NTH,
	OPT_MAX_NTH,
	OPT_AGAIN,
};

static const struct option long_options[] = {
	{ "filter", required_argument, NULL, OPT_FILTER },
	{ "list", no_argument, NULL, OPT_LIST },
	{ "isolate", no_argument, NULL, OPT_ISOLATE },
	{ "jobs", required_argument, NULL, OPT_JOBS },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "strict", no_argument, NULL, OPT_STRICT },
	{ "leaks", no_argument, NULL, OPT_LEAKS },
	{ "fail-nth", optional_argument, NULL, OPT_NTH },
	{ "fail-nth-max", required_argument, NULL, OPT_MAX_NTH },
	{ "again", required_argument, NULL, OPT_AGAIN },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int misuse(const char *program, const char *what, const char *text)
{
	fprintf(stderr, "%s: %s%s (see --help)\n", program, what, text);
	return EXIT_USAGE;
}

/* SUITE or SUITE.CASE; a second one is an error. */
static bool take_filter(const char *word)
{
	char *suites, *dot;

	if (kunit_options.suites)
		return false;
	suites = strdup(word);
	if (!suites)
		abort();
	dot = strchr(suites, '.');
	if (dot)
		*dot = '\0';
	kunit_options.suites = suites;
	kunit_options.cases = dot ? dot + 1 : NULL;
	return true;
}

static bool number(const char *text, u64 min, u64 max, u64 *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	return isdigit((unsigned char)*text) && !*end && !errno && *value >= min && *value <= max;
}

/* Return: what was wrong, or NULL. */
static const char *take_number(int option, const char *text)
{
	struct kunit_options *o = &kunit_options;
	u64 value = 0;

	if (option == OPT_JOBS) {
		if (!number(text, 1, 64, &value))
			return "--jobs takes 1 to 64, not ";
		o->jobs = (unsigned int)value;
	} else if (option == OPT_TIMEOUT) {
		if (!number(text, 0, 1000000, &value))
			return "--timeout takes seconds, not ";
		o->timeout = (unsigned int)value;
	} else if (option == OPT_MAX_NTH) {
		if (!number(text, 1, ~(u64)0 - 2, &o->max_nth))
			return "--fail-nth-max takes a number, not ";
	} else if (!number(text, 1, ~(u64)0 - 2, &o->nth)) {
		return "--fail-nth takes a number from 1, not ";
	}
	return NULL;
}

static const char *take_option(int option, const char *value)
{
	struct kunit_options *o = &kunit_options;

	switch (option) {
	case OPT_FILTER:
		return take_filter(value) ? NULL : "one filter only, not also ";
	case OPT_LIST:
		o->list = true;
		return NULL;
	case OPT_ISOLATE:
		o->isolate = true;
		return NULL;
	case OPT_STRICT:
		o->strict = true;
		return NULL;
	case OPT_LEAKS:
		o->leaks = true;
		return NULL;
	case OPT_AGAIN:
		o->again = value;
		return NULL;
	case OPT_NTH:
		o->isolate = true;
		if (value)
			return take_number(option, value);
		o->sweep = true;
		return NULL;
	default:
		return take_number(option, value);
	}
}

static void defaults(char **argv)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	kunit_options = (struct kunit_options){
		.again = argv[0],
		.jobs = cpus < 1    ? 1
			: cpus > 64 ? 64
				    : (unsigned int)cpus,
		.timeout = DEFAULT_TIMEOUT,
		.max_nth = DEFAULT_MAX_NTH,
	};
}

int kunit_read_options(int argc, char **argv)
{
	const char *wrong;
	int option;

	defaults(argv);
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":h", long_options, NULL)) != -1) {
		if (option == 'h') {
			printf(usage, argv[0]);
			return 0;
		}
		if (option == '?' || option == ':')
			return misuse(argv[0],
				      option == '?' ? "no such option: " : "a value is missing: ",
				      argv[optind - 1]);
		wrong = take_option(option, optarg);
		if (wrong)
			return misuse(argv[0], wrong, optarg);
	}
	for (; optind < argc && !strchr(argv[optind], '='); optind++)
		if (!take_filter(argv[optind]))
			return misuse(argv[0], "one filter only, not also ", argv[optind]);
	kunit_options.module_argc = argc - optind;
	kunit_options.module_argv = argv + optind;
	return -1;
}
