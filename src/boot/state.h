/* SPDX-License-Identifier: MIT */
/*
 * boot/state.h - the boot room's state and what its files share.
 *
 *	machine --boot--> struct boot_state
 *	                    memblock { memory[], reserved[] }   regions.c grow.c find.c alloc.c
 *	                    nodes[]: bootmem_data_t             bootmem.c bootmem_alloc.c
 *	                    named[]: named reservations         named.c
 *	                    sink: the page allocator            handover.c
 *
 * Internal functions take the state explicitly, so that they also work while no
 * thread is on a CPU; the public ones find it through boot_enter().
 *
 * Not locked: until the hand-over one CPU runs, after it nothing here changes
 * except through the late frees, which only pass frames on.
 */
#ifndef QUIRE_BOOT_STATE_H
#define QUIRE_BOOT_STATE_H

#include <quire/bootmem.h>
#include <quire/errno.h>
#include <quire/memblock.h>

#include "boot/boot.h"
#include "hw/machine.h"

/** ULL() - for the %llx of reports, whatever u64 is on this machine. */
#define ULL(x) ((unsigned long long)(x))

/**
 * struct boot_state - one machine's boot allocator.
 * @memory_init, @reserved_init: the arrays of I4 (regions.c)
 * @grown_bytes: per type, book-keeping memory of a grown array; 0: in frames or static
 * @grown_at: per type, the frames of a grown array; 0: static
 * @borrowed: the lists are a caller's, and physical addresses are pointers
 * @can_resize: memblock_allow_resize() was called
 * @misuses: how many mistakes of callers were reported
 * @named_base: where each named reservation of the description ended up
 */
struct boot_state {
	struct quire_machine *m;
	struct memblock *memblock; /* own, or a caller's: borrow.c */
	struct memblock own;
	struct memblock_region *first[2]; /* per type, the array of an empty list */
	struct memblock_region memory_init[INIT_MEMBLOCK_REGIONS];
	struct memblock_region reserved_init[INIT_MEMBLOCK_RESERVED_REGIONS];
	size_t grown_bytes[2];
	phys_addr_t grown_at[2];
	bool can_resize;
	bool some_mirror;
	bool movable_node;
	const bool *borrowed; /* NULL: not; else the caller's movable_node */
	bool handed_over;
	bool discarded;
	unsigned long misuses;

	bootmem_data_t *nodes; /* nr_nodes entries, bootmem machines only */
	unsigned int nr_nodes;
	size_t nodes_bytes;

	u64 *named_base; /* config.nr_reserved entries, behind this structure */
	size_t bytes;	 /* of the reserve that holds both */

	struct boot_sink sink; /* who took the frames, for the late frees */
	u64 handed_frames;
};

/* misuse.c */

/** boot_enter() - what a public function needs to run. */
enum boot_need {
	BOOT_QUERY,  /* valid before and after the hand-over */
	BOOT_CHANGE, /* only before it */
	BOOT_LATE,   /* only after it */
};

/**
 * boot_enter() - the state of the current machine, or NULL after reporting why @fn may not run.
 * @kind: the allocator @fn belongs to
 */
struct boot_state *boot_enter(enum quire_boot_allocator kind, enum boot_need need, const char *fn);

