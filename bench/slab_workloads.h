/* SPDX-License-Identifier: MIT */
/*
 * bench/slab_workloads.h - the loops of suite slab, compiled once for each subject.
 *
 * Before including it a file defines
 *	SUBJECT_TYPE			type of slab_run.ctx
 *	SUBJECT_ALLOC(ctx, size)	an object
 *	SUBJECT_FREE(ctx, p)		and back
 *	SUBJECT_ALLOC_BULK(ctx, n, p)	n objects; SUBJECT_FREE_BULK(ctx, n, p)
 */
#include "slab.h"

#ifdef SUBJECT_TYPE

static inline void *slab_touch(void *p)
{
	if (__builtin_expect(!p, 0))
		bench_die("suite slab: out of memory");
	*(volatile char *)p = 1;
	return p;
}

static inline unsigned int slab_random(struct slab_run *r)
{
	r->rng = r->rng * 1664525u + 1013904223u;
	return r->rng >> 8;
}

static unsigned long run_same(SUBJECT_TYPE *ctx, const struct slab_workload *w, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		SUBJECT_FREE(ctx, slab_touch(SUBJECT_ALLOC(ctx, w->size)));
	return n;
}

static unsigned long run_batch(struct slab_run *r, SUBJECT_TYPE *ctx, const struct slab_workload *w,
			       unsigned int n)
{
	unsigned int i, j;

	for (i = 0; i < n; i++) {
		for (j = 0; j < w->batch; j++)
			r->held[j] = slab_touch(SUBJECT_ALLOC(ctx, w->size));
		for (j = 0; j < w->batch; j++)
			SUBJECT_FREE(ctx, r->held[j]);
	}
	return (unsigned long)n * w->batch;
}

static unsigned long run_bulk(struct slab_run *r, SUBJECT_TYPE *ctx, const struct slab_workload *w,
			      unsigned int n)
{
	unsigned int i, j;

	for (i = 0; i < n; i++) {
		SUBJECT_ALLOC_BULK(ctx, w->batch, r->held);
		for (j = 0; j < w->batch; j++)
			slab_touch(r->held[j]);
		SUBJECT_FREE_BULK(ctx, w->batch, r->held);
	}
	return (unsigned long)n * w->batch;
}

/* Held objects are there when the clock starts, and go after it stopped. */
static unsigned long run_live(struct slab_run *r, SUBJECT_TYPE *ctx, const struct slab_workload *w,
			      unsigned int n)
{
	unsigned int i, k, size = w->size;

	for (i = 0; i < n; i++) {
		k = slab_random(r) & (SLAB_LIVE_OBJECTS - 1);
		if (w->kind == SLAB_CHURN)
			size = w->size + slab_random(r) % 1017;
		SUBJECT_FREE(ctx, r->held[k]);
		r->held[k] = slab_touch(SUBJECT_ALLOC(ctx, size));
	}
	return n;
}

static void subject_phase(struct slab_run *r, const struct slab_workload *w, bool alloc,
			  unsigned int n)
{
	SUBJECT_TYPE *ctx = r->ctx;
	unsigned int i;

	for (i = 0; i < n; i++)
		if (alloc)
			r->held[i] = slab_touch(SUBJECT_ALLOC(ctx, w->size));
		else
			SUBJECT_FREE(ctx, r->held[i]);
}

static double subject_run(struct slab_run *r, const struct slab_workload *w)
{
	const bool live = w->kind == SLAB_LIVE || w->kind == SLAB_CHURN;
	unsigned int n = w->rounds / r->scale + 1;
	SUBJECT_TYPE *ctx = r->ctx;
	unsigned long pairs;
	double began, ns;

	if (live)
		subject_phase(r, w, true, SLAB_LIVE_OBJECTS);
	began = bench_thread_ns();
	if (w->kind == SLAB_SAME)
		pairs = run_same(ctx, w, n);
	else if (w->kind == SLAB_BATCH)
		pairs = run_batch(r, ctx, w, n);
	else if (w->kind == SLAB_BULK)
		pairs = run_bulk(r, ctx, w, n);
	else
		pairs = run_live(r, ctx, w, n);
	ns = bench_thread_ns() - began - r->clock_ns;
	if (live)
		subject_phase(r, w, false, SLAB_LIVE_OBJECTS);
	return ns / (double)pairs;
}

static void *subject_one(void *ctx, unsigned int size)
{
	return slab_touch(SUBJECT_ALLOC((SUBJECT_TYPE *)ctx, size));
}

static void subject_none(void *ctx, void *p)
{
	SUBJECT_FREE((SUBJECT_TYPE *)ctx, p);
}

#endif /* SUBJECT_TYPE */
