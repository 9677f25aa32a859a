/* SPDX-License-Identifier: MIT */
/*
 * cmd_test.c - `quire test FILE.c...`: compiles kernel code with its KUnit suites and runs them.
 *
 * 1. The test program (test_build.c) has a runner of its own (compat/lib/kunit_main.c): it
 *    forks a process for each case, makes a fresh machine there, prints KTAP. Here are the
 *    options, the build, the environment of the program, and the clean-up.
 * 2. Settings of the machines reach the program through QUIRE_SET. SLUB debugging and page_poison
 *    are on unless they were set.
 * 3. The runner is told the command line that made it, for the lines that run one case again.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "run.h"
#include "test_build.h"

#define DEFAULT_DEBUG "FZPU"

static const char usage[] =
	"usage: quire test [OPTION]... FILE.c... [PARAMETER=VALUE]...\n"
	"\n"
	"Compiles kernel code and its KUnit suites for this host, runs each case in its own "
	"process\n"
	"on a fresh machine, and prints KTAP. Found are also: slab overruns and uses after free\n"
	"(SLUB debugging), leaked objects, what the host's sanitizers find, crashes, hangs.\n"
	"Modules are started before the suites, with these parameters, and stopped behind them.\n"
	"Modules without suites are watched as a case is; an init that returns a negative number\n"
	"other than -EAGAIN fails.\n"
	"\n"
	"  -f, --filter SUITE.CASE   only these; patterns allowed; .CASE may be left out\n"
	"      --list                print the names of the cases\n"
	"      --fail-nth[=N]        fail each allocation of each case in turn, or only the N-th, "
	"and\n"
	"                            print what crashes, leaks or is reported\n"
	"      --timeout SECONDS     end a case after that time (default: 30; 0: never)\n"
	"  -j, --jobs N              that many processes at once (default: the number of CPUs)\n"
	"      --slub-debug FLAGS    SLUB debugging, as the kernel's slub_debug= (default: FZPU; "
	"-: off)\n"
	"      --set KEY=VALUE       a setting of the machines: memory, cpus, nodes, slab ... "
	"(man\n"
	"                            quire-test; other names than in a machine file); may be "
	"repeated\n"
	"      --allow-leaks         leaked objects do not fail a case\n"
	"      --allow-reports       reports of corruption do not fail a case\n"
	"      --cc CC               the compiler (default: $CC, cc, gcc, clang)\n"
	"      --no-sanitize         without the host's AddressSanitizer and UBSan\n"
	"  -D NAME[=VALUE], -I DIR, -O LEVEL\n"
	"                            passed on to the compiler\n"
	"      --cflag FLAG          any other flag for the compiler\n"
	"      --keep                keep objects and program, and say where\n"
	"      --verbose             show the commands\n"
	"  -h, --help                print this text\n"
	"\n"
	"Exit status: 0 all passed, 1 something failed or does not compile, 2 wrong command line,\n"
	"130 stopped by Ctrl-C.\n";

struct options {
	struct test_build build;
	struct run_args run; /* of the test program */
	char again[4096];    /* the command line, to run one case again */
	char set[4096];	     /* QUIRE_SET */
	const char *debug;
	bool keep, sweep, allow_leaks, allow_reports;
	char texts[64][300]; /* options for the program and the compiler, put together */
	unsigned int nr_texts;
};

enum {
	OPT_LIST = 1,
	OPT_NTH,
	OPT_TIMEOUT,
	OPT_DEBUG,
	OPT_SET,
	OPT_LEAKS,
	OPT_REPORTS,
	OPT_CC,
	OPT_NO_SANITIZE,
	OPT_CFLAG,
	OPT_KEEP,
	OPT_VERBOSE,
};

static const struct option long_options[] = {
	{ "filter", required_argument, NULL, 'f' },
	{ "list", no_argument, NULL, OPT_LIST },
	{ "fail-nth", optional_argument, NULL, OPT_NTH },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "jobs", required_argument, NULL, 'j' },
	{ "slub-debug", required_argument, NULL, OPT_DEBUG },
	{ "set", required_argument, NULL, OPT_SET },
	{ "allow-leaks", no_argument, NULL, OPT_LEAKS },
	{ "allow-reports", no_argument, NULL, OPT_REPORTS },
	{ "cc", required_argument, NULL, OPT_CC },
	{ "no-sanitize", no_argument, NULL, OPT_NO_SANITIZE },
	{ "cflag", required_argument, NULL, OPT_CFLAG },
	{ "keep", no_argument, NULL, OPT_KEEP },
	{ "verbose", no_argument, NULL, OPT_VERBOSE },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* --- options --------------------------------------------------------------------------------- */

/* @a and @b, joined, for as long as @o lives. NULL: no room. */
static const char *join(struct options *o, const char *a, const char *b)
{
	char *text = o->texts[o->nr_texts];

	if (o->nr_texts == sizeof(o->texts) / sizeof(o->texts[0]) ||
	    strlen(a) + strlen(b) >= sizeof(o->texts[0]))
		return NULL;
	o->nr_texts++;
	return strcat(strcpy(text, a), b);
}

