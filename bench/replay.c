/* SPDX-License-Identifier: MIT */
/*
 * bench/replay.c - suite replay: a recording's events per second.
 *
 *	memory	a run of the events that were read before, on a machine that is up;
 *		comparison of snapshots left out; CPU time
 *	read	from trace.dat to events; wall time
 *
 * An operation is one event. The floor of both goes through the events and adds up the
 * frames: what nobody who looks at each can do without.
 */
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "replay/session.h"

static const struct replay_workload {
	const char *name;
	double goal_ns;
	bool read;
} workloads[] = {
	{ "memory", 100, false },
	{ "read", 1000, true },
};

static double run_once(struct session *s)
{
	struct replay_options options = { .arg = NULL };
	struct session_run run;
	char error[640];
	double ns;

	if (session_run(s, NULL, options, NULL, NULL, NULL, &run, error))
		bench_die("%s", error);
	ns = run.seconds * 1e9 / (double)run.replay->counts.events;
	session_run_end(&run);
	return ns;
}

static void open_recording(const struct bench_options *o, struct session *s)
{
	char error[640];

	if (session_open(s, o->recording, NULL, NULL, NULL, error))
		bench_die("%s", error);
	if (!s->folder)
		bench_die("%s: a recording with a boot log is needed", o->recording);
}

static double read_once(const struct bench_options *o)
{
	struct session s;
	double ns;

	open_recording(o, &s);
	ns = s.read_seconds * 1e9 / (double)s.trace.nr_events;
	session_close(&s);
	return ns;
}

static double floor_once(const struct trace *trace)
{
	double began = bench_thread_ns();
	volatile uint64_t sum = 0;
	uint64_t add = 0;
	size_t i;

	for (i = 0; i < trace->nr_events; i++)
		add += trace->events[i].pfn + trace->events[i].type;
	sum = add;
	(void)sum;
	return (bench_thread_ns() - began) / (double)trace->nr_events;
}

static void print_row(const struct replay_workload *w, struct bench_samples *quire,
		      struct bench_samples *least)
{
	double ns = bench_min(quire);

	printf("%-10s %10.1f %10.1f %10.2f %14.2f   goal %.0f M/s, %s\n", w->name, ns,
	       bench_median(quire), bench_min(least), 1e3 / ns, 1e3 / w->goal_ns,
	       ns <= w->goal_ns ? "met" : "missed");
	fflush(stdout);
}

static void measure(const struct bench_options *o, struct session *s,
		    const struct replay_workload *w)
{
	struct bench_samples quire = { .nr = 0 }, least = { .nr = 0 };
	unsigned int i;

	for (i = 0; i <= o->runs; i++) {
		double ns = w->read ? read_once(o) : run_once(s), f = floor_once(&s->trace);

		if (i || o->scale > 1) {
			bench_add(&quire, ns);
			bench_add(&least, f);
		}
	}
	if (!o->json) {
		print_row(w, &quire, &least);
		return;
	}
	bench_json(o, w->name, "quire", &quire);
	bench_json(o, w->name, "floor", &least);
}

unsigned int suite_replay(const struct bench_options *o)
{
	unsigned int i, done = 0;
	struct session s;

	open_recording(o, &s);
	if (!o->json)
		printf("%s, %zu events; ns per event\n%-10s %10s %10s %10s %14s\n", o->recording,
		       s.trace.nr_events, "workload", "min", "median", "floor", "M events/s");
	for (i = 0; i < sizeof(workloads) / sizeof(workloads[0]); i++) {
		if (!bench_wanted(o, workloads[i].name))
			continue;
		measure(o, &s, &workloads[i]);
		done++;
	}
	session_close(&s);
	return done;
}
