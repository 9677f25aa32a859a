/* SPDX-License-Identifier: MIT */
/*
 * slab/failslab.c - objects that fail by probability; see quire/fault.h.
 *
 * The cache of struct kmem_cache is spared: a cache that cannot be made is the fault point
 * CACHE_CREATE's matter.
 *
 * Source: Linux 6.1 Documentation/fault-injection/fault-injection.rst.
 */
#include "slab/slab.h"

bool slab_should_fail(struct kmem_cache *s, gfp_t gfp, size_t size)
{
	struct quire_machine *m = quire_this_cpu->machine;
	struct fault_attr *a = &m->fault_attr[QUIRE_FAULT_SLAB_ALLOC];
	const struct fault_request rq = { .point = QUIRE_FAULT_SLAB_ALLOC,
					  .size = size,
					  .gfp = gfp,
					  .marked = s && READ_ONCE(s->failslab) };

	if (likely(!a->on) || gfp & __GFP_NOFAIL || (s && s == this_slab_state()->kmem_cache))
		return false;
	return fault_attr_fails(m, a, &rq);
}
