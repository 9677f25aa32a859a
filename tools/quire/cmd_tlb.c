/* SPDX-License-Identifier: MIT */
/*
 * cmd_tlb.c - `quire tlb TRACE`: a program's accesses through page tables and TLB.
 *
 * 1. The trace is read whole, then run, so that the time that is told is that of the model.
 * 2. A page is mapped at its first access (counted as a page fault), readable, writable and
 *    executable, and the access is made again: as hardware walks once in vain and once with
 *    success.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include <quire/pgtable.h>
#include <quire/tlb.h>

#include "boot.h"
#include "commands.h"
#include "machine_file.h"
#include "trace/lackey.h"

static const char usage[] =
	"usage: quire tlb TRACE [OPTION]...\n"
	"\n"
	"Runs every memory access of a program through page tables and a model of the TLB, and\n"
	"counts what hits, what walks and what faults. TRACE is made by\n"
	"  valgrind --tool=lackey --trace-mem=yes --log-file=TRACE PROGRAM\n"
	"and may be compressed with gzip, zstd or xz; of a folder, its trace.txt is read.\n"
	"\n"
	"  --machine FILE    the machine; default: 1 GiB, 1 CPU, x86-64, TLB of a Skylake core\n"
	"  --set KEY=VALUE   change a value of the description; may be repeated (tlb.l2=[1024,8])\n"
	"  --json FILE       write the counts as JSON; - is standard output\n"
	"  --help            print this text\n"
	"\n"
	"Keys are described in man quire-machine.\n";

static const char default_machine[] = "name: tlb\n"
				      "nodes: [{memory: 1G, cpus: 1}]\n"
				      "mode: deterministic\n";

struct options {
	const char *trace, *machine, *json;
	struct word_list sets;
};

/* struct outcome - what a run counted. */
struct outcome {
	struct quire_tlb_stats s;
	uint64_t page_faults, ns;
};

enum { OPT_MACHINE = 1, OPT_SET, OPT_JSON };

