/* SPDX-License-Identifier: MIT */
/*
 * memblock.h - the boot allocator that keeps two sorted lists of ranges.
 *
 *	memory    [=====a=====]      [=========b=========]        what exists
 *	reserved     [##]  [#]          [####]         [###]      what is taken
 *	free      [=]   [=]  [=]     [==]     [=======]           memory minus reserved
 *	                                             ^ top-down allocations come from here
 *
 * 1. A region is a range of bytes with a node and flags. Regions of one type are
 *    sorted and never overlap; neighbours that touch and agree in node and flags
 *    are one region (I1, I2 of boot/regions.c).
 * 2. To allocate is to find a hole of `memory minus reserved` and to reserve it.
 *    Top-down takes the highest address that fits, bottom-up the lowest.
 * 3. Each type's array starts with 128 entries inside the machine. When it is full
 *    it doubles into memory it takes from itself, once memblock_allow_resize() was
 *    called; before that, what would need a new entry fails with -ENOMEM.
 * 4. boot_hand_over() gives what is free to the page allocator. After it, only
 *    queries and memblock_free_late() may be used; anything else is reported as
 *    misuse and changes nothing.
 *
 * All functions act on the machine of the calling thread's CPU, which must have
 * chosen QUIRE_BOOT_MEMBLOCK. They are not locked: boot runs on one CPU.
 * Addresses and sizes are bytes; ranges end exclusively. Where functions return a
 * pointer, it points into the machine's linear map; book-keeping machines have
 * none, so there these functions report so and return NULL, and the _phys_
 * functions and memblock_alloc_range_nid() are to be used.
 *
 * Names and behaviour after Linux 6.1 (include/linux/memblock.h). Where Linux
 * prints with `memblock=debug`, we print the same when config.memblock_debug is set.
 * Differences: an impossible or mistaken request is reported (see boot/misuse.c)
 * where Linux is silent or panics; memblock_mark_mirror() needs no kernelcore=mirror;
 * the region arrays name the node "none" by MAX_NUMNODES, which is 64 here.
 */
#ifndef QUIRE_MEMBLOCK_H
#define QUIRE_MEMBLOCK_H

#include <quire/api.h>
#include <quire/machine.h>
#include <quire/types.h>

QUIRE_BEGIN_DECLS

#ifndef NUMA_NO_NODE
#define NUMA_NO_NODE (-1)
#endif
#ifndef MAX_NUMNODES
#define MAX_NUMNODES QUIRE_MAX_NODES
#endif
#ifndef PHYS_ADDR_MAX
#define PHYS_ADDR_MAX (~(phys_addr_t)0)
#endif
#ifndef SMP_CACHE_BYTES
#define SMP_CACHE_BYTES QUIRE_CACHELINE
#endif

#define INIT_MEMBLOCK_REGIONS	       128
#define INIT_MEMBLOCK_RESERVED_REGIONS INIT_MEMBLOCK_REGIONS

/* So that the log names the caller's caller, whatever the optimisation. */
#define QUIRE_ALWAYS_INLINE inline __attribute__((always_inline))

/* Limits of a search. */
#define MEMBLOCK_ALLOC_ANYWHERE	   (~(phys_addr_t)0)
#define MEMBLOCK_ALLOC_ACCESSIBLE  0 /* up to current_limit */
#define MEMBLOCK_ALLOC_NOLEAKTRACE 1 /* the same, not told to leak tracing */
#define MEMBLOCK_LOW_LIMIT	   0
#ifndef ARCH_LOW_ADDRESS_LIMIT
#define ARCH_LOW_ADDRESS_LIMIT 0xffffffffUL
#endif

/**
 * enum memblock_flags - attributes of a region of memory.
 * @MEMBLOCK_HOTPLUG: may be unplugged; passed over when movable_node_is_enabled()
 * @MEMBLOCK_MIRROR: mirrored; preferred as soon as there is any
 * @MEMBLOCK_NOMAP: not in the linear map, never allocated, never handed over
 * @MEMBLOCK_DRIVER_MANAGED: added by a driver: never allocated
 */
enum memblock_flags {
	MEMBLOCK_NONE = 0x0,
	MEMBLOCK_HOTPLUG = 0x1,
	MEMBLOCK_MIRROR = 0x2,
	MEMBLOCK_NOMAP = 0x4,
	MEMBLOCK_DRIVER_MANAGED = 0x8,
};

