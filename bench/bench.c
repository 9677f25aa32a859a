/* SPDX-License-Identifier: MIT */
/*
 * bench/bench.c - clocks, pinning, samples and the lines of JSON.
 */
#include <jansson.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"

static double clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

double bench_thread_ns(void)
{
	return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

double bench_wall_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

double bench_clock_cost(void)
{
	double best = 1e9, began, cost;
	int i;

	for (i = 0; i < 100; i++) {
		began = bench_thread_ns();
		cost = bench_thread_ns() - began;
		if (cost < best)
			best = cost;
	}
	return best;
}

bool bench_pin(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return !sched_setaffinity(0, sizeof(set), &set);
}

/* Asked once, before anything is pinned: on the first call, from main(). */
unsigned int bench_all_cpus(unsigned int *list, unsigned int max)
{
	static cpu_set_t set;
	unsigned int cpu, n = 0;

	if (!CPU_COUNT(&set) && sched_getaffinity(0, sizeof(set), &set))
		return 0;
	for (cpu = 0; cpu < CPU_SETSIZE && n < max; cpu++)
		if (CPU_ISSET(cpu, &set))
			list[n++] = cpu;
	return n;
}

void bench_add(struct bench_samples *s, double ns)
{
	if (s->nr < BENCH_MAX_RUNS)
		s->value[s->nr++] = ns;
}

double bench_min(const struct bench_samples *s)
{
	double best = s->value[0];
	unsigned int i;

	for (i = 1; i < s->nr; i++)
		if (s->value[i] < best)
			best = s->value[i];
	return best;
}

double bench_max(const struct bench_samples *s)
{
	double worst = s->value[0];
	unsigned int i;

	for (i = 1; i < s->nr; i++)
		if (s->value[i] > worst)
			worst = s->value[i];
	return worst;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double bench_median(struct bench_samples *s)
{
	qsort(s->value, s->nr, sizeof(s->value[0]), by_value);
	return (s->value[(s->nr - 1) / 2] + s->value[s->nr / 2]) / 2;
}

void bench_die(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("quire-bench: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

bool bench_wanted(const struct bench_options *o, const char *workload)
{
	return !o->workload || !strcmp(o->workload, workload);
}

bool bench_runnable(const struct bench_options *o, const char *workload, unsigned int threads)
{
	unsigned int cpus[2];

	if (!bench_wanted(o, workload))
		return false;
	if (threads < 2 || bench_all_cpus(cpus, 2) >= 2)
		return true;
	fprintf(stderr, "quire-bench: %s needs two CPUs and this process has one: left out\n",
		workload);
	return false;
}

void bench_json(const struct bench_options *o, const char *workload, const char *subject,
		struct bench_samples *s)
{
	json_t *line =
		json_pack("{s:s, s:s, s:s, s:f, s:f, s:f, s:i}", "suite", o->suite, "workload",
			  workload, "subject", subject, "min_ns", bench_min(s), "median_ns",
			  bench_median(s), "max_ns", bench_max(s), "runs", (int)s->nr);

	if (!line || json_dumpf(line, stdout, JSON_REAL_PRECISION(6)))
		bench_die("cannot write the JSON line of %s", workload);
	putchar('\n');
	fflush(stdout);
	json_decref(line);
}
