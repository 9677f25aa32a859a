/* SPDX-License-Identifier: MIT */
/*
 * bench/page.c - suite page: which workloads there are, turns of the subjects, the table.
 *
 * 1. Each workload has a machine of its own, so that its result does not hang on what ran
 *    before it. A first run warms up and checks what was allocated; it is not counted.
 * 2. Then floor and Quire take turns, as often as --runs says; a workload of two threads has
 *    a third subject, Quire on one thread of the same machine.
 * 3. At the end each machine's zones are validated, and every frame must have come back.
 *
 * The peers of pages (LLFree; Linux's own allocator in user-mode Linux) are not packaged by
 * Debian: their figures in the table were measured elsewhere, and stand as constants below.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "page.h"
#include "page_threads.h"

static const struct page_workload workloads[] = {
	{ "same_o0", SAME, 0, 1, 1000000, 1, { 8, 2.5, 51, 26 } },
	{ "same_o3", SAME, 3, 1, 1000000, 1, { 10, 0, 51, 34 } },
	{ "same_o9", SAME, 9, 1, 1000000, 1, { 16, 5, 47, 696 } },
	{ "batch128_o0", BATCH, 0, 128, 8000, 1, { 8, 2.5, 51, 26 } },
	{ "batch128_o3", BATCH, 3, 128, 8000, 1, { 10, 0, 51, 34 } },
	{ "batch16_o9", BATCH, 9, 16, 32000, 1, { 16, 5, 50, 812 } },
	{ "fill50_o0", FILL, 0, ARENA_FRAMES / 2, 4, 1, { 10, 0, 52, 42 } },
	{ "rfree50_o0", RANDOM_FREE, 0, ARENA_FRAMES / 2, 1, 1, { 14, 0, 54, 0 } },
	{ "mix_o0_3", MIX, 0, 1, 1000000, 1, { 12, 4, 44, 30 } },
	{ "bulk64", BULK_ALLOC, 0, 1, 500, 1, { 2, 0, 0, 15.5 } },
	{ "bulk64_free", BULK_FREE, 0, 1, 500, 1, { 0, 0, 0, 0 } },
	{ "bulk64_pair", BULK_PAIR, 0, 1, 8000, 1, { 0, 0, 0, 0 } },
	{ "2thr_same_o0", SAME, 0, 1, 1000000, 2, { 0, 0, 51, 0 } },
	{ "2thr_batch128_o0", BATCH, 0, 128, 8000, 2, { 0, 0, 51, 0 } },
};

#define NR_WORKLOADS (sizeof(workloads) / sizeof(workloads[0]))

/** struct results - of one workload; @one: two-thread workloads, Quire on one thread. */
struct results {
	struct bench_samples floor, quire, one;
};

static void check_block(struct page_run *r, const struct page *page, unsigned int order)
{
	unsigned long frame = (unsigned long)(page - r->base), i;

	if (frame >= FLOOR_FRAMES || frame & ((1ul << order) - 1))
		bench_die("suite page: frame %#lx is not a block of order %u", frame, order);
	for (i = frame; i < frame + (1ul << order); i++) {
		if (r->seen[i / 64] & 1ul << i % 64)
			bench_die("suite page: frame %#lx was handed out twice", i);
		r->seen[i / 64] |= 1ul << i % 64;
	}
}

void page_check(struct page_run *r, unsigned int nr, const unsigned char *orders,
		unsigned int order)
{
	unsigned int i;

	memset(r->seen, 0, sizeof(r->seen));
	for (i = 0; i < nr; i++)
		if (r->held[i] || !orders)
			check_block(r, r->held[i], orders ? orders[i] : order);
}

static void *grab(size_t bytes)
{
	void *p = calloc(1, bytes);

	if (!p)
		bench_die("out of memory");
	return p;
}

struct page_run *page_run_new(unsigned int scale, void *ctx, struct page *base)
{
	struct page_run *r = grab(sizeof(*r));
	unsigned int i, other, swap;

	r->held = grab(ARENA_FRAMES / 2 * sizeof(*r->held));
	r->orders = grab(MIX_SLOTS);
	r->shuffled = grab(ARENA_FRAMES / 2 * sizeof(*r->shuffled));
	r->scale = scale;
	r->ctx = ctx;
	r->base = base;
	r->rng = 1;
	r->clock_ns = bench_clock_cost();
	for (i = 0; i < ARENA_FRAMES / 2; i++) {
		r->rng = r->rng * 1664525u + 1013904223u;
		other = (unsigned int)((unsigned long)r->rng * (i + 1) >> 32);
		swap = r->shuffled[other];
		r->shuffled[other] = i;
		if (other != i)
			r->shuffled[i] = swap;
	}
	return r;
}

void page_run_delete(struct page_run *r)
{
	free(r->held);
	free(r->orders);
	free(r->shuffled);
	free(r);
}

