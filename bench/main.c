/* SPDX-License-Identifier: MIT */
/*
 * bench/main.c - quire-bench: the command line, and which suite runs.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

static const struct suite {
	const char *name, *what;
	unsigned int (*run)(const struct bench_options *o);
} suites[] = {
	{ "page", "the page allocator beside the floor, ns per operation", suite_page },
	{ "slab", "objects beside user-space allocators and the floor, ns per pair", suite_slab },
	{ "xarray", "the XArray beside Judy and an array, ns per index", suite_xarray },
	{ "mmu", "page tables, TLB model and windows of the host, ns per operation", suite_mmu },
	{ "vm", "address spaces beside the host kernel, ns per page or call", suite_vm },
	{ "boot", "creating and destroying machines", suite_boot },
	{ "replay", "a recording's events, from memory and from its file", suite_replay },
};

#define NR_SUITES (sizeof(suites) / sizeof(suites[0]))

static void usage(FILE *to)
{
	unsigned int i;

	fputs("Usage: quire-bench SUITE [OPTION]...\n\nSuites:\n", to);
	for (i = 0; i < NR_SUITES; i++)
		fprintf(to, "  %-8s %s\n", suites[i].name, suites[i].what);
	fputs("\nOptions:\n"
	      "  --json             one JSON object a line, times in ns\n"
	      "  --workload NAME    this workload alone\n"
	      "  --runs N           samples per subject after a warm-up (15)\n"
	      "  --cpu N            host CPU to run on (the last one allowed)\n"
	      "  --recording DIR    what suite replay replays (traces/boot-up)\n"
	      "  --smoke            one short run of each workload: is all still in order?\n"
	      "  --help             this text\n",
	      to);
}

static unsigned int number(const char *option, const char *text, unsigned int least,
			   unsigned int most)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end || end == text || n < least || n > most)
		bench_die("--%s takes a number from %u to %u, not '%s'", option, least, most, text);
	return (unsigned int)n;
}

static void parse(int argc, char **argv, struct bench_options *o)
{
	enum { JSON = 1, WORKLOAD, RUNS, CPU, RECORDING, SMOKE, HELP };
	static const struct option options[] = {
		{ "json", 0, NULL, JSON },	     { "workload", 1, NULL, WORKLOAD },
		{ "runs", 1, NULL, RUNS },	     { "cpu", 1, NULL, CPU },
		{ "recording", 1, NULL, RECORDING }, { "smoke", 0, NULL, SMOKE },
		{ "help", 0, NULL, HELP },	     { NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (option) {
		case JSON:
			o->json = true;
			break;
		case WORKLOAD:
			o->workload = optarg;
			break;
		case RUNS:
			o->runs = number("runs", optarg, 1, BENCH_MAX_RUNS);
			break;
		case CPU:
			o->cpu = number("cpu", optarg, 0, 1023);
			break;
		case RECORDING:
			o->recording = optarg;
			break;
		case SMOKE:
			o->scale = 1000;
			o->runs = 1;
			break;
		case 'h':
		case HELP:
			usage(stdout);
			exit(0);
		default:
			fputs("See quire-bench --help.\n", stderr);
			exit(2);
		}
	}
	if (optind + 1 != argc) {
		usage(stderr);
		exit(2);
	}
	o->suite = argv[optind];
}

/*
 * Suite slab loads allocators at run time, and some want more static thread-local memory than
 * glibc keeps for that: it is asked for by an environment variable that only a new program reads.
 */
static void ask_for_tls(const char *suite, char **argv)
{
	if (strcmp(suite, "slab") || getenv("GLIBC_TUNABLES"))
		return;
	setenv("GLIBC_TUNABLES", "glibc.rtld.optional_static_tls=16384", 1);
	execv("/proc/self/exe", argv);
}

int main(int argc, char **argv)
{
	struct bench_options o = { .runs = 15,
				   .scale = 1,
				   .recording = QUIRE_RECORDINGS "/boot-up" };
	unsigned int cpus[1024], nr = bench_all_cpus(cpus, 1024), i;

	o.cpu = nr ? cpus[nr - 1] : 0;
	parse(argc, argv, &o);
	ask_for_tls(o.suite, argv);
	for (i = 0; i < NR_SUITES && strcmp(suites[i].name, o.suite); i++)
		;
	if (i == NR_SUITES) {
		fprintf(stderr, "quire-bench: no suite '%s'; see quire-bench --help\n", o.suite);
		return 2;
	}
	if (!bench_pin(o.cpu))
		bench_die("this process may not run on CPU %u", o.cpu);
	if (!suites[i].run(&o))
		bench_die("suite %s has no workload '%s'", o.suite, o.workload);
	return 0;
}
