/* SPDX-License-Identifier: MIT */
/*
 * boot/alloc.c - memblock's allocation functions.
 *
 * One search serves all. What differs is who is asked in turn:
 *
 *	alloc_range_nid    mirrored (if there is any): node, any node*
 *	                   all memory:                 node, any node*
 *	alloc_try_nid      the above in [min, max), then in [0, max)
 *	                                                        * not if exact_nid
 *
 * and in the limit: alloc_try_nid and relatives never go above current_limit,
 * alloc_range_nid only heeds it when asked for what is accessible.
 *
 * A request that cannot be met is reported with the largest hole there is, so that
 * a boot that fails says why.
 *
 * Source: behaviour of Linux 6.1 mm/memblock.c, order of fallbacks and log lines.
 */
#include "base/string.h"
#include "boot/state.h"

/* What callers of the public functions are told when nothing fits. */
static void report_no_room(struct boot_state *b, const char *fn, phys_addr_t size,
			   phys_addr_t align, phys_addr_t from, phys_addr_t to, int nid)
{
	struct memblock *mb = b->memblock;
	phys_addr_t start, end, largest = 0;
	u64 i = 0;

	for (;;) {
		mb_next_range(b, &i, NUMA_NO_NODE, MEMBLOCK_NONE, &mb->memory, &mb->reserved,
			      &start, &end, NULL);
		if (i == QUIRE_CURSOR_END)
			break;
		if (end - start > largest)
			largest = end - start;
	}
	boot_misuse(b,
		    "%s: no room for %llu bytes (align 0x%llx, from 0x%llx, to 0x%llx, node %d); "
		    "largest free range anywhere: %llu bytes",
		    fn, ULL(size), ULL(align), ULL(from), ULL(to), nid, ULL(largest));
}

/* Finds and reserves once; 0: nothing found. */
static phys_addr_t take(struct boot_state *b, phys_addr_t size, phys_addr_t align,
			phys_addr_t start, phys_addr_t end, int nid, enum memblock_flags flags)
{
	phys_addr_t found = mb_find(b, size, align, start, end, nid, flags);

	if (found && !mb_reserve(b, found, size, (unsigned long)memblock_alloc_range_nid))
		return found;
	return 0;
}

static phys_addr_t take_near(struct boot_state *b, phys_addr_t size, phys_addr_t align,
			     phys_addr_t start, phys_addr_t end, int nid, bool exact_nid,
			     enum memblock_flags flags)
{
	phys_addr_t found = take(b, size, align, start, end, nid, flags);

	if (!found && nid != NUMA_NO_NODE && !exact_nid)
		found = take(b, size, align, start, end, NUMA_NO_NODE, flags);
	return found;
}

static phys_addr_t alloc_range(struct boot_state *b, phys_addr_t size, phys_addr_t align,
			       phys_addr_t start, phys_addr_t end, int nid, bool exact_nid)
{
	phys_addr_t found;

	if (nid == MAX_NUMNODES) {
		boot_misuse(b, "memblock: node MAX_NUMNODES means nothing, use NUMA_NO_NODE");
		nid = NUMA_NO_NODE;
	}
	if (!align) {
		boot_misuse(b, "memblock: alignment 0, taken as %d", SMP_CACHE_BYTES);
		align = SMP_CACHE_BYTES;
	}
	if (!size || (align & (align - 1))) {
		boot_misuse(b, "memblock: %llu bytes at multiples of 0x%llx make no request",
			    ULL(size), ULL(align));
		return 0;
	}
	if (b->some_mirror) {
		found = take_near(b, size, align, start, end, nid, exact_nid, MEMBLOCK_MIRROR);
		if (found)
			return found;
		quire_report(b->m, QUIRE_WARNING,
			     "Could not allocate 0x%016llx bytes of mirrored memory\n", ULL(size));
	}
	return take_near(b, size, align, start, end, nid, exact_nid, MEMBLOCK_NONE);
}

static phys_addr_t mb_alloc_range_nid(struct boot_state *b, phys_addr_t size, phys_addr_t align,
				      phys_addr_t start, phys_addr_t end, int nid, bool exact_nid)
{
	if (fault_pass(&b->m->fault, QUIRE_FAULT_BOOT_ALLOC))
		return 0;
	return alloc_range(b, size, align, start, end, nid, exact_nid);
}

phys_addr_t mb_alloc_phys(struct boot_state *b, phys_addr_t size, phys_addr_t align,
			  phys_addr_t min_addr, phys_addr_t max_addr, int nid, bool exact_nid)
{
	phys_addr_t found;

	if (fault_pass(&b->m->fault, QUIRE_FAULT_BOOT_ALLOC))
		return 0;
	if (max_addr > b->memblock->current_limit)
		max_addr = b->memblock->current_limit;
	found = alloc_range(b, size, align, min_addr, max_addr, nid, exact_nid);
	if (!found && min_addr)
		found = alloc_range(b, size, align, 0, max_addr, nid, exact_nid);
	return found;
}

