/* SPDX-License-Identifier: MIT */
/*
 * boot/bootmem_alloc.c - bootmem's search and its use of partly filled frames.
 *
 *	bitmap      1 1 1 1 0 0 1 0 0 0 0 0
 *	            |     |         ^ first run of 3 free frames, from goal or last_success on
 *	            |     ^ last_pos: partly used
 *	            then again from the node's start
 *
 *	100 bytes behind a frame that is used up to last_offset, run right behind it:
 *
 *	frame  |#########----|   |.............|
 *	        last_offset ^100 bytes^          align < page: both frames are used together
 *
 * 1. Alignment is of physical addresses. Frames are tried at multiples of
 *    max(align, page); a run that does not fit is skipped up to its taken frame.
 * 2. goal counts when it lies in the node; then the search begins at the higher of
 *    goal and last_success (unless limit lies below that), else at the node's start.
 * 3. The free run behind last_pos is looked for in full length, even if the rest of
 *    the partly used frame would do alone: without a free frame behind it, the rest is
 *    not used. That is Linux's behaviour.
 * 4. Frame 0 is never given: address 0 means failure.
 *
 * Source: M. Gorman, Understanding the Linux Virtual Memory Manager, 5.3
 * (__alloc_bootmem_core); last_success and limit as in Linux 2.6.
 */
#include "base/string.h"
#include "boot/state.h"

static u64 align_up(u64 x, u64 unit)
{
	return (x + unit - 1) / unit * unit;
}

static u64 frames_for(const struct boot_state *b, u64 bytes)
{
	return (bytes + boot_page_bytes(b) - 1) >> b->m->config.page_shift;
}

/* The first aligned run of @frames free frames in [@pfn, @end); @end: none. */
static u64 find_run(const struct boot_state *b, const bootmem_data_t *node, u64 pfn, u64 end,
		    u64 frames, u64 unit)
{
	for (;;) {
		u64 taken;

		pfn = align_up(bm_next_free(b, node, pfn, end), unit);
		if (pfn >= end || frames > end - pfn)
			return end;
		taken = bm_next_taken(b, node, pfn, pfn + frames);
		if (taken == pfn + frames)
			return pfn;
		pfn = taken + 1;
	}
}

/* 2. Where the search begins. */
static u64 preferred_pfn(const struct boot_state *b, const bootmem_data_t *node, u64 goal,
			 u64 limit)
{
	unsigned int shift = b->m->config.page_shift;
	u64 at = goal;

	if (!goal || goal < node->node_boot_start || goal >> shift >= node->node_low_pfn)
		return bm_first_pfn(b, node);
	if (node->last_success >= at && (!limit || limit > node->last_success))
		at = node->last_success;
	return frames_for(b, at);
}

/* The run from @start on serves @size bytes, together with the frame before it if it may. */
static u64 take_run(struct boot_state *b, bootmem_data_t *node, u64 start, u64 size, u64 align)
{
	u64 page = boot_page_bytes(b), first = bm_first_pfn(b, node), last = first + node->last_pos;
	u64 offset = align ? align_up(node->last_offset, align) : node->last_offset;
	u64 frames = frames_for(b, size), rest = size;
	u64 at = start << b->m->config.page_shift;

	node->last_success = at;
	if (align < page && node->last_offset && last + 1 == start && offset <= page) {
		at = (last << b->m->config.page_shift) + offset;
		if (size < page - offset) {
			node->last_offset = offset + size;
			return at;
		}
		rest = size - (page - offset);
		frames = frames_for(b, rest);
	}
	node->last_pos = start - first + frames - 1;
	node->last_offset = rest & (page - 1);
	bm_set(b, node, start, start + frames);
	return at;
}

static u64 alloc_in(struct boot_state *b, bootmem_data_t *node, u64 size, u64 align, u64 goal,
		    u64 limit)
{
	unsigned int shift = b->m->config.page_shift;
	u64 unit = align > boot_page_bytes(b) ? align >> shift : 1, frames = frames_for(b, size);
	u64 first = bm_first_pfn(b, node), end = node->node_low_pfn, from, run;

	if (limit && limit >> shift < end)
		end = limit >> shift;
	if (first == 0)
		first = 1; /* 4. */
	from = preferred_pfn(b, node, goal, limit);
	from = from > first ? from : first;
	if (from >= end && first >= end)
		return 0;
	run = from < end ? find_run(b, node, from, end, frames, unit) : end;
	if (run == end && from > first)
		run = find_run(b, node, first, end, frames, unit);
	return run == end ? 0 : take_run(b, node, run, size, align);
}

static u64 alloc_anywhere(struct boot_state *b, u64 size, u64 align, u64 goal, u64 limit)
{
	unsigned int nid;
	u64 found = 0;

	for (nid = 0; !found && nid < b->nr_nodes; nid++)
		if (b->nodes[nid].node_bootmem_map)
			found = alloc_in(b, &b->nodes[nid], size, align, goal, limit);
	return found;
}

