/* SPDX-License-Identifier: MIT */
/*
 * boot/boot.h - what the page allocator needs of whichever boot allocator the machine chose.
 *
 *	  memory map ---> bootmem | memblock ---> hand-over ---> page
 *			       ^ alloc, free, reserve
 *
 * Both allocators know three things: which frames are memory and of which node,
 * which of them are taken, and in which blocks the free ones are to be handed
 * over. The page room asks for exactly these, in this order: boot_mem_range()
 * to build nodes and zones, then boot_hand_over() once.
 */
#ifndef QUIRE_BOOT_BOOT_H
#define QUIRE_BOOT_BOOT_H

#include <quire/machine.h>
#include <quire/types.h>

struct quire_machine;

/**
 * boot_mem_range() - the @index-th range of memory, by ascending address.
 * @start_pfn, @end_pfn: frames wholly inside the range, end exclusive
 * @nid: its node
 * Return: false past the last range. Ranges without a whole frame are skipped; ranges
 * marked NOMAP are memory (they get frames, which stay reserved).
 */
bool boot_mem_range(struct quire_machine *m, unsigned int index, u64 *start_pfn, u64 *end_pfn,
		    unsigned int *nid);

/**
 * boot_pfn_reserved() - is any byte of frame @pfn taken (reserved, NOMAP or not memory)?
 * O(log n) with memblock, O(1) with bootmem. Valid before the hand-over.
 */
bool boot_pfn_reserved(struct quire_machine *m, u64 pfn);

/**
 * struct boot_named - where a named reservation of the description ended up.
 * @start, @end: bytes; REUSABLE and POOL ranges are whole frames, reserved until their owner
 *	takes them over
 */
struct boot_named {
	const char *name;
	u64 start, end;
	enum quire_reserved_kind kind;
};

/** boot_named_reservation() - the @index-th of config.reserved[]; false past the last. */
bool boot_named_reservation(struct quire_machine *m, unsigned int index, struct boot_named *out);

/**
 * boot_alloc() - @size bytes for a room that comes up, at a multiple of @align.
 * @nid: preferred node, or -1
 * @min_addr: preferred lowest address
 * Serves both allocators; contents are zero. Before the hand-over only.
 * Return: the physical address, or 0.
 */
u64 boot_alloc(struct quire_machine *m, u64 size, u64 align, u64 min_addr, int nid);

/**
 * struct boot_sink - who receives the free frames.
 * @free_block: 2^@order free frames from @pfn on, aligned to their size. Called in
 *	ascending order within a node. Called again after the hand-over, with order 0, for
 *	each frame freed late.
 * The structure is copied; @ctx must live as long as the machine.
 */
struct boot_sink {
	void *ctx;
	void (*free_block)(void *ctx, u64 pfn, unsigned int order);
};

/**
 * boot_hand_over() - gives all free memory to @sink and ends the boot allocator.
 * @max_order: largest order of a block
 *
 * memblock: each free range in blocks as large as alignment and @max_order allow.
 * bootmem: a whole word of the bitmap as one block where it is free and aligned, frame by
 * frame otherwise, then the frames of the bitmaps themselves.
 *
 * The audit: every frame of memory is either handed over once or was reserved; a
 * difference is reported frame range by frame range and gives -EUCLEAN.
 * After it, allocating from or freeing to the boot allocator is reported as misuse,
 * except memblock_free_late() and free_bootmem_late().
 * Return: number of frames handed over, or a negative errno.
 */
long boot_hand_over(struct quire_machine *m, unsigned int max_order, const struct boot_sink *sink);

#endif /* QUIRE_BOOT_BOOT_H */