/** boot_misuse() - one line about a caller's mistake; the call has changed nothing of it. */
#define boot_misuse(b, fmt, ...)                                                       \
	do {                                                                           \
		(b)->misuses++;                                                        \
		quire_report((b)->m, QUIRE_WARNING, "boot: " fmt "\n", ##__VA_ARGS__); \
	} while (0)

/** boot_grown_at() - where the frames of @type's grown array are; 0: its first array is in use. */
phys_addr_t boot_grown_at(struct boot_state *b, unsigned int which,
			  const struct memblock_type *type);

/** boot_has_pointers() - can frames be reached by pointers? */
static inline bool boot_has_pointers(const struct boot_state *b)
{
	return b->m->linear || b->borrowed;
}

/** boot_linear() - where physical address 0 is. */
static inline uintptr_t boot_linear(const struct boot_state *b)
{
	return b->borrowed ? 0 : (uintptr_t)b->m->linear;
}

/** boot_pointer() - the pointer to physical address @at. */
static inline void *boot_pointer(const struct boot_state *b, phys_addr_t at)
{
	return (void *)(boot_linear(b) + at);
}

/** boot_movable_node() - are hotpluggable regions passed over? */
static inline bool boot_movable_node(const struct boot_state *b)
{
	return b->borrowed ? *b->borrowed : b->movable_node;
}

/** boot_page_bytes() - the machine's page size. */
static inline u64 boot_page_bytes(const struct boot_state *b)
{
	return (u64)1 << b->m->config.page_shift;
}

/* regions.c: lists of ranges. Return 0 or -ENOMEM. */

int mb_add_range(struct boot_state *b, struct memblock_type *type, phys_addr_t base,
		 phys_addr_t size, int nid, enum memblock_flags flags);
int mb_remove_range(struct boot_state *b, struct memblock_type *type, phys_addr_t base,
		    phys_addr_t size);
int mb_set_node(struct boot_state *b, struct memblock_type *type, phys_addr_t base,
		phys_addr_t size, int nid);
int mb_change_flag(struct boot_state *b, phys_addr_t base, phys_addr_t size, bool set,
		   enum memblock_flags flag);
void mb_trim(struct boot_state *b, phys_addr_t align);
/** mb_isolate() - splits at both ends, so that regions [first, last) are exactly what lies inside.
 */
int mb_isolate(struct boot_state *b, struct memblock_type *type, phys_addr_t base, phys_addr_t size,
	       unsigned long *first, unsigned long *last);
/** mb_delete() - drops entries [first, last). */
void mb_delete(struct memblock_type *type, unsigned long first, unsigned long last);
/** mb_reserve() - reserves and logs; @ip: caller to name. */
int mb_reserve(struct boot_state *b, phys_addr_t base, phys_addr_t size, unsigned long ip);
int mb_free(struct boot_state *b, phys_addr_t base, phys_addr_t size);
/** mb_cap_size() - @size, cut where @base + @size would pass PHYS_ADDR_MAX. */
static inline phys_addr_t mb_cap_size(phys_addr_t base, phys_addr_t size)
{
	return size < PHYS_ADDR_MAX - base ? size : PHYS_ADDR_MAX - base;
}
/** mb_covers() - is every byte of [@base, @base + @size) in a region of @type? */
bool mb_covers(const struct memblock_type *type, phys_addr_t base, phys_addr_t size);
unsigned long mb_validate(struct boot_state *b);

/* grow.c */

/**
 * mb_grow() - doubles @type's array; [@base, @base + @size) is about to be added to it.
 * The symbol is Linux's name, for the log.
 */
int mb_grow(struct boot_state *b, struct memblock_type *type, phys_addr_t base,
	    phys_addr_t size) __asm__("quire_memblock_double_array");
/** mb_array_bytes() - bytes of an array of @max regions, as it is taken and given back. */
u64 mb_array_bytes(const struct boot_state *b, unsigned long max);
/** mb_holds_array() - does the range share a byte with the frames of a grown array? */
bool mb_holds_array(const struct boot_state *b, phys_addr_t base, phys_addr_t size);
/** mb_release_grown() - gives back book-keeping memory of grown arrays. */
void mb_release_grown(struct boot_state *b);

/* iterate.c */

void mb_next_range(struct boot_state *b, u64 *cursor, int nid, enum memblock_flags flags,
		   struct memblock_type *a, struct memblock_type *minus, phys_addr_t *start,
		   phys_addr_t *end, int *out_nid);
void mb_next_range_rev(struct boot_state *b, u64 *cursor, int nid, enum memblock_flags flags,
		       struct memblock_type *a, struct memblock_type *minus, phys_addr_t *start,
		       phys_addr_t *end, int *out_nid);

/* find.c */

/** mb_find() - where @size bytes fit in [@start, @end); 0: nowhere. Reserves nothing. */
phys_addr_t mb_find(struct boot_state *b, phys_addr_t size, phys_addr_t align, phys_addr_t start,
		    phys_addr_t end, int nid, enum memblock_flags flags);
/** mb_find_any() - the same on any node, mirrored memory first. */
phys_addr_t mb_find_any(struct boot_state *b, phys_addr_t start, phys_addr_t end, phys_addr_t size,
			phys_addr_t align);
/** mb_search() - index of the region of @type that holds @addr, or -1. O(log regions). */
long mb_search(const struct memblock_type *type, phys_addr_t addr);
/** mb_first_after() - index of the first region of @type that ends after @addr; cnt: none. */
unsigned long mb_first_after(const struct memblock_type *type, phys_addr_t addr);

/* alloc.c */

/** mb_alloc_phys() - quire_memblock_alloc_phys() on an explicit state. */
phys_addr_t mb_alloc_phys(struct boot_state *b, phys_addr_t size, phys_addr_t align,
			  phys_addr_t min_addr, phys_addr_t max_addr, int nid, bool exact_nid);

/* log.c: memblock=debug */

void mb_log_range(struct boot_state *b, const char *fn, phys_addr_t base, phys_addr_t size,
		  unsigned long ip);
void mb_log_range_nid(struct boot_state *b, const char *fn, phys_addr_t base, phys_addr_t size,
		      int nid, enum memblock_flags flags, unsigned long ip);
void mb_log_alloc(struct boot_state *b, const char *fn, phys_addr_t size, phys_addr_t align,
		  int nid, phys_addr_t from, phys_addr_t max_addr, unsigned long ip);
void mb_log_phys_alloc(struct boot_state *b, const char *fn, phys_addr_t size, phys_addr_t align,
		       phys_addr_t from, phys_addr_t max_addr, unsigned long ip);
void mb_log_doubled(struct boot_state *b, const struct memblock_type *type, phys_addr_t addr,
		    phys_addr_t bytes);
void mb_dump_all(struct boot_state *b);

/** CALLER - the function that called the public function this stands in. */
#define CALLER ((unsigned long)__builtin_return_address(0))

/* named.c */

int boot_reserve_named(struct boot_state *b);

/* handover.c */

/** boot_free_late() - whole frames of [@base, @base + @size) go to the sink, unchecked. */
void boot_free_late(struct boot_state *b, phys_addr_t base, phys_addr_t size);

/* frames.c: memblock by frame number */

/** mb_frame_taken() - is any byte of frame @pfn reserved, unmapped, or no memory? O(log regions).
 */
bool mb_frame_taken(const struct boot_state *b, u64 pfn);
/** mb_next_free(), mb_next_taken() - the next such frame in [@pfn, @end), or @end. */
u64 mb_next_free(const struct boot_state *b, u64 pfn, u64 end);
u64 mb_next_taken(const struct boot_state *b, u64 pfn, u64 end);

/* mem_init.c: feeding the memory map to memblock */

int mb_init(struct boot_state *b);
/** mb_reset_lists() - empty lists in the static arrays. */
void mb_reset_lists(struct boot_state *b);

/* bootmem.c, bootmem_init.c, bootmem_alloc.c */

int bm_init(struct boot_state *b);
void bm_exit(struct boot_state *b);
/** bm_first_pfn() - the first frame a node's bitmap covers. */
static inline u64 bm_first_pfn(const struct boot_state *b, const bootmem_data_t *node)
{
	return node->node_boot_start >> b->m->config.page_shift;
}
/** bm_bits() - how many frames the node's bitmap covers. */
static inline u64 bm_bits(const struct boot_state *b, const bootmem_data_t *node)
{
	return node->node_low_pfn - bm_first_pfn(b, node);
}
/** bm_next_taken(), bm_next_free() - the next such frame of @node in [@pfn, @end), or @end. */
u64 bm_next_taken(const struct boot_state *b, const bootmem_data_t *node, u64 pfn, u64 end);
u64 bm_next_free(const struct boot_state *b, const bootmem_data_t *node, u64 pfn, u64 end);
/** bm_node_of() - the node whose usable memory holds frame @pfn, or NULL. */
bootmem_data_t *bm_node_of(const struct boot_state *b, u64 pfn);
/** bm_reserve_range() - by address, over all nodes that hold memory of it. */
void bm_reserve_range(struct boot_state *b, u64 base, u64 size);
/**
 * struct bm_request - what is asked of bootmem.
 * @node: tried first; NULL: each in turn
 * @limit: first address that will not do; 0: none
 * @node_only: no other node will do
 */
struct bm_request {
	bootmem_data_t *node;
	u64 size, align, goal, limit;
	bool node_only;
};

/** bm_alloc() - an address, or 0 and no report of that. */
u64 bm_alloc(struct boot_state *b, const struct bm_request *q);
/** bm_describe() - init_bootmem_node() without its checks; 0: no book-keeping memory. */
u64 bm_describe(struct boot_state *b, bootmem_data_t *node, u64 map_pfn, u64 first, u64 end);
/** bm_map_pages() - frames that a bitmap of @frames frames takes. */
u64 bm_map_pages(const struct boot_state *b, u64 frames);
/** bm_release_map() - the node has no bitmap any more. */
void bm_release_map(struct boot_state *b, bootmem_data_t *node);
/** bm_keep_map() - moves the bitmap out of its frames; false: no memory. */
bool bm_keep_map(struct boot_state *b, bootmem_data_t *node);
/** bm_set(), bm_clear() - bits of frames [@pfn, @end) of @node. */
void bm_set(struct boot_state *b, bootmem_data_t *node, u64 pfn, u64 end);
void bm_clear(struct boot_state *b, bootmem_data_t *node, u64 pfn, u64 end);

#endif /* QUIRE_BOOT_STATE_H */
