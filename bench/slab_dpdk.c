/* SPDX-License-Identifier: MIT */
/*
 * bench/slab_dpdk.c - suite slab: DPDK's mempool, where the build found libdpdk.
 *
 * A pool of fixed objects with a cache of 512 pointers a thread. Its environment wants to be set
 * up once per process, without huge pages here; threads of a workload register themselves.
 */
#include <stdlib.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mempool.h>

#include "slab.h"

static inline void *get(struct rte_mempool *pool)
{
	void *p;

	return rte_mempool_get(pool, &p) ? NULL : p;
}

#define SUBJECT_TYPE		    struct rte_mempool
#define SUBJECT_ALLOC(s, size)	    ((void)(size), get(s))
#define SUBJECT_FREE(s, p)	    rte_mempool_put(s, p)
#define SUBJECT_ALLOC_BULK(s, n, p) ((void)rte_mempool_get_bulk(s, p, n))
#define SUBJECT_FREE_BULK(s, n, p)  rte_mempool_put_bulk(s, p, n)
#include "slab_workloads.h"

/* The environment, once; the thread that sets it up is pinned by it: the suite pins it again. */
static bool environment(void)
{
	static char *args[] = {
		"quire-bench", "--no-huge",	"-m", "512", "--no-shconf", "--no-telemetry",
		"--no-pci",    "--log-level=1", "-l", "0",   NULL
	};
	static int up; /* 1: yes, -1: cannot */

	if (!up)
		up = rte_eal_init(10, args) < 0 ? -1 : 1;
	return up > 0;
}

static void *open_dpdk(const struct slab_workload *w)
{
	if (w->kind == SLAB_CHURN || !environment())
		return NULL;
	return rte_mempool_create(w->name, SLAB_LIVE_OBJECTS + 2048, w->size, 512, 0, NULL, NULL,
				  NULL, NULL, SOCKET_ID_ANY, 0);
}

static void enter(void *ctx, unsigned int cpu)
{
	(void)ctx;
	(void)cpu;
	if (rte_lcore_id() == LCORE_ID_ANY && rte_thread_register())
		bench_die("suite slab: DPDK takes no more threads");
}

static void leave(void *ctx)
{
	(void)ctx;
	if (rte_lcore_id() != rte_get_main_lcore())
		rte_thread_unregister();
}

static void close_dpdk(void *ctx)
{
	rte_mempool_free(ctx);
}

const struct slab_subject slab_dpdk = { .name = "dpdk-mempool",
					.open = open_dpdk,
					.enter = enter,
					.leave = leave,
					.run = subject_run,
					.phase = subject_phase,
					.one = subject_one,
					.none = subject_none,
					.close = close_dpdk };