static void run_one_thread(const struct bench_options *o, const struct page_workload *w,
			   struct results *res)
{
	struct quire_machine *m = page_machine_new(1);
	struct page_run *quire, *floor;
	void *stacks = page_floor_new();
	unsigned int i;

	if (quire_cpu_enter(m, 0))
		bench_die("cannot enter CPU 0 of the machine");
	quire = page_run_new(o->scale, NULL, quire_this_cpu->mem_map);
	floor = page_run_new(o->scale, stacks, (struct page *)sizeof(struct page));
	for (i = 0; i <= o->runs; i++) {
		double f, q;

		quire->check = floor->check = !i;
		f = page_floor_run(floor, w);
		q = page_quire_run(quire, w);
		if (i) {
			bench_add(&res->floor, f);
			bench_add(&res->quire, q);
		}
	}
	page_floor_empty(floor);
	page_quire_empty(quire);
	quire_cpu_leave();
	page_machine_delete(m);
	page_run_delete(quire);
	page_run_delete(floor);
	page_floor_delete(stacks);
}

static void run_two_threads(const struct bench_options *o, const struct page_workload *w,
			    struct results *res)
{
	struct page_threads t;
	unsigned int i;

	page_threads_start(&t, o, w);
	for (i = 0; i <= o->runs; i++) {
		double f = page_threads_run(&t, 2, page_floor_run, !i);
		double one = page_threads_run(&t, 1, page_quire_run, !i);
		double two = page_threads_run(&t, 2, page_quire_run, !i);

		if (i) {
			bench_add(&res->floor, f);
			bench_add(&res->one, one);
			bench_add(&res->quire, two);
		}
	}
	page_threads_stop(&t);
}

static const char *figure(char *text, size_t size, double ns, const char *unit)
{
	if (ns > 0)
		snprintf(text, size, "%.*f%s", ns < 100 ? 1 : 0, ns, unit);
	else
		snprintf(text, size, "-");
	return text;
}

static void table_head(void)
{
	puts("ns per allocation with its free (mix: per operation; bulk64: per page); min of the "
	     "runs");
	puts("                        -- this run ------------------------------------   goal   "
	     "elsewhere *");
	puts("workload                 quire  median    max   floor  quire/floor              "
	     "LLFree   6.1");
}

static void table_row(const struct page_workload *w, struct results *res)
{
	double q = bench_min(&res->quire), f = bench_min(&res->floor), goal = w->ref.goal;
	char goal_text[16], llfree[16], linux_buddy[16];
	const char *verdict = "";

	if (res->one.nr)
		goal = 1.1 * bench_min(&res->one);
	if (goal > 0)
		verdict = q <= goal ? "met" : "missed";
	printf("%-22s %7.2f %7.2f %6.1f %7.2f %9.1fx %9s %-6s %6s %6s\n", w->name, q,
	       bench_median(&res->quire), bench_max(&res->quire), f, q / f,
	       figure(goal_text, sizeof(goal_text), goal, ""), verdict,
	       figure(llfree, sizeof(llfree), w->ref.llfree, ""),
	       figure(linux_buddy, sizeof(linux_buddy), w->ref.linux_buddy, ""));
	if (res->one.nr)
		printf("%-22s %7.2f %7.2f %6.1f\n", "  one thread of the two", bench_min(&res->one),
		       bench_median(&res->one), bench_max(&res->one));
	fflush(stdout);
}

static void table_foot(void)
{
	puts("* LLFree in C, and Linux 6.1's own allocator in user-mode Linux on one CPU: measured "
	     "on a\n"
	     "  machine of the same kind, not in this run; neither is packaged by Debian.\n"
	     "  2thr: CPU time per thread, mean of both; goal: 1.10 times one thread of the same "
	     "machine.");
}

static void report(const struct bench_options *o, const struct page_workload *w,
		   struct results *res)
{
	if (!o->json) {
		table_row(w, res);
		return;
	}
	bench_json(o, w->name, "quire", &res->quire);
	if (res->one.nr)
		bench_json(o, w->name, "quire-one-thread", &res->one);
	bench_json(o, w->name, "floor", &res->floor);
}

unsigned int suite_page(const struct bench_options *o)
{
	unsigned int i, done = 0;

	for (i = 0; i < NR_WORKLOADS; i++) {
		struct results res = { 0 };

		if (!bench_runnable(o, workloads[i].name, workloads[i].threads))
			continue;
		if (!done++ && !o->json)
			table_head();
		if (workloads[i].threads > 1)
			run_two_threads(o, &workloads[i], &res);
		else
			run_one_thread(o, &workloads[i], &res);
		report(o, &workloads[i], &res);
	}
	if (done && !o->json)
		table_foot();
	return done;
}