static int pass_on(struct options *o, const char *name, const char *value)
{
	const char *text = join(o, name, value);

	if (!text)
		return misuse("too many options, or too long a value: ", value);
	run_add(&o->run, text);
	return QUIRE_EXIT_OK;
}

static int take_flag(struct options *o, const char *letter, const char *value)
{
	const char *text = join(o, letter, value);

	if (!text || o->build.nr_flags == TEST_MAX_FLAGS)
		return misuse("too many options, or too long a value: ", value);
	o->build.flags[o->build.nr_flags++] = text;
	return QUIRE_EXIT_OK;
}

static int take_number(struct options *o, const char *name, unsigned long max)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(optarg, &end, 10);
	if (errno || *end || end == optarg || *optarg == '-' || value > max ||
	    (!value && strcmp(name, "--timeout="))) {
		fprintf(stderr, "quire test: %s%s: not a number from %d to %lu\n", name, optarg,
			strcmp(name, "--timeout=") ? 1 : 0, max);
		return QUIRE_EXIT_USAGE;
	}
	if (!strcmp(name, "--jobs="))
		o->build.jobs = (unsigned int)value;
	return pass_on(o, name, optarg);
}

static int take_nth(struct options *o)
{
	if (optarg)
		return take_number(o, "--fail-nth=", ~0ul - 2);
	o->sweep = true;
	run_add(&o->run, "--fail-nth");
	return QUIRE_EXIT_OK;
}

static int take_set(struct options *o, const char *assignment)
{
	size_t n = strlen(o->set);

	if (!strchr(assignment, '='))
		return misuse("--set takes KEY=VALUE, not ", assignment);
	if (n + strlen(assignment) + 2 > sizeof(o->set))
		return misuse("too many of --set", "");
	snprintf(o->set + n, sizeof(o->set) - n, "%s%s", n ? "," : "", assignment);
	return QUIRE_EXIT_OK;
}

static int take_build_option(struct options *o, int option)
{
	char letter[] = { '-', (char)option, '\0' };

	switch (option) {
	case 'D':
	case 'I':
	case 'O':
		return take_flag(o, letter, optarg);
	case OPT_CFLAG:
		return take_flag(o, "", optarg);
	case OPT_CC:
		o->build.cc = optarg;
		return QUIRE_EXIT_OK;
	case OPT_NO_SANITIZE:
		o->build.sanitize = false;
		return QUIRE_EXIT_OK;
	case OPT_VERBOSE:
		o->build.verbose = true;
		return QUIRE_EXIT_OK;
	case OPT_KEEP:
		o->keep = true;
		return QUIRE_EXIT_OK;
	default:
		return QUIRE_EXIT_USAGE;
	}
}

static int take_option(void *arg, int option)
{
	struct options *o = arg;

	switch (option) {
	case 'f':
		return pass_on(o, "--filter=", optarg);
	case OPT_LIST:
		return pass_on(o, "--list", "");
	case OPT_NTH:
		return take_nth(o);
	case OPT_TIMEOUT:
		return take_number(o, "--timeout=", 1000000);
	case 'j':
		return take_number(o, "--jobs=", 64);
	case OPT_DEBUG:
		o->debug = optarg;
		return QUIRE_EXIT_OK;
	case OPT_SET:
		return take_set(o, optarg);
	case OPT_LEAKS:
		o->allow_leaks = true;
		return QUIRE_EXIT_OK;
	case OPT_REPORTS:
		o->allow_reports = true;
		return QUIRE_EXIT_OK;
	default:
		return take_build_option(o, option);
	}
}

/* --- the command line again ------------------------------------------------------------------- */

static bool plain(const char *word)
{
	return *word && !word[strcspn(word, " \t\n\"'\\$`*?[]{}()<>|&;~#!")];
}

/*
 * The command without what the runner adds itself: --filter and --fail-nth. Options and their
 * values stay as they were written.
 */
static void remember_command(struct options *o, int argc, char **argv)
{
	static const char *const dropped[] = { "-f", "--filter" };
	size_t n = (size_t)snprintf(o->again, sizeof(o->again), "--again=quire test");
	int i;

	for (i = 1; i < argc && n < sizeof(o->again); i++) {
		const char *quote = plain(argv[i]) ? "" : "'";

		if (!strcmp(argv[i], dropped[0]) || !strcmp(argv[i], dropped[1])) {
			i++;
			continue;
		}
		if (!strncmp(argv[i], "--filter=", 9) || !strncmp(argv[i], "--fail-nth", 10) ||
		    !strncmp(argv[i], "-f", 2))
			continue;
		n += (size_t)snprintf(o->again + n, sizeof(o->again) - n, " %s%s%s", quote, argv[i],
				      quote);
	}
}

/* --- running ----------------------------------------------------------------------------- */

static void default_env(const char *name, const char *value)
{
	setenv(name, value, 0);
}