/** struct memblock_region - one range; @nid is MAX_NUMNODES while unknown. */
struct memblock_region {
	phys_addr_t base;
	phys_addr_t size;
	enum memblock_flags flags;
	int nid;
};

/**
 * struct memblock_type - a sorted list of regions.
 * @cnt: entries in use; an empty list has one of size 0
 * @max: entries the array holds
 * @total_size: bytes of all regions, as Linux keeps it: memblock_trim_memory() shrinks
 *	regions without touching it
 */
struct memblock_type {
	unsigned long cnt;
	unsigned long max;
	phys_addr_t total_size;
	struct memblock_region *regions;
	const char *name;
};

/** struct memblock - a machine's boot allocator. Fields may be read; use the functions to write. */
struct memblock {
	bool bottom_up;
	phys_addr_t current_limit;
	struct memblock_type memory;
	struct memblock_type reserved;
};

/** quire_memblock() - the current machine's memblock (Linux's variable `memblock`); NULL: none. */
QUIRE_PUBLIC struct memblock *quire_memblock(void);

/* Lists of ranges. */

/**
 * memblock_add() - [@base, @base + @size) is memory, of no node yet.
 * What is already there stays as it is: only the gaps are added. @size is cut at
 * PHYS_ADDR_MAX. O(regions).
 * Return: 0, -ENOMEM when the array is full and may not or cannot grow, or -EINVAL when the
 * machine has contents and the range lies beyond its linear map (reported).
 */
QUIRE_PUBLIC int memblock_add(phys_addr_t base, phys_addr_t size) QUIRE_API(memblock_add);
/** memblock_add_node() - the same, of node @nid, with @flags. */
QUIRE_PUBLIC int memblock_add_node(phys_addr_t base, phys_addr_t size, int nid,
				   enum memblock_flags flags) QUIRE_API(memblock_add_node);
/**
 * memblock_remove() - [@base, @base + @size) is no memory any more; regions are cut.
 * Return: 0, or -ENOMEM as memblock_add().
 */
QUIRE_PUBLIC int memblock_remove(phys_addr_t base, phys_addr_t size) QUIRE_API(memblock_remove);
/** memblock_reserve() - [@base, @base + @size) is taken; need not be memory. Return: as
 * memblock_add(). */
QUIRE_PUBLIC int memblock_reserve(phys_addr_t base, phys_addr_t size) QUIRE_API(memblock_reserve);
/**
 * memblock_phys_free() - [@base, @base + @size) is free again.
 * A range that was not reserved as a whole is reported; what of it was reserved is freed.
 * A range that holds memblock's own grown lists is reported and not freed.
 * Return: 0, -ENOMEM as memblock_add(), or -EINVAL for the last case.
 */
QUIRE_PUBLIC int memblock_phys_free(phys_addr_t base, phys_addr_t size)
	QUIRE_API(memblock_phys_free);
/** memblock_free() - the same by address in the linear map; NULL is nothing. */
QUIRE_PUBLIC void memblock_free(void *ptr, size_t size) QUIRE_API(memblock_free);

/** memblock_trim_memory() - shrinks each memory region inward to multiples of @align (a power of
 * two). */
QUIRE_PUBLIC void memblock_trim_memory(phys_addr_t align) QUIRE_API(memblock_trim_memory);
/** memblock_allow_resize() - full arrays may double from here on. */
QUIRE_PUBLIC void memblock_allow_resize(void) QUIRE_API(memblock_allow_resize);
/** memblock_set_node() - the regions of @type (or parts) in the range belong to node @nid. */
QUIRE_PUBLIC int memblock_set_node(phys_addr_t base, phys_addr_t size, struct memblock_type *type,
				   int nid) QUIRE_API(memblock_set_node);
/** memblock_mark_hotplug() - sets HOTPLUG on memory in the range. Return: 0 or -ENOMEM, as all
 * five. */
QUIRE_PUBLIC int memblock_mark_hotplug(phys_addr_t base, phys_addr_t size)
	QUIRE_API(memblock_mark_hotplug);
/** memblock_clear_hotplug() - clears HOTPLUG on memory in the range. */
QUIRE_PUBLIC int memblock_clear_hotplug(phys_addr_t base, phys_addr_t size)
	QUIRE_API(memblock_clear_hotplug);
/** memblock_mark_mirror() - sets MIRROR; from here on mirrored memory is tried first on memory in
 * the range. */
QUIRE_PUBLIC int memblock_mark_mirror(phys_addr_t base, phys_addr_t size)
	QUIRE_API(memblock_mark_mirror);