u64 bm_alloc(struct boot_state *b, const struct bm_request *q)
{
	u64 found = 0;

	if (fault_pass(&b->m->fault, QUIRE_FAULT_BOOT_ALLOC))
		return 0;
	if (!q->size || q->size > QUIRE_MAX_PHYSICAL || (q->align & (q->align - 1))) {
		boot_misuse(b, "alloc_bootmem: %llu bytes at multiples of 0x%llx make no request",
			    ULL(q->size), ULL(q->align));
		return 0;
	}
	if (q->node && q->node->node_bootmem_map)
		found = alloc_in(b, q->node, q->size, q->align, q->goal, q->limit);
	if (!found && !(q->node && q->node_only))
		found = alloc_anywhere(b, q->size, q->align, q->goal, q->limit);
	return found;
}

static u64 count_free(const struct boot_state *b, u64 *longest)
{
	u64 free = 0, pfn, end;
	unsigned int nid;

	*longest = 0;
	for (nid = 0; nid < b->nr_nodes; nid++) {
		const bootmem_data_t *node = &b->nodes[nid];

		if (!node->node_bootmem_map)
			continue;
		end = bm_first_pfn(b, node);
		for (;;) {
			pfn = bm_next_free(b, node, end, node->node_low_pfn);
			if (pfn >= node->node_low_pfn)
				break;
			end = bm_next_taken(b, node, pfn, node->node_low_pfn);
			free += end - pfn;
			*longest = end - pfn > *longest ? end - pfn : *longest;
		}
	}
	return free;
}

static void report_no_room(struct boot_state *b, const char *fn, const struct bm_request *q)
{
	u64 longest, free = count_free(b, &longest);

	boot_misuse(b,
		    "%s: bootmem alloc of %llu bytes failed! (align 0x%llx, goal 0x%llx, limit "
		    "0x%llx; %llu frames are free, the longest run has %llu)",
		    fn, ULL(q->size), ULL(q->align), ULL(q->goal), ULL(q->limit), ULL(free),
		    ULL(longest));
}

/* The pointer-returning half of all functions below. */
static void *serve(const char *fn, const struct bm_request *q, bool quiet)
{
	struct boot_state *b = boot_enter(QUIRE_BOOT_BOOTMEM, BOOT_CHANGE, fn);
	u64 found;

	if (!b)
		return NULL;
	if (!b->m->linear) {
		boot_misuse(b,
			    "%s: frames of this machine have no contents, so there is no pointer "
			    "to return; use quire_bootmem_alloc_phys()",
			    fn);
		return NULL;
	}
	found = bm_alloc(b, q);
	if (!found && !quiet)
		report_no_room(b, fn, q);
	return found ? memset(b->m->linear + found, 0, q->size) : NULL;
}

void *__alloc_bootmem(unsigned long size, unsigned long align, unsigned long goal)
{
	const struct bm_request q = { .size = size, .align = align, .goal = goal };

	return serve(__func__, &q, false);
}

void *__alloc_bootmem_nopanic(unsigned long size, unsigned long align, unsigned long goal)
{
	const struct bm_request q = { .size = size, .align = align, .goal = goal };

	return serve(__func__, &q, true);
}

void *__alloc_bootmem_low(unsigned long size, unsigned long align, unsigned long goal)
{
	const struct bm_request q = {
		.size = size, .align = align, .goal = goal, .limit = ARCH_LOW_ADDRESS_LIMIT
	};

	return serve(__func__, &q, false);
}

void *__alloc_bootmem_node(bootmem_data_t *bdata, unsigned long size, unsigned long align,
			   unsigned long goal)
{
	const struct bm_request q = { .node = bdata, .size = size, .align = align, .goal = goal };

	return serve(__func__, &q, false);
}

void *__alloc_bootmem_low_node(bootmem_data_t *bdata, unsigned long size, unsigned long align,
			       unsigned long goal)
{
	const struct bm_request q = { .node = bdata,
				      .size = size,
				      .align = align,
				      .goal = goal,
				      .limit = ARCH_LOW_ADDRESS_LIMIT,
				      .node_only = true };

	return serve(__func__, &q, false);
}

phys_addr_t quire_bootmem_alloc_phys(bootmem_data_t *bdata, unsigned long size, unsigned long align,
				     unsigned long goal, unsigned long limit)
{
	const struct bm_request q = {
		.node = bdata, .size = size, .align = align, .goal = goal, .limit = limit
	};
	struct boot_state *b = boot_enter(QUIRE_BOOT_BOOTMEM, BOOT_CHANGE, __func__);
	u64 found = b ? bm_alloc(b, &q) : 0;

	if (b && !found)
		report_no_room(b, __func__, &q);
	return found;
}

unsigned long quire_bootmem_goal(void)
{
	struct boot_state *b = boot_enter(QUIRE_BOOT_BOOTMEM, BOOT_QUERY, __func__);

	return b ? b->m->config.dma_limit : 0;
}
