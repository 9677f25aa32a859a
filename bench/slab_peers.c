/* SPDX-License-Identifier: MIT */
/*
 * bench/slab_peers.c - suite slab: user-space allocators, loaded as this machine has them.
 *
 * Each library is opened for itself (its malloc is not the program's) and called through
 * pointers. One that is not installed is left out, and the table says so.
 */
#include <dlfcn.h>
#include <stdlib.h>

#include "slab.h"

struct peer {
	void *(*alloc)(size_t size);
	void (*free)(void *p);
};

#define SUBJECT_TYPE		    struct peer
#define SUBJECT_ALLOC(s, size)	    ((s)->alloc(size))
#define SUBJECT_FREE(s, p)	    ((s)->free(p))
#define SUBJECT_ALLOC_BULK(s, n, p) ((void)(s), (void)(n), (void)(p))
#define SUBJECT_FREE_BULK(s, n, p)  ((void)(s), (void)(n), (void)(p))
#include "slab_workloads.h"

/* POSIX: what dlsym() gives may be a function. */
static void load(struct peer *p, const char *file)
{
	void *lib = dlopen(file, RTLD_NOW | RTLD_LOCAL);

	if (!lib)
		return;
	*(void **)&p->alloc = dlsym(lib, "malloc");
	*(void **)&p->free = dlsym(lib, "free");
}

static void *open_peer(const struct slab_workload *w, struct peer *p, const char *file)
{
	if (w->kind == SLAB_BULK)
		return NULL;
	if (!p->alloc)
		load(p, file);
	return p->alloc && p->free ? p : NULL;
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

#define PEER(variable, name_, file)                                     \
	static struct peer variable##_peer;                             \
	static void *open_##variable(const struct slab_workload *w)     \
	{                                                               \
		return open_peer(w, &variable##_peer, file);            \
	}                                                               \
	const struct slab_subject variable = { .name = name_,           \
					       .open = open_##variable, \
					       .enter = nothing,        \
					       .leave = nothing_more,   \
					       .run = subject_run,      \
					       .phase = subject_phase,  \
					       .one = subject_one,      \
					       .none = subject_none,    \
					       .close = nothing_more }
PEER(slab_glibc, "glibc", "libc.so.6");
PEER(slab_jemalloc, "jemalloc", "libjemalloc.so.2");
PEER(slab_tcmalloc, "tcmalloc", "libtcmalloc_minimal.so.4");
PEER(slab_mimalloc, "mimalloc", "libmimalloc.so.2.0");
