/* SPDX-License-Identifier: MIT */
/*
 * bench/slab_quire.c - suite slab: Quire's kmem_cache on each back end, with debugging too.
 */
#include <stdlib.h>

#include <quire/machine.h>
#include <quire/slab.h>

#include "slab_quire.h"

#define SUBJECT_TYPE		    struct kmem_cache
#define SUBJECT_ALLOC(s, size)	    ((void)(size), kmem_cache_alloc(s, GFP_KERNEL))
#define SUBJECT_FREE(s, p)	    kmem_cache_free(s, p)
#define SUBJECT_ALLOC_BULK(s, n, p) ((void)kmem_cache_alloc_bulk(s, GFP_KERNEL, n, p))
#define SUBJECT_FREE_BULK(s, n, p)  kmem_cache_free_bulk(s, n, p)
#include "slab_workloads.h"

const struct quire_port *quire_host_port(void);

struct quire_machine *slab_bench_machine(enum quire_slab_backend backend, int sheaves,
					 const char *debug)
{
	struct quire_machine_config c = QUIRE_MACHINE_CONFIG_INIT;
	struct quire_mem_range ram = { .end = 1ul << 30 };
	struct quire_machine *m;

	c.ranges = &ram;
	c.nr_ranges = 1;
	c.nr_cpus = 2;
	c.slab.backend = backend;
	c.slab.sheaves = sheaves;
	c.slab.debug = debug;
	if (quire_machine_create(&c, quire_host_port(), &m))
		bench_die("cannot create a machine of 1 GiB");
	return m;
}

/* The cache of a run; its machine is that of the CPU which the opening thread enters. */
static void *open_on(const struct slab_workload *w, enum quire_slab_backend backend, int sheaves,
		     const char *debug)
{
	struct quire_machine *m;
	struct kmem_cache *s;

	if (w->kind == SLAB_CHURN)
		return NULL;
	m = slab_bench_machine(backend, sheaves, debug);
	if (quire_cpu_enter(m, 0))
		bench_die("cannot enter CPU 0 of the machine");
	s = kmem_cache_create("bench", w->size, 0, 0, NULL);
	if (!s)
		bench_die("cannot create a cache of %u bytes", w->size);
	return slab_quire_open(m, s);
}

static void *open_slub(const struct slab_workload *w)
{
	return open_on(w, QUIRE_SLAB_SLUB, -1, NULL);
}

static void *open_plain(const struct slab_workload *w)
{
	return open_on(w, QUIRE_SLAB_SLUB, 0, NULL);
}

static void *open_debug(const struct slab_workload *w)
{
	return w->kind == SLAB_BULK || w->kind == SLAB_RING
		       ? NULL
		       : open_on(w, QUIRE_SLAB_SLUB, -1, "FZPU");
}

static void *open_slab(const struct slab_workload *w)
{
	return open_on(w, QUIRE_SLAB_SLAB, -1, NULL);
}

static void *open_slob(const struct slab_workload *w)
{
	return w->kind == SLAB_LIVE ? NULL : open_on(w, QUIRE_SLAB_SLOB, -1, NULL);
}

/* The loops see the cache alone. */
static double run(struct slab_run *r, const struct slab_workload *w)
{
	struct slab_run mine = *r;
	double ns;

	mine.ctx = ((struct slab_quire *)r->ctx)->cache;
	ns = subject_run(&mine, w);
	r->rng = mine.rng;
	return ns;
}

static void phase(struct slab_run *r, const struct slab_workload *w, bool alloc, unsigned int n)
{
	struct slab_run mine = *r;

	mine.ctx = ((struct slab_quire *)r->ctx)->cache;
	subject_phase(&mine, w, alloc, n);
}

static void *one(void *ctx, unsigned int size)
{
	return subject_one(((struct slab_quire *)ctx)->cache, size);
}

static void none(void *ctx, void *p)
{
	subject_none(((struct slab_quire *)ctx)->cache, p);
}

#define SUBJECT(variable, name_, open_)                                   \
	const struct slab_subject variable = { .name = name_,             \
					       .open = open_,             \
					       .enter = slab_quire_enter, \
					       .leave = slab_quire_leave, \
					       .run = run,                \
					       .phase = phase,            \
					       .one = one,                \
					       .none = none,              \
					       .close = slab_quire_close }
SUBJECT(slab_quire, "quire", open_slub);
SUBJECT(slab_quire_plain, "quire-no-sheaves", open_plain);
SUBJECT(slab_quire_debug, "quire-debug", open_debug);
SUBJECT(slab_quire_slab, "quire-slab", open_slab);
SUBJECT(slab_quire_slob, "quire-slob", open_slob);
