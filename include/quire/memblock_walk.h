/* SPDX-License-Identifier: MIT */
/*
 * memblock_walk.h - the loops over memblock's lists; part of memblock.h.
 *
 *	memory     [=====a=====]      [=========b=========]
 *	reserved     [##]  [#]          [####]         [###]
 *	for_each_mem_range              a, b
 *	for_each_free_mem_range         1   2   3     4     5
 *	            [1]  [2] [3]      [4]  [===5====]
 *
 * A list must not be changed while it is walked over. Outside a machine that boots
 * with memblock the loops of ranges end at once, after a report.
 */
#ifndef QUIRE_MEMBLOCK_WALK_H
#define QUIRE_MEMBLOCK_WALK_H

#include <quire/memblock.h>

QUIRE_BEGIN_DECLS

/**
 * __next_mem_range() - advances @cursor to the next part of @type_a that is not in @type_b.
 * @cursor: 0 at the start; QUIRE_CURSOR_END when there is no further part
 * @nid: only regions of this node; NUMA_NO_NODE: all. For memory alone, like @flags:
 * @flags: which unusual regions take part (see boot/iterate.c)
 * @type_b: NULL: nothing is left out
 * @start, @end, @out_nid: the part, each may be NULL
 */
QUIRE_PUBLIC void __next_mem_range(u64 *cursor, int nid, enum memblock_flags flags,
				   struct memblock_type *type_a, struct memblock_type *type_b,
				   phys_addr_t *start, phys_addr_t *end, int *out_nid)
	QUIRE_API(__next_mem_range);
/** __next_mem_range_rev() - the same downwards; @cursor is QUIRE_CURSOR_END at the start, too. */
QUIRE_PUBLIC void __next_mem_range_rev(u64 *cursor, int nid, enum memblock_flags flags,
				       struct memblock_type *type_a, struct memblock_type *type_b,
				       phys_addr_t *start, phys_addr_t *end, int *out_nid)
	QUIRE_API(__next_mem_range_rev);
/** __next_mem_pfn_range() - the next region after index @idx with whole frames; -1 at the end. */
QUIRE_PUBLIC void __next_mem_pfn_range(int *idx, int nid, unsigned long *start_pfn,
				       unsigned long *end_pfn, int *out_nid)
	QUIRE_API(__next_mem_pfn_range);

#define QUIRE_CURSOR_END (~(u64)0)

#define __for_each_mem_range(i, type_a, type_b, nid, flags, p_start, p_end, p_nid)           \
	for (i = 0, __next_mem_range(&i, nid, flags, type_a, type_b, p_start, p_end, p_nid); \
	     i != QUIRE_CURSOR_END;                                                          \
	     __next_mem_range(&i, nid, flags, type_a, type_b, p_start, p_end, p_nid))

#define __for_each_mem_range_rev(i, type_a, type_b, nid, flags, p_start, p_end, p_nid)   \
	for (i = QUIRE_CURSOR_END,                                                       \
	    __next_mem_range_rev(&i, nid, flags, type_a, type_b, p_start, p_end, p_nid); \
	     i != QUIRE_CURSOR_END;                                                      \
	     __next_mem_range_rev(&i, nid, flags, type_a, type_b, p_start, p_end, p_nid))

/** for_each_mem_range() - memory by ascending address, whatever is reserved; bytes. */
#define for_each_mem_range(i, p_start, p_end)                                                   \
	__for_each_mem_range(i, &quire_memblock()->memory, NULL, NUMA_NO_NODE,                  \
			     (enum memblock_flags)(MEMBLOCK_HOTPLUG | MEMBLOCK_DRIVER_MANAGED), \
			     p_start, p_end, NULL)
#define for_each_mem_range_rev(i, p_start, p_end)                                                  \
	__for_each_mem_range_rev(                                                                  \
		i, &quire_memblock()->memory, NULL, NUMA_NO_NODE,                                  \
		(enum memblock_flags)(MEMBLOCK_HOTPLUG | MEMBLOCK_DRIVER_MANAGED), p_start, p_end, \
		NULL)
/** for_each_reserved_mem_range() - what is reserved, by ascending address; bytes. */
#define for_each_reserved_mem_range(i, p_start, p_end)                                          \
	__for_each_mem_range(i, &quire_memblock()->reserved, NULL, NUMA_NO_NODE, MEMBLOCK_NONE, \
			     p_start, p_end, NULL)
/** for_each_free_mem_range() - memory that is not reserved, of node @nid, ascending; bytes. */
#define for_each_free_mem_range(i, nid, flags, p_start, p_end, p_nid)                        \
	__for_each_mem_range(i, &quire_memblock()->memory, &quire_memblock()->reserved, nid, \
			     flags, p_start, p_end, p_nid)
#define for_each_free_mem_range_reverse(i, nid, flags, p_start, p_end, p_nid)                    \
	__for_each_mem_range_rev(i, &quire_memblock()->memory, &quire_memblock()->reserved, nid, \
				 flags, p_start, p_end, p_nid)
/** for_each_mem_pfn_range() - memory as whole frames, of node @nid (MAX_NUMNODES: all). */
#define for_each_mem_pfn_range(i, nid, p_start, p_end, p_nid)                      \
	for (i = -1, __next_mem_pfn_range(&i, nid, p_start, p_end, p_nid); i >= 0; \
	     __next_mem_pfn_range(&i, nid, p_start, p_end, p_nid))
/** for_each_mem_region(), for_each_reserved_mem_region() - the entries themselves. */
#define for_each_mem_region(region)                     \
	for (region = quire_memblock()->memory.regions; \
	     region < quire_memblock()->memory.regions + quire_memblock()->memory.cnt; region++)
#define for_each_reserved_mem_region(region)                                               \
	for (region = quire_memblock()->reserved.regions;                                  \
	     region < quire_memblock()->reserved.regions + quire_memblock()->reserved.cnt; \
	     region++)

QUIRE_END_DECLS

#endif /* QUIRE_MEMBLOCK_WALK_H */
