/* SPDX-License-Identifier: MIT */
/*
 * vmalloc/kvmalloc.c - memory that need not be physically contiguous: kmalloc() where it serves
 * without effort, vmalloc() beyond.
 *
 * As Linux 6.1: a request larger than a page asks kmalloc() without retries or warnings first;
 * flags that vmalloc() cannot honour (less than GFP_KERNEL allows) stay with kmalloc(). So does all
 * of a machine without real mappings: nobody could use such an address there.
 */
#include <quire/vmalloc.h>

#include "vmalloc/internal.h"

#define CALLER __builtin_return_address(0)

static bool usable(void)
{
	struct vmalloc_state *vs = vmalloc_state();

	return vs && vs->window;
}

void *kvmalloc_node(size_t size, gfp_t gfp, int nid)
{
	const bool large = size > 1ul << quire_this_cpu->page_shift && usable();
	gfp_t first = gfp;
	void *p;

	if (large) {
		first |= __GFP_NOWARN;
		if (!(gfp & __GFP_RETRY_MAYFAIL))
			first |= __GFP_NORETRY;
		first &= ~__GFP_NOFAIL; /* vmalloc() can do that, too */
	}
	p = __kmalloc_node_track_caller(size, first, nid, (unsigned long)CALLER);
	if (p || !large || !gfpflags_allow_blocking(gfp))
		return p;
	/* Larger than a signed int is a caller's mistake, as Linux has it. */
	if (size > 0x7fffffff) {
		if (!(gfp & __GFP_NOWARN))
			quire_report(NULL, QUIRE_WARNING,
				     "WARNING: kvmalloc: %zu bytes are more than INT_MAX\n", size);
		return NULL;
	}
	return __vmalloc_node(size, 1, gfp, nid, CALLER);
}

void kvfree(const void *object)
{
	if (is_vmalloc_addr(object))
		vfree_by(object, __builtin_return_address(0));
	else
		kfree(object);
}

/* Clears what a vmalloc() area holds, by its frames: its address need not be the host's. */
static void clear_area(const void *addr, size_t bytes)
{
	const unsigned long page_bytes = 1ul << quire_this_cpu->page_shift;
	size_t at;

	for (at = 0; at < bytes; at += page_bytes) {
		struct page *page = vmalloc_to_page((const char *)addr + at);
		void *to = page ? page_address(page) : NULL;

		if (to)
			memset(to, 0, min(page_bytes, bytes - at));
	}
}

void kvfree_sensitive(const void *object, size_t bytes)
{
	if (likely(!ZERO_OR_NULL_PTR(object)) && is_vmalloc_addr(object)) {
		clear_area(object, bytes);
		vfree_by(object, __builtin_return_address(0));
		return;
	}
	kfree_sensitive(object);
}

void *kvrealloc(const void *p, size_t old_bytes, size_t bytes, gfp_t gfp)
{
	void *to;

	if (old_bytes >= bytes)
		return (void *)(unsigned long)p;
	to = kvmalloc_node(bytes, gfp, NUMA_NO_NODE);
	if (to && p) {
		memcpy(to, p, old_bytes);
		kvfree(p);
	}
	return to;
}
