/* SPDX-License-Identifier: MIT */
/*
 * bench/slab_quire.h - suite slab: what Quire's subjects share: a machine, the threads on it.
 */
#ifndef QUIRE_BENCH_SLAB_QUIRE_H
#define QUIRE_BENCH_SLAB_QUIRE_H

#include <quire/machine.h>

struct kmem_cache;
struct slab_workload;

/** struct slab_quire - a subject's context. @cache: NULL: kmalloc */
struct slab_quire {
	struct quire_machine *m;
	struct kmem_cache *cache;
};

/** slab_bench_machine() - 1 GiB, two CPUs. */
struct quire_machine *slab_bench_machine(enum quire_slab_backend backend, int sheaves,
					 const char *debug);
/** slab_quire_open() - the context of @m, whose CPU 0 the caller is on and leaves. */
void *slab_quire_open(struct quire_machine *m, struct kmem_cache *cache);
void slab_quire_enter(void *ctx, unsigned int cpu);
void slab_quire_leave(void *ctx);
/** slab_quire_close() - all must have come back. */
void slab_quire_close(void *ctx);

#endif /* QUIRE_BENCH_SLAB_QUIRE_H */
