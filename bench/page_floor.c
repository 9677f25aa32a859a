/* SPDX-License-Identifier: MIT */
/*
 * bench/page_floor.c - suite page: the floor, a stack of pointers per order.
 *
 *	order 9: [ frame 0 | frame 512 | ... ]<- top	frames of its own for each, since
 *	order 3: [ frame 32768 | ... ]<- top		the floor cannot split
 */
#include <stdlib.h>
#include <string.h>

#include "page_workloads.h"

#define FLOOR_ORDERS 10u

struct floor_stack {
	struct page **top, **bottom;
};

struct floor {
	struct floor_stack stack[FLOOR_ORDERS];
};

#define CALLED __attribute__((noinline))

static CALLED struct page *floor_alloc(void *ctx, unsigned int order)
{
	struct floor *f = ctx;

	return *--f->stack[order].top;
}

static CALLED void floor_free(void *ctx, struct page *page, unsigned int order)
{
	struct floor *f = ctx;

	*f->stack[order].top++ = page;
}

static CALLED unsigned int floor_alloc_bulk(void *ctx, unsigned int nr, struct page **pages)
{
	struct floor *f = ctx;

	f->stack[0].top -= nr;
	memcpy(pages, f->stack[0].top, nr * sizeof(*pages));
	return nr;
}

static CALLED void floor_free_bulk(void *ctx, unsigned int nr, struct page **pages)
{
	struct floor *f = ctx;

	memcpy(f->stack[0].top, pages, nr * sizeof(*pages));
	f->stack[0].top += nr;
}

static const struct page_subject subject = {
	.alloc = floor_alloc,
	.free = floor_free,
	.alloc_bulk = floor_alloc_bulk,
	.free_bulk = floor_free_bulk,
};

double page_floor_run(struct page_run *r, const struct page_workload *w)
{
	return run_workload(&subject, r, w);
}

void page_floor_empty(struct page_run *r)
{
	mix_empty(&subject, r);
}

/* How many blocks of each order there are: what any workload holds at most. */
static const unsigned int floor_blocks[FLOOR_ORDERS] = {
	[0] = ARENA_FRAMES / 2, [1] = 16384, [2] = 16384, [3] = 16384, [9] = 64,
};

static void floor_fill(struct floor_stack *stack, unsigned int order, unsigned int *frame)
{
	unsigned int i;

	stack->bottom = stack->top = malloc((floor_blocks[order] + 1) * sizeof(*stack->top));
	if (!stack->top)
		bench_die("out of memory");
	/* Pointers with nothing behind: only ever compared. Frame 0 would be NULL. */
	for (i = 0; i < floor_blocks[order]; i++, *frame += 1u << order)
		*stack->top++ = (struct page *)((*frame + 1ul) * sizeof(struct page));
}

void *page_floor_new(void)
{
	struct floor *f = calloc(1, sizeof(*f));
	unsigned int order = FLOOR_ORDERS, frame = 0;

	if (!f)
		bench_die("out of memory");
	/* Largest first, so that each block is aligned. */
	while (order-- > 0)
		floor_fill(&f->stack[order], order, &frame);
	return f;
}

void page_floor_delete(void *floor)
{
	struct floor *f = floor;
	unsigned int order;

	for (order = 0; order < FLOOR_ORDERS; order++)
		free(f->stack[order].bottom);
	free(f);
}