/** memblock_mark_nomap() - sets NOMAP on memory in the range. */
QUIRE_PUBLIC int memblock_mark_nomap(phys_addr_t base, phys_addr_t size)
	QUIRE_API(memblock_mark_nomap);
/** memblock_clear_nomap() - clears NOMAP on memory in the range. */
QUIRE_PUBLIC int memblock_clear_nomap(phys_addr_t base, phys_addr_t size)
	QUIRE_API(memblock_clear_nomap);

/** memblock_cap_memory_range() - memory outside the range goes, except NOMAP; reservations follow.
 */
QUIRE_PUBLIC void memblock_cap_memory_range(phys_addr_t base, phys_addr_t size)
	QUIRE_API(memblock_cap_memory_range);
/** memblock_enforce_memory_limit() - keeps the lowest @limit bytes of memory (0: everything). */
QUIRE_PUBLIC void memblock_enforce_memory_limit(phys_addr_t limit)
	QUIRE_API(memblock_enforce_memory_limit);
/** memblock_mem_limit_remove_map() - the same by memblock_cap_memory_range(): NOMAP stays. */
QUIRE_PUBLIC void memblock_mem_limit_remove_map(phys_addr_t limit)
	QUIRE_API(memblock_mem_limit_remove_map);

/* Allocation. */

/**
 * memblock_alloc_range_nid() - takes @size bytes at a multiple of @align.
 * @align: power of two; 0 is reported and becomes SMP_CACHE_BYTES
 * @start, @end: where to look; MEMBLOCK_ALLOC_ACCESSIBLE as @end: up to current_limit
 * @nid: preferred node, or NUMA_NO_NODE
 * @exact_nid: no other node will do
 * Never below the first page. O(regions).
 * Return: the address, or 0.
 */
QUIRE_PUBLIC phys_addr_t memblock_alloc_range_nid(phys_addr_t size, phys_addr_t align,
						  phys_addr_t start, phys_addr_t end, int nid,
						  bool exact_nid)
	QUIRE_API(memblock_alloc_range_nid);
/** memblock_phys_alloc_range() - the same from any node, logged. */
QUIRE_PUBLIC phys_addr_t memblock_phys_alloc_range(phys_addr_t size, phys_addr_t align,
						   phys_addr_t start, phys_addr_t end)
	QUIRE_API(memblock_phys_alloc_range);
/** memblock_phys_alloc_try_nid() - the same from all that is accessible, @nid first, not logged. */
QUIRE_PUBLIC phys_addr_t memblock_phys_alloc_try_nid(phys_addr_t size, phys_addr_t align, int nid)
	QUIRE_API(memblock_phys_alloc_try_nid);

/**
 * memblock_alloc_try_nid() - @size zeroed bytes, as a pointer.
 * @min_addr, @max_addr: preferred range; the lower bound is given up before failing, and the
 *	upper one never lies above current_limit
 * Tried in turn: node @nid, any node, then both again without @min_addr.
 * Return: the address in the linear map, or NULL: no room, or a book-keeping machine.
 */
QUIRE_PUBLIC void *memblock_alloc_try_nid(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr,
					  phys_addr_t max_addr, int nid)
	QUIRE_API(memblock_alloc_try_nid);
/** memblock_alloc_try_nid_raw() - the same, not zeroed. */
QUIRE_PUBLIC void *memblock_alloc_try_nid_raw(phys_addr_t size, phys_addr_t align,
					      phys_addr_t min_addr, phys_addr_t max_addr, int nid)
	QUIRE_API(memblock_alloc_try_nid_raw);
/** memblock_alloc_exact_nid_raw() - the same, not zeroed, from no other node than @nid. */
QUIRE_PUBLIC void *memblock_alloc_exact_nid_raw(phys_addr_t size, phys_addr_t align,
						phys_addr_t min_addr, phys_addr_t max_addr, int nid)
	QUIRE_API(memblock_alloc_exact_nid_raw);

/**
 * quire_memblock_alloc_phys() - what the three functions above would choose, as an address.
 * @exact_nid: as memblock_alloc_exact_nid_raw()
 * For book-keeping machines and replays: clamping by current_limit and the retry without
 * @min_addr included, contents untouched.
 */
QUIRE_PUBLIC phys_addr_t quire_memblock_alloc_phys(phys_addr_t size, phys_addr_t align,
						   phys_addr_t min_addr, phys_addr_t max_addr,
						   int nid, bool exact_nid);