/*
 * Pages that are freed get a pattern, too, unless the user has something else to do with them: it
 * takes the place of init_on_free.
 */
static int set_page_poison(struct options *o)
{
	const char *old = getenv("QUIRE_SET");

	if (!strcmp(o->debug, "-") || strstr(o->set, "page_poison=") ||
	    strstr(o->set, "init_on_free=") ||
	    (old && (strstr(old, "page_poison=") || strstr(old, "init_on_free="))))
		return 0;
	return take_set(o, "page_poison=true");
}

/* Is anything compiled with AddressSanitizer? The library alone may be, in its developers' builds.
 */
static bool watched(const struct options *o)
{
	unsigned int i;

	for (i = 0; !o->build.sanitize && i < o->build.nr_flags; i++)
		if (strstr(o->build.flags[i], "-fsanitize=") &&
		    strstr(o->build.flags[i], "address"))
			return true;
	return o->build.sanitize;
}

static int set_environment(struct options *o)
{
	char debug[300], all[8192];
	int ret = set_page_poison(o);

	if (!ret && !watched(o) && !strstr(o->set, "asan="))
		ret = take_set(o, "asan=false");
	if (!ret && strcmp(o->debug, "-")) {
		snprintf(debug, sizeof(debug), "slub_debug=%s", o->debug);
		ret = take_set(o, debug);
	}
	if (*o->set) {
		const char *old = getenv("QUIRE_SET");

		snprintf(all, sizeof(all), "%s%s%s", old ? old : "", old && *old ? "," : "",
			 o->set);
		setenv("QUIRE_SET", all, 1);
	}
	default_env("ASAN_OPTIONS", "detect_leaks=0:allocator_may_return_null=1:print_legend=0");
	/* A sweep shows one line of each ending; stacks cost a second each. */
	default_env("UBSAN_OPTIONS", o->sweep ? "print_stacktrace=0" : "print_stacktrace=1");
	return ret;
}

static int run_tests(struct options *o)
{
	int status;
	pid_t pid;

	if (!o->allow_reports)
		run_add(&o->run, "--strict");
	if (!o->allow_leaks)
		run_add(&o->run, "--leaks");
	run_add(&o->run, "--isolate");
	run_add(&o->run, o->again);
	o->run.argv[0] = o->build.program;
	if (o->build.verbose)
		run_show(&o->run);
	pid = run_start(&o->run, -1);
	if (pid < 0) {
		fprintf(stderr, "quire test: cannot start the tests: %s\n", strerror((int)-pid));
		return QUIRE_EXIT_FAILED;
	}
	status = run_wait(pid);
	if (status > 128 && status != QUIRE_EXIT_STOPPED) {
		fprintf(stderr, "quire test: the test program crashed outside of any case: %s\n",
			strsignal(status - 128));
		return QUIRE_EXIT_FAILED;
	}
	return status;
}

static volatile sig_atomic_t stopped;

/* Ctrl-C ends compilers and tests, which have no handler; we clean up. */
static void on_interrupt(int sig)
{
	stopped = 1;
}

static int build_and_run(struct options *o)
{
	struct sigaction action = { .sa_handler = on_interrupt, .sa_flags = SA_RESTART };
	int ret;

	sigaction(SIGINT, &action, NULL);
	ret = test_build(&o->build);

	if (!ret)
		ret = set_environment(o);
	if (!ret)
		ret = run_tests(o);
	if (o->keep && *o->build.dir)
		fprintf(stderr, "quire test: kept in %s\n", o->build.dir);
	else
		test_build_remove(&o->build);
	return stopped ? QUIRE_EXIT_STOPPED : ret;
}

/* NAME=VALUE sets a parameter of a module; it goes behind the options of the program. */
static bool is_parameter(const char *word)
{
	size_t n = strlen(word);

	return strchr(word, '=') && (n < 2 || strcmp(word + n - 2, ".c"));
}

static int take_sources(struct options *o, int argc, char **argv)
{
	for (; optind < argc; optind++) {
		if (is_parameter(argv[optind])) {
			run_add(&o->run, argv[optind]);
			continue;
		}
		if (o->build.nr_sources == TEST_MAX_SOURCES)
			return misuse("too many files", "");
		o->build.sources[o->build.nr_sources++] = argv[optind];
	}
	if (!o->build.nr_sources)
		return misuse("no FILE.c given", "");
	return QUIRE_EXIT_OK;
}

int cmd_test(int argc, char **argv)
{
	static const struct command_line line = { "test", usage, ":f:j:D:I:O:h", long_options,
						  take_option };
	static struct options o; /* 100 KiB: not on the stack */
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	int status;

	o.build.sanitize = true;
	o.build.jobs = cpus < 1 ? 1 : (unsigned int)cpus;
	o.debug = DEFAULT_DEBUG;
	run_add(&o.run, "");
	remember_command(&o, argc, argv);
	status = read_options(&line, &o, argc, argv);
	if (status >= 0)
		return status;
	status = take_sources(&o, argc, argv);
	return status ? status : build_and_run(&o);
}
