/* SPDX-License-Identifier: MIT */
/*
 * bootmem.h - the boot allocator that keeps one bit per frame, node by node.
 *
 *	node_boot_start                                       node_low_pfn
 *	|                                                     |
 *	frames  |0|1|2|3|4|5|6|7|...                          |
 *	bitmap   1 1 0 0 1 1 1 0 ...   1: taken               |
 *	                     ^ last_pos, filled up to last_offset
 *	             ^ last_success: the next search starts here
 *
 * 1. Everything is taken at the start; init_bootmem_node() fills the bitmap with ones,
 *    free_bootmem_node() registers what is usable, reserve_bootmem_node() takes out
 *    what must not be touched. A machine does all this from its description.
 * 2. An allocation takes the first run of free frames that is long enough, looking
 *    from the goal on (from last_success, if that lies higher), then from the start of
 *    the node. It may begin inside the last, partly used frame, if the run begins just
 *    behind that frame and the alignment is smaller than a page.
 * 3. Frees are by whole frames: a start is rounded up, an end down.
 * 4. free_all_bootmem() hands everything free to the page allocator: 64 frames as one
 *    block where a whole word of the bitmap is free and aligned, else frame by frame;
 *    last the frames of the bitmap itself.
 *
 * All functions act on the machine of the calling thread's CPU, which must have
 * chosen QUIRE_BOOT_BOOTMEM, before its hand-over (reported as misuse otherwise).
 * They are not locked: boot runs on one CPU. Where Linux took a pg_data_t *, whose
 * only use was its field bdata, these take the bootmem_data_t * itself: nodes of the
 * page allocator do not exist yet. See quire_bootmem_node().
 *
 * Names and behaviour after Linux 2.4/2.6; source: M. Gorman, Understanding the Linux
 * Virtual Memory Manager, chapter 5. Differences: what Linux met with BUG() or panic()
 * (double free, no room) is reported and changes nothing, or returns NULL; freeing the
 * last, partly used frame ends its use (Linux could go on inside it); last_success is
 * a physical address throughout.
 */
#ifndef QUIRE_BOOTMEM_H
#define QUIRE_BOOTMEM_H

#include <quire/api.h>
#include <quire/machine.h>
#include <quire/types.h>

QUIRE_BEGIN_DECLS

#ifndef SMP_CACHE_BYTES
#define SMP_CACHE_BYTES QUIRE_CACHELINE
#endif
#ifndef ARCH_LOW_ADDRESS_LIMIT
#define ARCH_LOW_ADDRESS_LIMIT 0xffffffffUL
#endif

/**
 * typedef bootmem_data_t - one node.
 * @node_boot_start: physical address of the first frame
 * @node_low_pfn: first frame after the node
 * @node_bootmem_map: the bitmap; one bit a frame, whole words
 * @last_offset: bytes used of frame @last_pos, 0: all
 * @last_pos: frame, counted from node_boot_start, in which the last allocation ended
 * @last_success: physical address where the last allocation was found, or a lower one
 *	that was freed since
 * @quire_nid, @quire_map_pfn, @quire_map_pages: node, and the frames that the bitmap takes
 * @quire_done: free_all_bootmem_node() was called
 */
typedef struct bootmem_data {
	unsigned long node_boot_start;
	unsigned long node_low_pfn;
	void *node_bootmem_map;
	unsigned long last_offset;
	unsigned long last_pos;
	unsigned long last_success;
	int quire_nid;
	unsigned long quire_map_pfn;
	unsigned long quire_map_pages;
	bool quire_done;
} bootmem_data_t;

/** quire_bootmem_node() - Linux's NODE_DATA(nid)->bdata; NULL: no such node. */
QUIRE_PUBLIC bootmem_data_t *quire_bootmem_node(unsigned int nid);

/** bootmem_bootmap_pages() - frames that the bitmap of @pages frames takes. */
QUIRE_PUBLIC unsigned long bootmem_bootmap_pages(unsigned long pages)
	QUIRE_API(bootmem_bootmap_pages);
/**
 * init_bootmem_node() - @bdata describes frames [@startpfn, @endpfn), all taken.
 * @freepfn: where the bitmap goes; the caller reserves it
 * A node that was in use forgets everything.
 * Return: bytes of the bitmap; 0 when it does not fit (reported, nothing changed).
 */
QUIRE_PUBLIC unsigned long init_bootmem_node(bootmem_data_t *bdata, unsigned long freepfn,
					     unsigned long startpfn, unsigned long endpfn)
	QUIRE_API(init_bootmem_node);
/** init_bootmem() - the same for node 0 and frames [0, @pages). */
QUIRE_PUBLIC unsigned long init_bootmem(unsigned long start, unsigned long pages)
	QUIRE_API(init_bootmem);

/**
 * reserve_bootmem_node() - every frame with a byte in [@physaddr, @physaddr + @size) is taken.
 * What was taken already stays so and is reported.
 * Return: 0, or -EINVAL when the range is not in the node (reported, nothing changed).
 */
QUIRE_PUBLIC int reserve_bootmem_node(bootmem_data_t *bdata, unsigned long physaddr,
				      unsigned long size) QUIRE_API(reserve_bootmem_node);
/** reserve_bootmem() - the same in whatever nodes the range lies. */
QUIRE_PUBLIC int reserve_bootmem(unsigned long physaddr, unsigned long size)
	QUIRE_API(reserve_bootmem);
