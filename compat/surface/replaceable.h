/* SPDX-License-Identifier: MIT */
/*
 * surface/replaceable.h - APIs of which a client may bring its own: under the kernel's names.
 *
 * In the core xa_load() is the symbol quire_xa_load; a client that defines xa_load() itself must
 * not meet it. So clients see these headers without the core's labels, and libquire-kernel.a has
 * the same sources once more, compiled with this file in front (replaceable.cmake), a member each:
 * one whose names a client defines is not pulled in.
 *
 * The headers below these are included first: their names are the core's.
 */
#ifndef COMPAT_SURFACE_REPLACEABLE_H
#define COMPAT_SURFACE_REPLACEABLE_H

#include <quire/bitmap.h>
#include <quire/errno.h>
#include <quire/gfp.h>
#include <quire/list.h>
#include <quire/machine.h>
#include <quire/mm.h>
#include <quire/rcupdate.h>
#include <quire/report.h>
#include <quire/slab.h>
#include <quire/spinlock.h>

/* What these allocate may sleep, as what their clients do. */
#include "alloc.h"
#define QUIRE_MEMPOOL_CHECK(gfp) ((void)QUIRE_GFP(gfp))

/* A mempool waits as the kernel does: others run, also on a deterministic machine. */
long schedule_timeout_uninterruptible(long timeout);
#define QUIRE_MEMPOOL_ALONE(machine) false
#define QUIRE_MEMPOOL_PAUSE(turns)   ((void)(turns), (void)schedule_timeout_uninterruptible(1))

/* In clients a mempool has a wait queue: services.h comes first there. */
#ifdef COMPAT_SURFACE_WAIT_H
#define QUIRE_MEMPOOL_WAIT wait_queue_head_t
_Static_assert(sizeof(wait_queue_head_t) <= 4 * sizeof(unsigned long), "QUIRE_MEMPOOL_WAIT_WORDS");
#endif

#pragma push_macro("QUIRE_API")
#undef QUIRE_API
#define QUIRE_API(name)
#include <quire/idr.h>
#include <quire/mempool.h>
#include <quire/radix-tree.h>
#include <quire/xarray.h>
#pragma pop_macro("QUIRE_API")

#endif /* COMPAT_SURFACE_REPLACEABLE_H */