/** memblock_phys_alloc() - @size bytes from anywhere accessible; 0: no room. */
static QUIRE_ALWAYS_INLINE phys_addr_t memblock_phys_alloc(phys_addr_t size, phys_addr_t align)
{
	return memblock_phys_alloc_range(size, align, 0, MEMBLOCK_ALLOC_ACCESSIBLE);
}

/** memblock_alloc() - @size zeroed bytes from any node. */
static QUIRE_ALWAYS_INLINE void *memblock_alloc(phys_addr_t size, phys_addr_t align)
{
	return memblock_alloc_try_nid(size, align, MEMBLOCK_LOW_LIMIT, MEMBLOCK_ALLOC_ACCESSIBLE,
				      NUMA_NO_NODE);
}

/** memblock_alloc_raw() - the same, not zeroed. */
static QUIRE_ALWAYS_INLINE void *memblock_alloc_raw(phys_addr_t size, phys_addr_t align)
{
	return memblock_alloc_try_nid_raw(size, align, MEMBLOCK_LOW_LIMIT,
					  MEMBLOCK_ALLOC_ACCESSIBLE, NUMA_NO_NODE);
}

/** memblock_alloc_from() - zeroed, above @min_addr if possible. */
static QUIRE_ALWAYS_INLINE void *memblock_alloc_from(phys_addr_t size, phys_addr_t align,
						     phys_addr_t min_addr)
{
	return memblock_alloc_try_nid(size, align, min_addr, MEMBLOCK_ALLOC_ACCESSIBLE,
				      NUMA_NO_NODE);
}

/** memblock_alloc_low() - zeroed, below 4 GiB. */
static QUIRE_ALWAYS_INLINE void *memblock_alloc_low(phys_addr_t size, phys_addr_t align)
{
	return memblock_alloc_try_nid(size, align, MEMBLOCK_LOW_LIMIT, ARCH_LOW_ADDRESS_LIMIT,
				      NUMA_NO_NODE);
}

/** memblock_alloc_node() - zeroed, from node @nid if possible. */
static QUIRE_ALWAYS_INLINE void *memblock_alloc_node(phys_addr_t size, phys_addr_t align, int nid)
{
	return memblock_alloc_try_nid(size, align, MEMBLOCK_LOW_LIMIT, MEMBLOCK_ALLOC_ACCESSIBLE,
				      nid);
}

/* The end of boot. */

/** memblock_free_all() - quire_machine_continue() of a held machine, under Linux's name. */
QUIRE_PUBLIC void memblock_free_all(void) QUIRE_API(memblock_free_all);
/** memblock_free_late() - after the hand-over: whole frames of a reserved range go to the page
 * allocator. */
QUIRE_PUBLIC void memblock_free_late(phys_addr_t base, phys_addr_t size)
	QUIRE_API(memblock_free_late);
/** memblock_discard() - after the hand-over: frees grown region arrays; queries end with it. */
QUIRE_PUBLIC void memblock_discard(void) QUIRE_API(memblock_discard);

/* Settings. */

/** memblock_set_bottom_up() - allocations take the lowest address that fits (@enable) or the
 * highest. */
QUIRE_PUBLIC void memblock_set_bottom_up(bool enable) QUIRE_API(memblock_set_bottom_up);
/** memblock_bottom_up() - do they take the lowest? */
QUIRE_PUBLIC bool memblock_bottom_up(void) QUIRE_API(memblock_bottom_up);
/** memblock_set_current_limit() - what is accessible ends at @limit. */
QUIRE_PUBLIC void memblock_set_current_limit(phys_addr_t limit)
	QUIRE_API(memblock_set_current_limit);
/** memblock_get_current_limit() - where it ends. */
QUIRE_PUBLIC phys_addr_t memblock_get_current_limit(void) QUIRE_API(memblock_get_current_limit);
/** movable_node_is_enabled() - are HOTPLUG regions kept for movable pages (kernel parameter
 * movable_node)? */
QUIRE_PUBLIC bool movable_node_is_enabled(void) QUIRE_API(movable_node_is_enabled);
/** quire_memblock_set_movable_node() - sets that parameter. */
QUIRE_PUBLIC void quire_memblock_set_movable_node(bool enable);

/**
 * quire_memblock_borrow() - memblock works on a program's @lists from here on, emptied, with arrays
 * of INIT_MEMBLOCK_REGIONS; the program may write them. Physical addresses are pointers then; no
 * hand-over.
 * @movable_node: looked at by each search. Context: a machine held at boot.
 */
