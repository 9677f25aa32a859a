/* SPDX-License-Identifier: MIT */
/*
 * bench/slab_floor.c - suite slab: the least conceivable work: an array as a stack of ready
 * objects.
 *
 * One stack, for one thread; of 128 bytes more than the objects, so that they lie as in a slab.
 */
#include <stdlib.h>
#include <string.h>

#include "slab.h"

struct stack {
	unsigned int top;
	char *memory;
	void *object[];
};

/* Not inlined: a program calls an allocator. */
static void *__attribute__((noinline)) floor_alloc(struct stack *s)
{
	return s->object[--s->top];
}

static void __attribute__((noinline)) floor_free(struct stack *s, void *p)
{
	s->object[s->top++] = p;
}

static void floor_alloc_bulk(struct stack *s, unsigned int n, void **p)
{
	s->top -= n;
	memcpy(p, s->object + s->top, n * sizeof(*p));
}

static void floor_free_bulk(struct stack *s, unsigned int n, void **p)
{
	memcpy(s->object + s->top, p, n * sizeof(*p));
	s->top += n;
}

#define SUBJECT_TYPE		    struct stack
#define SUBJECT_ALLOC(s, size)	    ((void)(size), floor_alloc(s))
#define SUBJECT_FREE(s, p)	    floor_free(s, p)
#define SUBJECT_ALLOC_BULK(s, n, p) floor_alloc_bulk(s, n, p)
#define SUBJECT_FREE_BULK(s, n, p)  floor_free_bulk(s, n, p)
#include "slab_workloads.h"

static void *open_floor(const struct slab_workload *w)
{
	const unsigned int n = SLAB_LIVE_OBJECTS + 128;
	struct stack *s;
	unsigned int i;

	if (w->threads > 1 || w->kind == SLAB_CHURN)
		return NULL;
	s = malloc(sizeof(*s) + n * sizeof(void *));
	if (!s)
		bench_die("out of memory");
	s->memory = aligned_alloc(4096, (size_t)n * w->size);
	if (!s->memory)
		bench_die("out of memory");
	memset(s->memory, 0, (size_t)n * w->size);
	s->top = n;
	for (i = 0; i < n; i++)
		s->object[i] = s->memory + (size_t)i * w->size;
	return s;
}

static void nothing(void *ctx, unsigned int cpu)
{
	(void)ctx;
	(void)cpu;
}

static void nothing_more(void *ctx)
{
	(void)ctx;
}

static void close_floor(void *ctx)
{
	struct stack *s = ctx;

	free(s->memory);
	free(s);
}

const struct slab_subject slab_floor = { .name = "floor",
					 .open = open_floor,
					 .enter = nothing,
					 .leave = nothing_more,
					 .run = subject_run,
					 .phase = subject_phase,
					 .one = subject_one,
					 .none = subject_none,
					 .close = close_floor };
