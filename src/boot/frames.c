/* SPDX-License-Identifier: MIT */
/*
 * boot/frames.c - memblock seen by frame number.
 *
 *	frame       |....|....|....|....|....|....|
 *	memory        [=====================]
 *	reserved            [#]
 *	taken         ^    ^    ^              ^      any byte reserved, unmapped or missing
 *
 * A frame is free only as a whole. The page allocator and the audit of the hand-over
 * ask here; the hand-over itself walks ranges of bytes (iterate.c), so that each
 * checks the other.
 */
#include "boot/state.h"

/* The part of memory that the page allocator will be given, if it holds byte @addr. */
static const struct memblock_region *given_region(const struct boot_state *b, phys_addr_t addr)
{
	const struct memblock_type *memory = &b->memblock->memory;
	long i = mb_search(memory, addr);

	if (i < 0 || memblock_is_nomap(&memory->regions[i]) ||
	    memblock_is_driver_managed(&memory->regions[i]))
		return NULL;
	return &memory->regions[i];
}

bool mb_frame_taken(const struct boot_state *b, u64 pfn)
{
	const struct memblock_type *reserved = &b->memblock->reserved;
	phys_addr_t start = pfn << b->m->config.page_shift, end = start + boot_page_bytes(b);
	const struct memblock_region *r = given_region(b, start);
	unsigned long i;

	if (!r || r->base + r->size < end)
		return true;
	i = mb_first_after(reserved, start);
	return i < reserved->cnt && reserved->regions[i].size && reserved->regions[i].base < end;
}

/* A frame at or above @pfn, below which (from @pfn) every frame is as taken as @pfn is. */
static u64 skip_taken(const struct boot_state *b, u64 pfn)
{
	const struct memblock_type *memory = &b->memblock->memory;
	const struct memblock_type *reserved = &b->memblock->reserved;
	unsigned int shift = b->m->config.page_shift;
	phys_addr_t start = pfn << shift;
	long in_reserved = mb_search(reserved, start);
	unsigned long next = mb_first_after(memory, start);
	u64 to = pfn + 1, r;

	if (in_reserved >= 0) {
		r = (reserved->regions[in_reserved].base + reserved->regions[in_reserved].size) >>
		    shift;
		to = r > to ? r : to;
	}
	if (next >= memory->cnt)
		return ~(u64)0;
	if (!given_region(b, start)) {
		const struct memblock_region *m = &memory->regions[next];

		r = (m->base <= start ? m->base + m->size : m->base) >> shift;
		to = r > to ? r : to;
	}
	return to;
}

u64 mb_next_free(const struct boot_state *b, u64 pfn, u64 end)
{
	while (pfn < end && mb_frame_taken(b, pfn))
		pfn = skip_taken(b, pfn);
	return pfn < end ? pfn : end;
}

u64 mb_next_taken(const struct boot_state *b, u64 pfn, u64 end)
{
	const struct memblock_type *reserved = &b->memblock->reserved;
	unsigned int shift = b->m->config.page_shift;

	while (pfn < end && !mb_frame_taken(b, pfn)) {
		phys_addr_t start = pfn << shift;
		const struct memblock_region *r = given_region(b, start);
		unsigned long i = mb_first_after(reserved, start);

		pfn = (r->base + r->size) >> shift;
		if (i < reserved->cnt && reserved->regions[i].size &&
		    reserved->regions[i].base >> shift < pfn)
			pfn = reserved->regions[i].base >> shift;
	}
	return pfn < end ? pfn : end;
}
