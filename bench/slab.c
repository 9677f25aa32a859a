/* SPDX-License-Identifier: MIT */
/*
 * bench/slab.c - suite slab: which workloads and subjects there are, their turns, the table.
 *
 * 1. All subjects of a workload take turns, as often as --runs says, after a turn that is not
 *    counted; each is opened for the workload, and closed, so that none inherits another's memory.
 * 2. A Quire machine is validated at the end, and every object must have come back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "slab.h"

static const struct slab_workload workloads[] = {
	{ "same_64", SLAB_SAME, 64, 1, 1000000, 1, 4.9, 5.8 },
	{ "batch128_64", SLAB_BATCH, 64, 128, 8000, 1, 5.5, 6 },
	{ "batch128_256", SLAB_BATCH, 256, 128, 8000, 1, 5.5, 6 },
	{ "batch128_1024", SLAB_BATCH, 1024, 128, 8000, 1, 5.5, 6 },
	{ "bulk128_64", SLAB_BULK, 64, 128, 8000, 1, 0.85, 0 },
	{ "live64k_64", SLAB_LIVE, 64, 0, 500000, 1, 9, 0 },
	{ "live64k_256", SLAB_LIVE, 256, 0, 500000, 1, 18, 0 },
	{ "live64k_1024", SLAB_LIVE, 1024, 0, 500000, 1, 27, 0 },
	{ "churn_8_1024", SLAB_CHURN, 8, 0, 500000, 1, 0, 20 },
	{ "remote_64", SLAB_REMOTE, 64, 0, 100, 2, 10.5, 0 },
	{ "ring_64", SLAB_RING, 64, 0, 1000000, 2, 0, 0 },
	{ "2thr_same_64", SLAB_SAME, 64, 1, 1000000, 2, 0, 0 },
	{ "2thr_batch128_64", SLAB_BATCH, 64, 128, 8000, 2, 0, 0 },
};
#define NR_WORKLOADS (sizeof(workloads) / sizeof(workloads[0]))

static const struct slab_subject *const subjects[] = {
	&slab_quire,	  &slab_quire_kmalloc, &slab_floor,	  &slab_glibc, &slab_jemalloc,
	&slab_tcmalloc,	  &slab_mimalloc,      &slab_gslice,	  &slab_dpdk,  &slab_quire_slab,
	&slab_quire_slob, &slab_quire_plain,   &slab_quire_debug,
};
#define NR_SUBJECTS (sizeof(subjects) / sizeof(subjects[0]))

struct slab_run *slab_run_new(unsigned int scale, void *ctx)
{
	struct slab_run *r = calloc(1, sizeof(*r));

	if (!r || !(r->held = calloc(SLAB_LIVE_OBJECTS, sizeof(*r->held))))
		bench_die("out of memory");
	memset(r->held, 0, SLAB_LIVE_OBJECTS * sizeof(*r->held));
	r->ctx = ctx;
	r->scale = scale;
	r->rng = 1;
	r->clock_ns = bench_clock_cost();
	return r;
}

void slab_run_delete(struct slab_run *r)
{
	free(r->held);
	free(r);
}

static double turn(const struct bench_options *o, const struct slab_subject *s, void *ctx,
		   struct slab_run *r, const struct slab_workload *w)
{
	double ns;

	if (w->threads > 1)
		return slab_threads_run(o, s, ctx, w);
	s->enter(ctx, 0);
	ns = s->run(r, w);
	s->leave(ctx);
	return ns;
}

static void run_all(const struct bench_options *o, const struct slab_workload *w,
		    struct bench_samples *samples)
{
	void *ctx[NR_SUBJECTS];
	struct slab_run *run[NR_SUBJECTS];
	unsigned int i, k;

	for (k = 0; k < NR_SUBJECTS; k++) {
		ctx[k] = subjects[k] ? subjects[k]->open(w) : NULL;
		run[k] = ctx[k] ? slab_run_new(o->scale, ctx[k]) : NULL;
	}
	/* A library may have set its own affinity. */
	bench_pin(o->cpu);
	for (i = 0; i <= o->runs; i++)
		for (k = 0; k < NR_SUBJECTS; k++) {
			double ns;

			if (!ctx[k])
				continue;
			ns = turn(o, subjects[k], ctx[k], run[k], w);
			if (i)
				bench_add(&samples[k], ns);
		}
	for (k = 0; k < NR_SUBJECTS; k++)
		if (ctx[k]) {
			slab_run_delete(run[k]);
			subjects[k]->close(ctx[k]);
		}
}

static const char *verdict(double ns, double goal)
{
	static char text[32];

	if (goal <= 0)
		return "";
	snprintf(text, sizeof(text), "%.2f %s", goal, ns <= goal ? "met" : "missed");
	return text;
}

static void table(const struct slab_workload *w, struct bench_samples *samples)
{
	double floor = samples[2].nr ? bench_min(&samples[2]) : 0;
	unsigned int k;

	printf("%s\n", w->name);
	for (k = 0; k < NR_SUBJECTS; k++) {
		double ns, goal = k == 0 ? w->goal : k == 1 ? w->goal_kmalloc : 0;

		if (!samples[k].nr)
			continue;
		ns = bench_min(&samples[k]);
		printf("  %-18s %8.2f %8.2f %8.2f", subjects[k]->name, ns,
		       bench_median(&samples[k]), bench_max(&samples[k]));
		if (floor > 0)
			printf(" %7.2fx", ns / floor);
		else
			printf(" %8s", "");
		printf("  %s\n", verdict(ns, goal));
	}
	fflush(stdout);
}

static void json(const struct bench_options *o, const struct slab_workload *w,
		 struct bench_samples *samples)
{
	unsigned int k;

	for (k = 0; k < NR_SUBJECTS; k++)
		if (samples[k].nr)
			bench_json(o, w->name, subjects[k]->name, &samples[k]);
}

unsigned int suite_slab(const struct bench_options *o)
{
	unsigned int i, done = 0;

	for (i = 0; i < NR_WORKLOADS; i++) {
		struct bench_samples *samples;

		if (!bench_runnable(o, workloads[i].name, workloads[i].threads))
			continue;
		samples = calloc(NR_SUBJECTS, sizeof(*samples));
		if (!samples)
			bench_die("out of memory");
		if (!done++ && !o->json)
			puts("ns per allocation with its free (bulk128: per object; ring: wall "
			     "time)\n"
			     "                          min   median      max   floor  goal");
		run_all(o, &workloads[i], samples);
		if (o->json)
			json(o, &workloads[i], samples);
		else
			table(&workloads[i], samples);
		free(samples);
	}
	return done;
}
