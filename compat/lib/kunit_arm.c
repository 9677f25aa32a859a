/* SPDX-License-Identifier: MIT */
/*
 * kunit_arm.c - one allocation of a case fails, and where it was asked for.
 *
 * The place is the call site that the tracepoints of kmalloc and kmem_cache_alloc give, the
 * first that got nothing. A request for pages has no such place. What fails by chance
 * (failslab=) does so in the same span.
 */
#include "kunit_internal.h"
#include "kunit_services.h"

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

void kunit_arm(u64 nth, struct kunit_result *result)
{
	struct quire_machine *machine = quire_current_machine();

	quire_faults(true);
	if (!nth || !machine)
		return;
	armed = result;
	if (quire_slab_trace_set(machine, &hooks))
		kunit_say(1, "# no memory for objects on this machine");
	quire_fault_arm(machine, QUIRE_FAULT_MEMORY, nth);
}

void kunit_disarm(u64 nth, struct kunit_result *result)
{
	struct quire_machine *machine = quire_current_machine();
	unsigned int point;

	quire_faults(false);
	if (!nth || !machine)
		return;
	result->failed = quire_fault_disarm(machine);
	for (point = 0; point < QUIRE_NR_FAULT_POINTS; point++)
		result->passes += quire_fault_passes(machine, point);
	quire_slab_trace_set(machine, NULL);
	armed = NULL;
}
