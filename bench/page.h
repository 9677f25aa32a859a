/* SPDX-License-Identifier: MIT */
/*
 * bench/page.h - suite page: its workloads and subjects.
 *
 * The arena is 1 GiB, 262,144 frames of 4 KiB, whose contents are never touched.
 *
 *	same_oK		{ allocate order K; free it }
 *	batchN_oK	N allocations, then N frees in the same order
 *	fill50_o0	half of the arena allocated page by page, then freed in that order
 *	rfree50_o0	the same, freed in random order
 *	mix_o0_3	69,905 slots, about half in use; each operation picks a random one and
 *			frees what it holds, or allocates a block of random order 0..3
 *	bulk64		alloc_pages_bulk_array() of 64, 16 calls in a row, the calls alone timed
 *	bulk64_free	release_pages() of the same, timed alone
 *	bulk64_pair	{ alloc_pages_bulk_array() of 64; release_pages() of them }, per page
 *	2thr_...	two threads, each on its CPU of one node: CPU time per thread
 *
 * Times are ns per allocation with its free, but mix: per operation; bulk64, bulk64_free: per
 * page.
 *
 * The floor is a stack of pointers per order: an allocation is one load and a decrement, a
 * free one store and an increment, in functions that are called, not inlined, as a library's are.
 * It cannot split, merge, count, or serve a second CPU.
 */
#ifndef QUIRE_BENCH_PAGE_H
#define QUIRE_BENCH_PAGE_H

#include <quire/mm.h>

#include "bench.h"

#define ARENA_FRAMES 262144u
#define FLOOR_FRAMES (2 * ARENA_FRAMES) /* the floor has frames of its own for each order */
#define MIX_SLOTS    69905u
#define BULK_PAGES   64u
#define BULK_CALLS   16u

enum page_kind { SAME, BATCH, FILL, RANDOM_FREE, MIX, BULK_ALLOC, BULK_FREE, BULK_PAIR };

/**
 * struct page_workload - one line of the table above.
 * @count: blocks of a batch, or pages of a fill
 * @rounds: how often within a run
 */
struct page_workload {
	const char *name;
	enum page_kind kind;
	unsigned int order, count, rounds, threads;
	struct bench_reference ref;
};

/**
 * struct page_run - what one thread needs to run workloads for one subject.
 * @ctx: the subject's
 * @base: struct page of frame 0
 * @held, @orders: blocks in the thread's hands
 * @shuffled: a random order of the blocks of a fill
 * @check: look at what was allocated: in the right range, aligned, nothing twice
 * @clock_ns: what reading the clock twice costs
 * @seen: a bit per frame, for checks
 */
struct page_run {
	void *ctx;
	struct page *base;
	struct page **held;
	unsigned char *orders;
	unsigned int *shuffled;
	unsigned int scale, rng;
	bool check, mixed;
	double clock_ns;
	unsigned long seen[FLOOR_FRAMES / 64];
};

/** page_check() - dies if blocks held overlap, or are none. @orders NULL: all are of @order. */
void page_check(struct page_run *r, unsigned int nr, const unsigned char *orders,
		unsigned int order);

/* One run of a workload. Return: ns per operation. */
double page_quire_run(struct page_run *r, const struct page_workload *w);
double page_floor_run(struct page_run *r, const struct page_workload *w);
/* Gives back what workload mix still holds. */
void page_quire_empty(struct page_run *r);
void page_floor_empty(struct page_run *r);

/** page_floor_new() - the floor's stacks. */
void *page_floor_new(void);
void page_floor_delete(void *floor);

/** page_machine_new() - Quire's subject: the arena, book-keeping only. */
struct quire_machine *page_machine_new(unsigned int cpus);
/** page_machine_delete() - validates every zone, and that every frame came back. */
void page_machine_delete(struct quire_machine *m);

#endif /* QUIRE_BENCH_PAGE_H */