phys_addr_t memblock_alloc_range_nid(phys_addr_t size, phys_addr_t align, phys_addr_t start,
				     phys_addr_t end, int nid, bool exact_nid)
{
	static const char fn[] = "memblock_alloc_range_nid";
	struct boot_state *b = boot_enter(QUIRE_BOOT_MEMBLOCK, BOOT_CHANGE, fn);
	phys_addr_t found = 0;

	if (b) {
		found = mb_alloc_range_nid(b, size, align, start, end, nid, exact_nid);
		if (!found)
			report_no_room(b, fn, size, align, start, end, nid);
	}
	return found;
}

phys_addr_t memblock_phys_alloc_range(phys_addr_t size, phys_addr_t align, phys_addr_t start,
				      phys_addr_t end)
{
	static const char fn[] = "memblock_phys_alloc_range";
	struct boot_state *b = boot_enter(QUIRE_BOOT_MEMBLOCK, BOOT_CHANGE, fn);
	phys_addr_t found = 0;

	if (b) {
		mb_log_phys_alloc(b, fn, size, align, start, end, CALLER);
		found = mb_alloc_range_nid(b, size, align, start, end, NUMA_NO_NODE, false);
		if (!found)
			report_no_room(b, fn, size, align, start, end, NUMA_NO_NODE);
	}
	return found;
}

phys_addr_t memblock_phys_alloc_try_nid(phys_addr_t size, phys_addr_t align, int nid)
{
	static const char fn[] = "memblock_phys_alloc_try_nid";
	struct boot_state *b = boot_enter(QUIRE_BOOT_MEMBLOCK, BOOT_CHANGE, fn);
	phys_addr_t found = 0;

	if (b) {
		found = mb_alloc_range_nid(b, size, align, 0, MEMBLOCK_ALLOC_ACCESSIBLE, nid,
					   false);
		if (!found)
			report_no_room(b, fn, size, align, 0, MEMBLOCK_ALLOC_ACCESSIBLE, nid);
	}
	return found;
}

struct request {
	const char *fn;
	phys_addr_t size, align, min_addr, max_addr;
	int nid;
	bool exact_nid;
	unsigned long ip;
};

static phys_addr_t serve(struct boot_state *b, const struct request *q)
{
	phys_addr_t found;

	mb_log_alloc(b, q->fn, q->size, q->align, q->nid, q->min_addr, q->max_addr, q->ip);
	found = mb_alloc_phys(b, q->size, q->align, q->min_addr, q->max_addr, q->nid, q->exact_nid);
	if (!found)
		report_no_room(b, q->fn, q->size, q->align, q->min_addr, q->max_addr, q->nid);
	return found;
}

/* The pointer-returning half. Nothing is reserved where there are no pointers to give. */
static void *serve_pointer(const struct request *q)
{
	struct boot_state *b = boot_enter(QUIRE_BOOT_MEMBLOCK, BOOT_CHANGE, q->fn);
	phys_addr_t found;

	if (!b)
		return NULL;
	if (!boot_has_pointers(b)) {
		boot_misuse(b,
			    "%s: frames of this machine have no contents, so there is no pointer "
			    "to return; use a _phys_ function",
			    q->fn);
		return NULL;
	}
	found = serve(b, q);
	return found ? boot_pointer(b, found) : NULL;
}

void *memblock_alloc_try_nid(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr,
			     phys_addr_t max_addr, int nid)
{
	const struct request q = {
		"memblock_alloc_try_nid", size, align, min_addr, max_addr, nid, false, CALLER
	};
	void *p = serve_pointer(&q);

	return p ? memset(p, 0, size) : NULL;
}

void *memblock_alloc_try_nid_raw(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr,
				 phys_addr_t max_addr, int nid)
{
	const struct request q = {
		"memblock_alloc_try_nid_raw", size, align, min_addr, max_addr, nid, false, CALLER
	};

	return serve_pointer(&q);
}

void *memblock_alloc_exact_nid_raw(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr,
				   phys_addr_t max_addr, int nid)
{
	const struct request q = {
		"memblock_alloc_exact_nid_raw", size, align, min_addr, max_addr, nid, true, CALLER
	};

	return serve_pointer(&q);
}

phys_addr_t quire_memblock_alloc_phys(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr,
				      phys_addr_t max_addr, int nid, bool exact_nid)
{
	const struct request q = {
		"quire_memblock_alloc_phys", size, align, min_addr, max_addr, nid, exact_nid, CALLER
	};
	struct boot_state *b = boot_enter(QUIRE_BOOT_MEMBLOCK, BOOT_CHANGE, q.fn);

	return b ? serve(b, &q) : 0;
}
