/* SPDX-License-Identifier: MIT */
/*
 * boot/find.c - looking for a hole, and for the region an address is in.
 *
 *	limits        start                         end
 *	memory      [===|============]  [=============|====]
 *	reserved          [###]                   [#]
 *	holes          [==]    [=====]  [==========] [|
 *	bottom-up       ^ lowest round_up(hole, align) that fits
 *	top-down                                ^ highest round_down(end - size, align)
 *
 * The first page is never given: an address of 0 means failure.
 * Source: behaviour of Linux 6.1 memblock_find_in_range_node().
 */
#include "boot/state.h"

static void clamp_to(phys_addr_t *this_start, phys_addr_t *this_end, phys_addr_t start,
		     phys_addr_t end)
{
	*this_start = *this_start < start ? start : *this_start > end ? end : *this_start;
	*this_end = *this_end < start ? start : *this_end > end ? end : *this_end;
}

static phys_addr_t find_bottom_up(struct boot_state *b, phys_addr_t start, phys_addr_t end,
				  phys_addr_t size, phys_addr_t align, int nid,
				  enum memblock_flags flags)
{
	struct memblock *mb = b->memblock;
	phys_addr_t from, to, at;
	u64 i = 0;

	for (;;) {
		mb_next_range(b, &i, nid, flags, &mb->memory, &mb->reserved, &from, &to, NULL);
		if (i == QUIRE_CURSOR_END)
			return 0;
		clamp_to(&from, &to, start, end);
		at = (from + align - 1) & ~(align - 1);
		if (at >= from && at < to && to - at >= size)
			return at;
	}
}

static phys_addr_t find_top_down(struct boot_state *b, phys_addr_t start, phys_addr_t end,
				 phys_addr_t size, phys_addr_t align, int nid,
				 enum memblock_flags flags)
{
	struct memblock *mb = b->memblock;
	phys_addr_t from, to, at;
	u64 i = QUIRE_CURSOR_END;

	for (;;) {
		mb_next_range_rev(b, &i, nid, flags, &mb->memory, &mb->reserved, &from, &to, NULL);
		if (i == QUIRE_CURSOR_END)
			return 0;
		clamp_to(&from, &to, start, end);
		if (to < size)
			continue;
		at = (to - size) & ~(align - 1);
		if (at >= from)
			return at;
	}
}

phys_addr_t mb_find(struct boot_state *b, phys_addr_t size, phys_addr_t align, phys_addr_t start,
		    phys_addr_t end, int nid, enum memblock_flags flags)
{
	if (end == MEMBLOCK_ALLOC_ACCESSIBLE || end == MEMBLOCK_ALLOC_NOLEAKTRACE)
		end = b->memblock->current_limit;
	if (start < boot_page_bytes(b))
		start = boot_page_bytes(b);
	if (end < start)
		end = start;
	return b->memblock->bottom_up ? find_bottom_up(b, start, end, size, align, nid, flags)
				      : find_top_down(b, start, end, size, align, nid, flags);
}

phys_addr_t mb_find_any(struct boot_state *b, phys_addr_t start, phys_addr_t end, phys_addr_t size,
			phys_addr_t align)
{
	phys_addr_t found = 0;

	if (b->some_mirror)
		found = mb_find(b, size, align, start, end, NUMA_NO_NODE, MEMBLOCK_MIRROR);
	return found ? found : mb_find(b, size, align, start, end, NUMA_NO_NODE, MEMBLOCK_NONE);
}

unsigned long mb_first_after(const struct memblock_type *type, phys_addr_t addr)
{
	unsigned long low = 0, high = type->cnt;

	while (low < high) {
		unsigned long mid = low + (high - low) / 2;

		if (type->regions[mid].base + type->regions[mid].size <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

long mb_search(const struct memblock_type *type, phys_addr_t addr)
{
	unsigned long i = mb_first_after(type, addr);

	return i < type->cnt && type->regions[i].base <= addr ? (long)i : -1;
}
