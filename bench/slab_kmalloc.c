/* SPDX-License-Identifier: MIT */
/*
 * bench/slab_kmalloc.c - suite slab: Quire's kmalloc, and the machine of all its subjects.
 */
#include <stdlib.h>

#include <quire/slab.h>

#include "slab_quire.h"

/* Sizes come from the workload, so that the compiler knows none of them. */
#define SUBJECT_TYPE		    struct slab_quire
#define SUBJECT_ALLOC(c, size)	    ((void)(c), __kmalloc(size, GFP_KERNEL))
#define SUBJECT_FREE(c, p)	    ((void)(c), kfree(p))
#define SUBJECT_ALLOC_BULK(c, n, p) ((void)(c), (void)(n), (void)(p))
#define SUBJECT_FREE_BULK(c, n, p)  ((void)(c), kfree_bulk(n, p))
#include "slab_workloads.h"

void *slab_quire_open(struct quire_machine *m, struct kmem_cache *cache)
{
	struct slab_quire *c = calloc(1, sizeof(*c));

	if (!c)
		bench_die("out of memory");
	c->m = m;
	c->cache = cache;
	quire_cpu_leave();
	return c;
}

void slab_quire_enter(void *ctx, unsigned int cpu)
{
	if (quire_cpu_enter(((struct slab_quire *)ctx)->m, cpu))
		bench_die("cannot enter CPU %u of the machine", cpu);
}

void slab_quire_leave(void *ctx)
{
	(void)ctx;
	quire_cpu_leave();
}

void slab_quire_close(void *ctx)
{
	struct slab_quire *c = ctx;

	slab_quire_enter(c, 0);
	if (!quire_slab_validate())
		bench_die("suite slab: a cache is damaged");
	if (c->cache && kmem_cache_shrink(c->cache))
		bench_die("suite slab: objects did not come back");
	quire_cpu_leave();
	quire_machine_destroy(c->m);
	free(c);
}

static void *open_kmalloc(const struct slab_workload *w)
{
	struct quire_machine *m;

	if (w->kind == SLAB_BULK)
		return NULL;
	m = slab_bench_machine(QUIRE_SLAB_SLUB, -1, NULL);
	if (quire_cpu_enter(m, 0))
		bench_die("cannot enter CPU 0 of the machine");
	return slab_quire_open(m, NULL);
}

const struct slab_subject slab_quire_kmalloc = { .name = "quire-kmalloc",
						 .open = open_kmalloc,
						 .enter = slab_quire_enter,
						 .leave = slab_quire_leave,
						 .run = subject_run,
						 .phase = subject_phase,
						 .one = subject_one,
						 .none = subject_none,
						 .close = slab_quire_close };
