/* SPDX-License-Identifier: MIT */
/*
 * bench/slab.h - suite slab: workloads and subjects.
 *
 * 1. A subject hands out objects: Quire's caches and kmalloc on each back end, user-space
 *    allocators found on this machine, and the floor, an array as a stack of ready objects.
 * 2. Every subject has the same loops, compiled for it (slab_workloads.h): direct calls for
 *    Quire and the floor, a pointer for allocators loaded at run time, as a program calls them.
 * 3. One byte is written into each object that is handed out.
 */
#ifndef QUIRE_BENCH_SLAB_H
#define QUIRE_BENCH_SLAB_H

#include <stdbool.h>
#include <stddef.h>

#include "bench.h"

enum slab_kind { SLAB_SAME, SLAB_BATCH, SLAB_LIVE, SLAB_CHURN, SLAB_BULK, SLAB_REMOTE, SLAB_RING };

#define SLAB_LIVE_OBJECTS   65536u
#define SLAB_REMOTE_OBJECTS 4096u
#define SLAB_RING_SLOTS	    1024u

/**
 * struct slab_workload - one row of the suite.
 * @size: bytes of an object; SLAB_CHURN: the least, with a random number below 1017 added
 * @batch: objects held at once
 * @rounds: how often in a run
 * @threads: 2: two of the same at once (SLAB_SAME, SLAB_BATCH), or two roles
 * @goal: ns for kmem_cache, @goal_kmalloc for kmalloc; 0: none
 */
struct slab_workload {
	const char *name;
	enum slab_kind kind;
	unsigned int size, batch, rounds, threads;
	double goal, goal_kmalloc;
};

/**
 * struct slab_run - a thread's data of a run.
 * @ctx: the subject's
 * @held: SLAB_LIVE_OBJECTS pointers
 * @clock_ns: what reading the clock twice costs
 */
struct slab_run {
	void *ctx;
	void **held;
	unsigned int rng, scale;
	double clock_ns;
};

/**
 * struct slab_subject - who hands out objects.
 * @open: for one workload; NULL: cannot here (not installed, or no such workload)
 * @enter, @leave: a thread begins, ends to use it; @cpu: 0, 1
 * @run: ns per pair; @phase: only allocates (or frees) held[0 .. n)
 * @close: gives all back
 */
struct slab_subject {
	const char *name;
	void *(*open)(const struct slab_workload *w);
	void (*enter)(void *ctx, unsigned int cpu);
	void (*leave)(void *ctx);
	double (*run)(struct slab_run *r, const struct slab_workload *w);
	void (*phase)(struct slab_run *r, const struct slab_workload *w, bool alloc,
		      unsigned int n);
	void *(*one)(void *ctx, unsigned int size); /* SLAB_RING: an object, */
	void (*none)(void *ctx, void *p);	    /* and back */
	void (*close)(void *ctx);
};

extern const struct slab_subject slab_floor, slab_quire, slab_quire_kmalloc, slab_quire_slab,
	slab_quire_slob, slab_quire_plain, slab_quire_debug;
extern const struct slab_subject slab_glibc, slab_jemalloc, slab_tcmalloc, slab_mimalloc,
	slab_gslice;
/* Only where the build found the library; else its address is NULL. */
extern const struct slab_subject slab_dpdk __attribute__((weak));

struct slab_run *slab_run_new(unsigned int scale, void *ctx);
void slab_run_delete(struct slab_run *r);

/** slab_threads_run() - a workload of two threads. Return: ns per pair. */
double slab_threads_run(const struct bench_options *o, const struct slab_subject *s, void *ctx,
			const struct slab_workload *w);

#endif /* QUIRE_BENCH_SLAB_H */