/**
 * free_bootmem_node() - the frames wholly inside the range are free.
 * A range with a frame that is free already, is no memory or not in the node is reported
 * and nothing of it is freed.
 */
QUIRE_PUBLIC void free_bootmem_node(bootmem_data_t *bdata, unsigned long physaddr,
				    unsigned long size) QUIRE_API(free_bootmem_node);
/** free_bootmem() - the same in whatever nodes the range lies. */
QUIRE_PUBLIC void free_bootmem(unsigned long physaddr, unsigned long size) QUIRE_API(free_bootmem);

/**
 * __alloc_bootmem() - @size zeroed bytes from the first node that has them.
 * @align: power of two, or 0
 * @goal: preferred lowest address; given up before failing
 * Return: an address in the linear map, or NULL: no room, or no contents (reported).
 */
QUIRE_PUBLIC void *__alloc_bootmem(unsigned long size, unsigned long align, unsigned long goal)
	QUIRE_API(__alloc_bootmem);
/** __alloc_bootmem_nopanic() - the same without a report when there is no room. */
QUIRE_PUBLIC void *__alloc_bootmem_nopanic(unsigned long size, unsigned long align,
					   unsigned long goal) QUIRE_API(__alloc_bootmem_nopanic);
/** __alloc_bootmem_low() - the same below 4 GiB. */
QUIRE_PUBLIC void *__alloc_bootmem_low(unsigned long size, unsigned long align, unsigned long goal)
	QUIRE_API(__alloc_bootmem_low);
/** __alloc_bootmem_node() - the same from @bdata, then from any node. */
QUIRE_PUBLIC void *__alloc_bootmem_node(bootmem_data_t *bdata, unsigned long size,
					unsigned long align, unsigned long goal)
	QUIRE_API(__alloc_bootmem_node);
/** __alloc_bootmem_low_node() - the same below 4 GiB, from @bdata only. */
QUIRE_PUBLIC void *__alloc_bootmem_low_node(bootmem_data_t *bdata, unsigned long size,
					    unsigned long align, unsigned long goal)
	QUIRE_API(__alloc_bootmem_low_node);
/**
 * quire_bootmem_alloc_phys() - the allocation all of the above make, as an address.
 * @bdata: NULL: each node in turn
 * @limit: first address that will not do; 0: none
 * For book-keeping machines; contents untouched.
 */
QUIRE_PUBLIC phys_addr_t quire_bootmem_alloc_phys(bootmem_data_t *bdata, unsigned long size,
						  unsigned long align, unsigned long goal,
						  unsigned long limit);

/** quire_bootmem_goal() - the address above which nothing is kept for DMA (MAX_DMA_ADDRESS). */
QUIRE_PUBLIC unsigned long quire_bootmem_goal(void);

/** alloc_bootmem() and relatives - cache-line or page aligned, above or within DMA memory. */
static inline void *alloc_bootmem(unsigned long size)
{
	return __alloc_bootmem(size, SMP_CACHE_BYTES, quire_bootmem_goal());
}

static inline void *alloc_bootmem_low(unsigned long size)
{
	return __alloc_bootmem_low(size, SMP_CACHE_BYTES, 0);
}

static inline void *alloc_bootmem_pages(unsigned long size)
{
	return __alloc_bootmem(size, 1ul << quire_this_cpu->page_shift, quire_bootmem_goal());
}

static inline void *alloc_bootmem_low_pages(unsigned long size)
{
	return __alloc_bootmem_low(size, 1ul << quire_this_cpu->page_shift, 0);
}

static inline void *alloc_bootmem_node(bootmem_data_t *bdata, unsigned long size)
{
	return __alloc_bootmem_node(bdata, size, SMP_CACHE_BYTES, quire_bootmem_goal());
}

static inline void *alloc_bootmem_pages_node(bootmem_data_t *bdata, unsigned long size)
{
	return __alloc_bootmem_node(bdata, size, 1ul << quire_this_cpu->page_shift,
				    quire_bootmem_goal());
}

static inline void *alloc_bootmem_low_pages_node(bootmem_data_t *bdata, unsigned long size)
{
	return __alloc_bootmem_low_node(bdata, size, 1ul << quire_this_cpu->page_shift, 0);
}

/**
 * free_all_bootmem() - quire_machine_continue() of a held machine, under Linux's name.
 * Return: frames handed to the page allocator; 0 when the machine could not go on.
 */
QUIRE_PUBLIC unsigned long free_all_bootmem(void) QUIRE_API(free_all_bootmem);
/**
 * free_all_bootmem_node() - the same said node by node: the last node's call lets the machine go
 * on. Return: frames of @bdata that are, or will then be, handed over.
 */
QUIRE_PUBLIC unsigned long free_all_bootmem_node(bootmem_data_t *bdata)
	QUIRE_API(free_all_bootmem_node);
/** free_bootmem_late() - after the hand-over: taken frames of the range go to the page allocator.
 */
QUIRE_PUBLIC void free_bootmem_late(unsigned long physaddr, unsigned long size)
	QUIRE_API(free_bootmem_late);
/** quire_bootmem_validate() - checks B1..B4 of boot/bootmem.c; number of violations, each reported.
 */
QUIRE_PUBLIC unsigned long quire_bootmem_validate(void) QUIRE_MUST_CHECK;

QUIRE_END_DECLS

#endif /* QUIRE_BOOTMEM_H */
