/* SPDX-License-Identifier: MIT */
/*
 * bench/page_workloads.h - the workloads of suite page, once for every subject.
 *
 * Each subject's file includes this and calls run_workload() with its constant struct
 * page_subject: all is inlined there, so that a call through a member is a direct call of the
 * subject's function. While r->check is set, the first and the last rounds are looked at.
 */
#ifndef QUIRE_BENCH_PAGE_WORKLOADS_H
#define QUIRE_BENCH_PAGE_WORKLOADS_H

#include "page.h"

#define INLINE static inline __attribute__((always_inline))

/** struct page_subject - how a subject allocates and frees. */
struct page_subject {
	struct page *(*alloc)(void *ctx, unsigned int order);
	void (*free)(void *ctx, struct page *page, unsigned int order);
	unsigned int (*alloc_bulk)(void *ctx, unsigned int nr, struct page **pages);
	void (*free_bulk)(void *ctx, unsigned int nr, struct page **pages);
};

INLINE unsigned int next_random(struct page_run *r)
{
	r->rng = r->rng * 1664525u + 1013904223u;
	return r->rng;
}

/* A number below @n from the upper bits, which are the good ones. */
INLINE unsigned int below(struct page_run *r, unsigned int n)
{
	return (unsigned int)((unsigned long)next_random(r) * n >> 32);
}

INLINE struct page *must(struct page *page)
{
	if (__builtin_expect(!page, 0))
		bench_die("suite page: an allocation was refused");
	return page;
}

INLINE void same(const struct page_subject *s, struct page_run *r, unsigned int order,
		 unsigned int rounds)
{
	void *ctx = r->ctx;
	unsigned int i;

	for (i = 0; i < rounds; i++)
		s->free(ctx, must(s->alloc(ctx, order)), order);
}

INLINE void batch(const struct page_subject *s, struct page_run *r, unsigned int order,
		  unsigned int count, unsigned int rounds)
{
	struct page **held = r->held;
	void *ctx = r->ctx;
	unsigned int i, j;

	for (i = 0; i < rounds; i++) {
		for (j = 0; j < count; j++)
			held[j] = must(s->alloc(ctx, order));
		if (r->check && (i < 4 || i + 4 > rounds))
			page_check(r, count, NULL, order);
		for (j = 0; j < count; j++)
			s->free(ctx, held[j], order);
	}
}

INLINE void random_free(const struct page_subject *s, struct page_run *r, unsigned int count)
{
	struct page **held = r->held;
	void *ctx = r->ctx;
	unsigned int j;

	for (j = 0; j < count; j++)
		held[j] = must(s->alloc(ctx, 0));
	if (r->check)
		page_check(r, count, NULL, 0);
	for (j = 0; j < count; j++)
		s->free(ctx, held[r->shuffled[j]], 0);
}

INLINE void mix_fill(const struct page_subject *s, struct page_run *r)
{
	unsigned int i;

	for (i = 0; i < MIX_SLOTS; i++) {
		r->orders[i] = (unsigned char)below(r, 4);
		r->held[i] = below(r, 2) ? must(s->alloc(r->ctx, r->orders[i])) : NULL;
	}
	r->mixed = true;
}

INLINE void mix(const struct page_subject *s, struct page_run *r, unsigned int rounds)
{
	struct page **held = r->held;
	unsigned char *orders = r->orders;
	void *ctx = r->ctx;
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		unsigned int at = below(r, MIX_SLOTS);

		if (held[at]) {
			s->free(ctx, held[at], orders[at]);
			held[at] = NULL;
		} else {
			orders[at] = (unsigned char)below(r, 4);
			held[at] = must(s->alloc(ctx, orders[at]));
		}
	}
	if (r->check)
		page_check(r, MIX_SLOTS, orders, 0);
}

INLINE void mix_empty(const struct page_subject *s, struct page_run *r)
{
	unsigned int i;

	for (i = 0; r->mixed && i < MIX_SLOTS; i++)
		if (r->held[i])
			s->free(r->ctx, r->held[i], r->orders[i]);
	r->mixed = false;
}

INLINE void take_bulk(const struct page_subject *s, struct page_run *r, struct page **held)
{
	if (__builtin_expect(s->alloc_bulk(r->ctx, BULK_PAGES, held) != BULK_PAGES, 0))
		bench_die("suite page: a bulk allocation was cut short");
}

INLINE void clear_bulk(struct page **held, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		held[i] = NULL;
}

INLINE void bulk_pair(const struct page_subject *s, struct page_run *r, unsigned int rounds)
{
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		clear_bulk(r->held, BULK_PAGES);
		take_bulk(s, r, r->held);
		if (r->check && (i < 4 || i + 4 > rounds))
			page_check(r, BULK_PAGES, NULL, 0);
		s->free_bulk(r->ctx, BULK_PAGES, r->held);
	}
}

/* Return: ns in the calls of one side alone. */
INLINE double bulk_side(const struct page_subject *s, struct page_run *r, bool frees,
			unsigned int rounds)
{
	double spent = 0, began, middle, ended;
	unsigned int i, j;

	for (i = 0; i < rounds; i++) {
		clear_bulk(r->held, BULK_CALLS * BULK_PAGES);
		began = bench_thread_ns();
		for (j = 0; j < BULK_CALLS; j++)
			take_bulk(s, r, r->held + j * BULK_PAGES);
		middle = bench_thread_ns();
		if (r->check)
			page_check(r, BULK_CALLS * BULK_PAGES, NULL, 0);
		ended = middle;
		if (frees)
			began = bench_thread_ns();
		for (j = 0; j < BULK_CALLS; j++)
			s->free_bulk(r->ctx, BULK_PAGES, r->held + j * BULK_PAGES);
		if (frees)
			ended = bench_thread_ns();
		spent += ended - began - r->clock_ns;
	}
	return spent;
}

INLINE double run_workload(const struct page_subject *s, struct page_run *r,
			   const struct page_workload *w)
{
	unsigned int rounds = w->rounds / r->scale + 1, count = w->count;
	double began, ops = rounds;

	if (w->kind == MIX && !r->mixed)
		mix_fill(s, r);
	began = bench_thread_ns();
	switch (w->kind) {
	case SAME:
		same(s, r, w->order, rounds);
		break;
	case BATCH:
	case FILL:
		batch(s, r, w->order, count, rounds);
		ops *= count;
		break;
	case RANDOM_FREE:
		random_free(s, r, count);
		ops = count;
		break;
	case MIX:
		mix(s, r, rounds);
		break;
	case BULK_PAIR:
		bulk_pair(s, r, rounds);
		ops *= BULK_PAGES;
		break;
	case BULK_ALLOC:
	case BULK_FREE:
		return bulk_side(s, r, w->kind == BULK_FREE, rounds) /
		       (ops * BULK_CALLS * BULK_PAGES);
	}
	return (bench_thread_ns() - began) / ops;
}

#endif /* QUIRE_BENCH_PAGE_WORKLOADS_H */
