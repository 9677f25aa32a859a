/* SPDX-License-Identifier: MIT */
/*
 * kunit_arm.c - one allocation of a case fails, and where it was asked for.
 *
 * The place is the call site that the tracepoints of kmalloc and kmem_cache_alloc give, the
 * first that got nothing. A request for pages has no such place. Armed again, the count goes on:
 * what happens between is not counted.
 */
#include "kunit_internal.h"

#include <quire/fault.h>
#include <quire/machine.h>
#include <quire/trace.h>

static struct kunit_result *armed;

static void note(unsigned long call_site, const void *object)
{
	if (object || !armed || *armed->failed_at)
		return;
	snprintf(armed->failed_at, sizeof(armed->failed_at), "%pS", (void *)call_site);
}

static void on_kmalloc(void *ctx, unsigned long call_site, const void *object, struct kmem_cache *s,
		       size_t bytes_req, size_t bytes_alloc, gfp_t gfp, int node)
{
	note(call_site, object);
}

static void on_cache_alloc(void *ctx, unsigned long call_site, const void *object,
			   struct kmem_cache *s, gfp_t gfp, int node)
{
	note(call_site, object);
}

static const struct quire_slab_trace hooks = {
	.kmalloc = on_kmalloc,
	.cache_alloc = on_cache_alloc,
};

/* Those of QUIRE_FAULT_MEMORY. */
static const unsigned int memory[] = { QUIRE_FAULT_PAGE_ALLOC, QUIRE_FAULT_PAGE_BULK,
				       QUIRE_FAULT_KMAP, QUIRE_FAULT_CACHE_CREATE,
				       QUIRE_FAULT_SLAB_ALLOC };

void kunit_arm(u64 nth, struct kunit_result *result)
{
	struct quire_machine *machine = quire_current_machine();

	if (!nth || !machine || result->failed)
		return;
	armed = result;
	if (quire_slab_trace_set(machine, &hooks))
		kunit_say(1, "# no memory for objects on this machine");
	quire_fault_arm(machine, QUIRE_FAULT_MEMORY,
			nth == KUNIT_NTH_COUNT ? nth : nth - result->passes);
}

void kunit_disarm(u64 nth, struct kunit_result *result)
{
	struct quire_machine *machine = quire_current_machine();
	unsigned int i;

	if (!nth || !machine || !armed)
		return;
	result->failed = quire_fault_disarm(machine);
	result->passes = 0;
	for (i = 0; i < sizeof(memory) / sizeof(memory[0]); i++)
		result->passes += quire_fault_passes(machine, memory[i]);
	quire_slab_trace_set(machine, NULL);
	armed = NULL;
}
