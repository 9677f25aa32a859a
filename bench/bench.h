/* SPDX-License-Identifier: MIT */
/*
 * bench/bench.h - what the suites of quire-bench share: options, samples, results.
 *
 * 1. A suite runs workloads. A workload is measured for several subjects (Quire, the
 *    floor), turn by turn in the same run, so that noise of the machine meets all alike.
 * 2. A sample is the cost of one operation over one run of a workload, in nanoseconds of
 *    the thread's CPU time. The minimum is the result, the median is for reading.
 * 3. Results of a failed check are never printed: the program ends with status 1.
 */
#ifndef QUIRE_BENCH_H
#define QUIRE_BENCH_H

#include <stdbool.h>
#include <stddef.h>

#define BENCH_MAX_RUNS 101

/**
 * struct bench_options - the command line.
 * @runs: samples per subject, after one warm-up; 1 .. BENCH_MAX_RUNS
 * @cpu: host CPU to run on; the second thread of a workload takes the next one
 * @scale: divides the number of operations of a run; the smoke test sets it
 * @workload: only this one; NULL: all
 * @recording: what suite replay replays
 */
struct bench_options {
	const char *suite, *workload, *recording;
	unsigned int runs, cpu, scale;
	bool json;
};

/** struct bench_samples - one subject's samples of one workload. */
struct bench_samples {
	double value[BENCH_MAX_RUNS];
	unsigned int nr;
};

/**
 * struct bench_reference - what goals.md of the project knows of a workload.
 * @goal: ns; 0: none
 * @floor_times: the goal as a multiple of the floor of this very run; 0: none
 * @llfree, @linux_buddy: ns, measured elsewhere; 0: not measured
 */
struct bench_reference {
	double goal, floor_times, llfree, linux_buddy;
};

/** bench_thread_ns() - CPU time of the calling thread. */
double bench_thread_ns(void);
/** bench_wall_ns() - monotonic clock. */
double bench_wall_ns(void);
/** bench_clock_cost() - what two calls of bench_thread_ns() cost, ns. */
double bench_clock_cost(void);
/** bench_pin() - the calling thread runs on host CPU @cpu alone. Return: false: no such CPU. */
bool bench_pin(unsigned int cpu);
/**
 * bench_all_cpus() - host CPUs the program was started on; @list gets up to @max of them.
 * Return: how many it got.
 */
unsigned int bench_all_cpus(unsigned int *list, unsigned int max);

/** bench_add() - one more sample; what is beyond BENCH_MAX_RUNS is dropped. */
void bench_add(struct bench_samples *s, double ns);
double bench_min(const struct bench_samples *s);
double bench_median(struct bench_samples *s);
double bench_max(const struct bench_samples *s);

/** bench_die() - one line to standard error, and status 1. */
void bench_die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/** bench_wanted() - is @workload to be run? */
bool bench_wanted(const struct bench_options *o, const char *workload);

/**
 * bench_runnable() - is @workload to be run, and can it be with @threads? Says so when only CPUs
 * are missing.
 */
bool bench_runnable(const struct bench_options *o, const char *workload, unsigned int threads);

/** bench_json() - one subject's result of one workload as one line. */
void bench_json(const struct bench_options *o, const char *workload, const char *subject,
		struct bench_samples *s);

/* The suites. Return: workloads run; 0: none has the name asked for. */
unsigned int suite_page(const struct bench_options *o);
unsigned int suite_slab(const struct bench_options *o);
unsigned int suite_xarray(const struct bench_options *o);
unsigned int suite_mmu(const struct bench_options *o);
unsigned int suite_vm(const struct bench_options *o);
/** bench_vm_map() - the workloads of suite vm about mappings. */
unsigned int bench_vm_map(const struct bench_options *o);
/** bench_vm_fault() - the workloads of suite vm about faults. */
unsigned int bench_vm_fault(const struct bench_options *o);
/** bench_vm_vmalloc() - the workloads of suite vm about kernel addresses. */
unsigned int bench_vm_vmalloc(const struct bench_options *o);
/** bench_vm_cache() - the workloads of suite vm about pages of files. */
unsigned int bench_vm_cache(const struct bench_options *o);
unsigned int suite_boot(const struct bench_options *o);
unsigned int suite_replay(const struct bench_options *o);

#endif /* QUIRE_BENCH_H */