static const struct option long_options[] = {
	{ "machine", required_argument, NULL, OPT_MACHINE },
	{ "set", required_argument, NULL, OPT_SET },
	{ "json", required_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int take_option(void *arg, int option)
{
	struct options *o = arg;

	switch (option) {
	case OPT_MACHINE:
		o->machine = optarg;
		return QUIRE_EXIT_OK;
	case OPT_SET:
		return add_word(&o->sets, "--set");
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
	static const struct command_line line = { "tlb", usage, ":", long_options, take_option };
	int status = read_options(&line, o, argc, argv);

	if (status < 0)
		status = read_operand(argc, argv, "TRACE", &o->trace);
	return status >= 0 ? status : check_output(o->json);
}

static int describe(const struct options *o, struct machine_file *file,
		    struct quire_machine_config *config)
{
	struct machine_error e;
	unsigned int i;
	int err;

	if (o->machine)
		err = machine_file_load(file, o->machine, &e);
	else
		err = machine_file_parse(file, "quire tlb", default_machine,
					 sizeof(default_machine) - 1, &e);
	if (!err)
		err = machine_file_set(file, "tlb.model=true", &e);
	for (i = 0; i < o->sets.nr && !err; i++)
		err = machine_file_set(file, o->sets.words[i], &e);
	if (!err)
		err = machine_file_config(file, config, &e);
	if (err) {
		fprintf(stderr, "quire: %s\n", e.text);
		return QUIRE_EXIT_USAGE;
	}
	if (!config->tlb.model)
		return misuse("the machine has no TLB: ", "tlb.model is false");
	return QUIRE_EXIT_OK;
}

/* --- the run -------------------------------------------------------------------- */

static int map_page(struct quire_pgtable *pt, unsigned long addr)
{
	const struct quire_mmu_format *f = pt->format;
	u64 prot = quire_mmu_set(quire_mmu_set(f->page, &f->user), &f->exec);
	struct page *page;
	pte_t *p;

	p = quire_pt_make(pt, addr, 0, GFP_KERNEL);
	page = p ? alloc_page(GFP_KERNEL) : NULL;
	if (!page)
		return -ENOMEM;
	prot = quire_mmu_mkwrite(f, prot);
	quire_set_pte(p, quire_mk_pte(f, page_to_pfn(page), (pgprot_t){ prot }));
	return 0;
}

/* An access in vain. Return: QUIRE_EXIT_OK: it has been made after all. */
static int serve_fault(struct quire_pgtable *pt, struct quire_tlb *t, uint64_t word)
{
	unsigned long addr = word >> 8;

	if (map_page(pt, addr)) {
		fputs("quire tlb: out of memory: give the machine more (nodes[0].memory)\n",
		      stderr);
		return QUIRE_EXIT_FAILED;
	}
	if (quire_tlb_access(t, addr, word & 0xff) != QUIRE_TLB_FAULT)
		return QUIRE_EXIT_OK;
	fprintf(stderr, "quire tlb: address %lx cannot be reached with these page tables\n", addr);
	return QUIRE_EXIT_FAILED;
}

static int run_accesses(const struct lackey_trace *trace, struct quire_pgtable *pt,
			struct quire_tlb *t, struct outcome *out)
{
	int status = QUIRE_EXIT_OK;
	size_t i;

	quire_tlb_load(t, pt->tlb);
	for (i = 0; i < trace->nr && !status; i++) {
		uint64_t word = trace->words[i];

		if (quire_tlb_access(t, word >> 8, word & 0xff) == QUIRE_TLB_FAULT) {
			out->page_faults++;
			status = serve_fault(pt, t, word);
		}
	}
	quire_tlb_load(t, NULL);
	return status;
}

static int run(const struct quire_machine_config *config, const struct lackey_trace *trace,
	       struct outcome *out)
{
	struct quire_pgtable pt;
	struct boot boot;
	int status = QUIRE_EXIT_FAILED;

	if (boot_machine(&boot, config, NULL))
		return status;
	if (!quire_pgtable_init(&pt)) {
		const struct quire_port *port = quire_host_port();
		uint64_t begin = port->clock_ns(port->ctx);

		status = run_accesses(trace, &pt, quire_tlb_of(boot.machine, 0), out);
		out->ns = port->clock_ns(port->ctx) - begin;
		quire_tlb_stats(boot.machine, 0, &out->s);
	}
	boot_end(&boot); /* with all its pages */
	return status;
}

/* --- what came of it --------------------------------------------------------------- */

static double per_second(const struct lackey_trace *trace, const struct outcome *out)
{
	return out->ns ? (double)trace->nr * 1e9 / (double)out->ns : 0;
}

static void print(const struct options *o, const struct quire_machine_config *config,
		  const struct lackey_trace *trace, const struct outcome *out)
{
	double all = trace->nr ? (double)trace->nr : 1;
	unsigned int i;

	printf("%s: %zu accesses: %" PRIu64 " instructions, %" PRIu64 " loads, %" PRIu64
	       " stores\n",
	       o->trace, trace->nr, trace->instructions, trace->loads, trace->stores);
	for (i = 0; i < QUIRE_NR_TLB_UNITS; i++) {
		const unsigned int *unit = config->tlb.units[i];

		if (!unit[0])
			continue;
		printf("  %-9s %5u entries, %2u ways: %12" PRIu64 " hits  %8.4f %%\n",
		       quire_tlb_unit_name(i), unit[0], unit[1], out->s.hits[i],
		       100 * (double)out->s.hits[i] / all);
	}
	printf("  walks %" PRIu64 ", %" PRIu64 " entries of tables read; %" PRIu64
	       " entries refused\n",
	       out->s.walks, out->s.walk_refs, out->s.refused);
	printf("  page faults %" PRIu64 "\n", out->page_faults);
	printf("  %.1f million accesses/s\n", per_second(trace, out) / 1e6);
}

static json_t *json_of(const struct options *o, const struct lackey_trace *trace,
		       const struct outcome *out)
{
	json_t *hits = json_object();
	unsigned int i;

	for (i = 0; i < QUIRE_NR_TLB_UNITS; i++)
		json_object_set_new(hits, quire_tlb_unit_name(i),
				    json_integer((json_int_t)out->s.hits[i]));
	return json_pack(
		"{s:s, s:I, s:I, s:I, s:I, s:o, s:I, s:I, s:I, s:I, s:I, s:f}", "trace", o->trace,
		"accesses", (json_int_t)trace->nr, "instructions", (json_int_t)trace->instructions,
		"loads", (json_int_t)trace->loads, "stores", (json_int_t)trace->stores, "hits",
		hits, "walks", (json_int_t)out->s.walks, "walk_refs", (json_int_t)out->s.walk_refs,
		"refused", (json_int_t)out->s.refused, "page_faults", (json_int_t)out->page_faults,
		"ns", (json_int_t)out->ns, "accesses_per_s", per_second(trace, out));
}

/* In a folder, the trace is its trace.txt, compressed or not. @file: room for its path. */
static const char *file_of(const char *path, char *file, size_t size)
{
	static const char *const names[] = { "", ".zst", ".gz", ".xz" };
	struct stat st;
	size_t i;

	if (stat(path, &st) || !S_ISDIR(st.st_mode))
		return path;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(file, size, "%s/trace.txt%s", path, names[i]);
		if (!access(file, F_OK))
			return file;
	}
	fprintf(stderr, "quire tlb: %s: a folder without a trace.txt, .zst, .gz or .xz in it\n",
		path);
	return NULL;
}

static int read_trace(const char *given, unsigned int page_shift, struct lackey_trace *trace)
{
	char file[4096];
	const char *path = file_of(given, file, sizeof(file));
	int err;

	if (!path)
		return QUIRE_EXIT_FAILED;
	err = lackey_read(trace, path, page_shift);

	if (err) {
		fprintf(stderr, "quire: %s: %s\n", path,
			err == -EINVAL ? "damaged compressed data" : strerror(-err));
		return QUIRE_EXIT_FAILED;
	}
	if (trace->bad_lines)
		fprintf(stderr,
			"quire: %s:%" PRIu64 ": not a line of lackey's; %" PRIu64
			" such lines left out\n",
			path, trace->first_bad, trace->bad_lines);
	if (trace->truncated)
		fprintf(stderr, "quire: %s: the file ends in the middle\n", path);
	if (trace->nr)
		return QUIRE_EXIT_OK;
	fprintf(stderr,
		"quire: %s: no accesses: is it a trace of valgrind --tool=lackey "
		"--trace-mem=yes?\n",
		path);
	return QUIRE_EXIT_FAILED;
}

static int run_and_tell(const struct options *o, const struct quire_machine_config *config)
{
	struct lackey_trace trace = { .words = NULL };
	struct outcome out = { .page_faults = 0 };
	int status = read_trace(o->trace, config->page_shift, &trace);

	if (!status)
		status = run(config, &trace, &out);
	if (!status && !is_stdout(o->json))
		print(o, config, &trace, &out);
	if (!status && o->json)
		status = write_json(o->json, json_of(o, &trace, &out));
	lackey_free(&trace);
	return status;
}

int cmd_tlb(int argc, char **argv)
{
	struct quire_machine_config config = QUIRE_MACHINE_CONFIG_INIT;
	struct options o = { 0 };
	struct machine_file *file;
	int status = parse(&o, argc, argv);

	if (status >= 0)
		return status;
	file = machine_file_new();
	status = describe(&o, file, &config);
	if (!status)
		status = run_and_tell(&o, &config);
	machine_file_free(file);
	return end_output(status);
}
