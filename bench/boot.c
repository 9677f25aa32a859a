/* SPDX-License-Identifier: MIT */
/*
 * bench/boot.c - suite `boot`: creating and destroying whole machines.
 *
 *	workload       machine                                      goal
 *	tiny_64m       64 MiB, 1 node, contents                     1,000 a second
 *	book_64m       the same, book-keeping only
 *	book_64g       64 GiB, 1 node, book-keeping only            200 ms
 *	book_4t_8node  4 TiB on 8 nodes, 8 CPUs, book-keeping only  10 s within 20 GiB
 *
 * An operation is one create and destroy; CPU time, the kernel's included. The floor is
 * what no machine can do without: the memory map of contents, and the struct pages, touched
 * page by page, of the frames that struct pages themselves lie in, and all given back.
 */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include <quire/machine.h>

#include "bench.h"

#define MIB	    (1ull << 20)
#define GIB	    (1ull << 30)
#define FRAME	    4096u
#define STRUCT_PAGE 64u
#define MAX_NODES   8

/* struct workload - @times: machines in one sample; @max_runs: samples at most. */
struct workload {
	const char *name;
	u64 bytes;
	unsigned int nodes, times, max_runs;
	bool contents;
	double goal_ns, goal_gib;
};

static const struct workload workloads[] = {
	{ "tiny_64m", 64 * MIB, 1, 500, BENCH_MAX_RUNS, true, 1e6, 0 },
	{ "book_64m", 64 * MIB, 1, 500, BENCH_MAX_RUNS, false, 0, 0 },
	{ "book_64g", 64 * GIB, 1, 1, 5, false, 200e6, 0 },
	{ "book_4t_8node", 4096 * GIB, 8, 1, 1, false, 10e9, 20 },
};

static void describe(const struct workload *w, struct quire_machine_config *c,
		     struct quire_mem_range *ranges)
{
	static const struct quire_machine_config init = QUIRE_MACHINE_CONFIG_INIT;
	unsigned int i;

	*c = init;
	for (i = 0; i < w->nodes; i++)
		ranges[i] = (struct quire_mem_range){
			.start = i * (w->bytes / w->nodes),
			.end = (i + 1) * (w->bytes / w->nodes),
			.nid = i,
		};
	c->ranges = ranges;
	c->nr_ranges = c->nr_nodes = c->nr_cpus = w->nodes;
	c->contents = w->contents;
}

static double quire_sample(const struct workload *w, unsigned int times)
{
	struct quire_mem_range ranges[MAX_NODES];
	struct quire_machine_config c;
	double start = bench_thread_ns();
	struct quire_machine *m;
	unsigned int i;

	describe(w, &c, ranges);
	for (i = 0; i < times; i++) {
		if (quire_machine_create(&c, quire_host_port(), &m))
			bench_die("%s: the machine does not boot", w->name);
		quire_machine_destroy(m);
	}
	return (bench_thread_ns() - start) / times;
}

static void floor_once(const struct workload *w, const struct quire_port *port)
{
	size_t map_bytes = (size_t)(w->bytes / FRAME * STRUCT_PAGE), at;
	unsigned char *linear = w->contents ? port->frames_map(port->ctx, w->bytes, false) : NULL;
	unsigned char *map = port->reserve(port->ctx, map_bytes);

	if (!map || (w->contents && !linear))
		bench_die("%s: the port has no memory", w->name);
	for (at = 0; at < map_bytes / FRAME * STRUCT_PAGE; at += FRAME)
		map[at] = 1;
	port->release(port->ctx, map, map_bytes);
	if (linear)
		port->frames_unmap(port->ctx, linear, w->bytes);
}

static double floor_sample(const struct workload *w, unsigned int times)
{
	double start = bench_thread_ns();
	unsigned int i;

	for (i = 0; i < times; i++)
		floor_once(w, quire_host_port());
	return (bench_thread_ns() - start) / times;
}

static double peak_gib(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)usage.ru_maxrss * 1024 / (double)GIB;
}

static void print_text(const struct workload *w, struct bench_samples *quire,
		       struct bench_samples *least)
{
	double ns = bench_min(quire);

	printf("%-14s %12.3f %12.3f %12.3f %8.1fx", w->name, ns / 1e6, bench_median(quire) / 1e6,
	       bench_min(least) / 1e6, ns / bench_min(least));
	if (w->goal_ns > 0)
		printf("   goal %.0f ms%s", w->goal_ns / 1e6,
		       ns <= w->goal_ns ? ", met" : ", MISSED");
	if (w->goal_gib > 0)
		printf("; peak %.1f GiB, goal %.0f%s", peak_gib(), w->goal_gib,
		       peak_gib() <= w->goal_gib ? ", met" : ", MISSED");
	putchar('\n');
}

static void measure(const struct bench_options *o, const struct workload *full)
{
	struct bench_samples quire = { .nr = 0 }, least = { .nr = 0 };
	struct workload w = *full;
	unsigned int run, runs = o->runs < w.max_runs ? o->runs : w.max_runs;

	if (o->scale > 1) { /* only whether all is in order */
		w.times = 1;
		w.goal_ns = w.goal_gib = 0;
		w.bytes = w.bytes > 8 * GIB ? 8 * GIB : w.bytes;
	} else if (w.max_runs > 1) {
		quire_sample(&w, w.times); /* warm-up */
	}
	for (run = 0; run < runs; run++) {
		bench_add(&quire, quire_sample(&w, w.times));
		bench_add(&least, floor_sample(&w, w.times));
	}
	if (!o->json) {
		print_text(&w, &quire, &least);
		return;
	}
	bench_json(o, w.name, "quire", &quire);
	bench_json(o, w.name, "floor", &least);
}

unsigned int suite_boot(const struct bench_options *o)
{
	unsigned int i, n = 0;

	if (!o->json)
		printf("create and destroy, ms of CPU time\n%-14s %12s %12s %12s\n", "workload",
		       "min", "median", "floor");
	for (i = 0; i < ARRAY_SIZE(workloads); i++) {
		if (!bench_wanted(o, workloads[i].name))
			continue;
		measure(o, &workloads[i]);
		n++;
	}
	return n;
}