QUIRE_PUBLIC void quire_memblock_borrow(struct memblock *lists, const bool *movable_node);

/* Questions. Searches are O(log regions). */

/** memblock_phys_mem_size() - bytes of memory: total_size, with what trimming cut off. */
QUIRE_PUBLIC phys_addr_t memblock_phys_mem_size(void) QUIRE_API(memblock_phys_mem_size);
/** memblock_reserved_size() - bytes reserved. */
QUIRE_PUBLIC phys_addr_t memblock_reserved_size(void) QUIRE_API(memblock_reserved_size);
/** memblock_start_of_DRAM() - the lowest address of memory; 0: there is none. */
QUIRE_PUBLIC phys_addr_t memblock_start_of_DRAM(void) QUIRE_API(memblock_start_of_DRAM);
/** memblock_end_of_DRAM() - the address behind the highest of memory. */
QUIRE_PUBLIC phys_addr_t memblock_end_of_DRAM(void) QUIRE_API(memblock_end_of_DRAM);
/** memblock_is_memory() - is there memory at @addr? */
QUIRE_PUBLIC bool memblock_is_memory(phys_addr_t addr) QUIRE_API(memblock_is_memory);
/** memblock_is_map_memory() - is there memory at @addr that is not NOMAP? */
QUIRE_PUBLIC bool memblock_is_map_memory(phys_addr_t addr) QUIRE_API(memblock_is_map_memory);
/** memblock_is_reserved() - is @addr reserved? */
QUIRE_PUBLIC bool memblock_is_reserved(phys_addr_t addr) QUIRE_API(memblock_is_reserved);
/** memblock_is_region_memory() - does one region of memory hold the whole range? */
QUIRE_PUBLIC bool memblock_is_region_memory(phys_addr_t base, phys_addr_t size)
	QUIRE_API(memblock_is_region_memory);
/** memblock_is_region_reserved() - is any byte of the range reserved? */
QUIRE_PUBLIC bool memblock_is_region_reserved(phys_addr_t base, phys_addr_t size)
	QUIRE_API(memblock_is_region_reserved);
/** memblock_overlaps_region() - does the range share a byte with a region of @type? */
QUIRE_PUBLIC bool memblock_overlaps_region(struct memblock_type *type, phys_addr_t base,
					   phys_addr_t size) QUIRE_API(memblock_overlaps_region);
/** memblock_search_pfn_nid() - node of frame @pfn and the frames of its region; -1: no memory. */
QUIRE_PUBLIC int memblock_search_pfn_nid(unsigned long pfn, unsigned long *start_pfn,
					 unsigned long *end_pfn) QUIRE_API(memblock_search_pfn_nid);
/** memblock_dump_all() - prints both lists when the machine logs memblock. */
QUIRE_PUBLIC void memblock_dump_all(void) QUIRE_API(memblock_dump_all);
/** quire_memblock_validate() - checks I1..I4 of boot/regions.c; number of violations, each
 * reported. */
QUIRE_PUBLIC unsigned long quire_memblock_validate(void) QUIRE_MUST_CHECK;

/** memblock_addrs_overlap() - do two ranges share a byte? */
static inline bool memblock_addrs_overlap(phys_addr_t base1, phys_addr_t size1, phys_addr_t base2,
					  phys_addr_t size2)
{
	return base1 < base2 + size2 && base2 < base1 + size1;
}

static inline bool memblock_is_hotpluggable(const struct memblock_region *m)
{
	return m->flags & MEMBLOCK_HOTPLUG;
}

static inline bool memblock_is_mirror(const struct memblock_region *m)
{
	return m->flags & MEMBLOCK_MIRROR;
}

static inline bool memblock_is_nomap(const struct memblock_region *m)
{
	return m->flags & MEMBLOCK_NOMAP;
}

static inline bool memblock_is_driver_managed(const struct memblock_region *m)
{
	return m->flags & MEMBLOCK_DRIVER_MANAGED;
}

/** memblock_get_region_node() - the region's node; MAX_NUMNODES: none yet. */
static inline int memblock_get_region_node(const struct memblock_region *r)
{
	return r->nid;
}

/** memblock_set_region_node() - sets it, without merging. */
static inline void memblock_set_region_node(struct memblock_region *r, int nid)
{
	r->nid = nid;
}

QUIRE_END_DECLS

#include <quire/memblock_walk.h>

#endif /* QUIRE_MEMBLOCK_H */
