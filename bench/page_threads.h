/* SPDX-License-Identifier: MIT */
/*
 * bench/page_threads.h - suite page: two threads that run a workload at once.
 *
 * Each thread has a host CPU, a CPU of the machine and a floor of its own. Between runs all
 * wait at a barrier; the threads start a run together.
 */
#ifndef QUIRE_BENCH_PAGE_THREADS_H
#define QUIRE_BENCH_PAGE_THREADS_H

#include <pthread.h>

#include "page.h"

typedef double (*page_run_fn)(struct page_run *r, const struct page_workload *w);

/** struct page_thread - one of the two. */
struct page_thread {
	struct page_threads *all;
	unsigned int id, host_cpu;
	struct page_run *quire, *floor;
	double ns;
};

/** struct page_threads - the two, and what they run next. */
struct page_threads {
	pthread_barrier_t begin, end;
	pthread_t id[2];
	struct page_thread thread[2];
	struct quire_machine *m;
	const struct page_workload *w;
	unsigned int scale, running; /* threads that take part; 0: all end */
	page_run_fn run;
	bool check;
};

struct page_run *page_run_new(unsigned int scale, void *ctx, struct page *base);
void page_run_delete(struct page_run *r);

void page_threads_start(struct page_threads *t, const struct bench_options *o,
			const struct page_workload *w);
/** page_threads_run() - one run on @threads of them. Return: ns per operation, mean of the threads.
 */
double page_threads_run(struct page_threads *t, unsigned int threads, page_run_fn run, bool check);
/** page_threads_stop() - ends the threads; the machine is validated. */
void page_threads_stop(struct page_threads *t);

#endif /* QUIRE_BENCH_PAGE_THREADS_H */
