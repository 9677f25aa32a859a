/* SPDX-License-Identifier: MIT */
/*
 * bench/slab_gslice.c - suite slab: GLib's slices, which want an object's size when it comes back.
 */
#include <dlfcn.h>
#include <stdlib.h>

#include "slab.h"

struct gslice {
	void *(*alloc)(size_t size);
	void (*free)(size_t size, void *p);
	size_t size;
};

#define SUBJECT_TYPE		    struct gslice
#define SUBJECT_ALLOC(s, bytes)	    ((s)->alloc(bytes))
#define SUBJECT_FREE(s, p)	    ((s)->free((s)->size, p))
#define SUBJECT_ALLOC_BULK(s, n, p) ((void)(s), (void)(n), (void)(p))
#define SUBJECT_FREE_BULK(s, n, p)  ((void)(s), (void)(n), (void)(p))
#include "slab_workloads.h"

static void *open_gslice(const struct slab_workload *w)
{
	struct gslice *g;
	void *lib;

	if (w->kind == SLAB_BULK || w->kind == SLAB_CHURN)
		return NULL;
	lib = dlopen("libglib-2.0.so.0", RTLD_NOW | RTLD_LOCAL);
	g = calloc(1, sizeof(*g));
	if (!lib || !g) {
		free(g);
		return NULL;
	}
	*(void **)&g->alloc = dlsym(lib, "g_slice_alloc");
	*(void **)&g->free = dlsym(lib, "g_slice_free1");
	g->size = w->size;
	if (g->alloc && g->free)
		return g;
	free(g);
	return NULL;
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

const struct slab_subject slab_gslice = { .name = "gslice",
					  .open = open_gslice,
					  .enter = nothing,
					  .leave = nothing_more,
					  .run = subject_run,
					  .phase = subject_phase,
					  .one = subject_one,
					  .none = subject_none,
					  .close = free };
