/* SPDX-License-Identifier: MIT */
/*
 * boot/query.c - questions to memblock. They change nothing and may be asked before
 * and after the hand-over.
 */
#include "boot/state.h"

#define ENTER_QUERY(b, ret)                                                           \
	struct boot_state *b = boot_enter(QUIRE_BOOT_MEMBLOCK, BOOT_QUERY, __func__); \
	if (!b)                                                                       \
	return ret

struct memblock *quire_memblock(void)
{
	ENTER_QUERY(b, NULL);
	return b->memblock;
}

bool memblock_bottom_up(void)
{
	ENTER_QUERY(b, false);
	return b->memblock->bottom_up;
}

phys_addr_t memblock_get_current_limit(void)
{
	ENTER_QUERY(b, 0);
	return b->memblock->current_limit;
}

bool movable_node_is_enabled(void)
{
	ENTER_QUERY(b, false);
	return boot_movable_node(b);
}

phys_addr_t memblock_phys_mem_size(void)
{
	ENTER_QUERY(b, 0);
	return b->memblock->memory.total_size;
}

phys_addr_t memblock_reserved_size(void)
{
	ENTER_QUERY(b, 0);
	return b->memblock->reserved.total_size;
}

phys_addr_t memblock_start_of_DRAM(void)
{
	ENTER_QUERY(b, 0);
	return b->memblock->memory.regions[0].base;
}

phys_addr_t memblock_end_of_DRAM(void)
{
	const struct memblock_region *last;
	ENTER_QUERY(b, 0);

	last = &b->memblock->memory.regions[b->memblock->memory.cnt - 1];
	return last->base + last->size;
}

bool memblock_is_memory(phys_addr_t addr)
{
	ENTER_QUERY(b, false);
	return mb_search(&b->memblock->memory, addr) >= 0;
}

bool memblock_is_map_memory(phys_addr_t addr)
{
	long i;
	ENTER_QUERY(b, false);

	i = mb_search(&b->memblock->memory, addr);
	return i >= 0 && !memblock_is_nomap(&b->memblock->memory.regions[i]);
}

bool memblock_is_reserved(phys_addr_t addr)
{
	ENTER_QUERY(b, false);
	return mb_search(&b->memblock->reserved, addr) >= 0;
}

bool memblock_is_region_memory(phys_addr_t base, phys_addr_t size)
{
	const struct memblock_region *r;
	long i;
	ENTER_QUERY(b, false);

	i = mb_search(&b->memblock->memory, base);
	if (i < 0)
		return false;
	r = &b->memblock->memory.regions[i];
	return r->base + r->size >= base + mb_cap_size(base, size);
}

static bool overlaps(const struct memblock_type *type, phys_addr_t base, phys_addr_t size)
{
	unsigned long i = mb_first_after(type, base);

	size = mb_cap_size(base, size);
	return size && i < type->cnt && type->regions[i].base < base + size;
}

bool memblock_overlaps_region(struct memblock_type *type, phys_addr_t base, phys_addr_t size)
{
	return overlaps(type, base, size);
}

bool memblock_is_region_reserved(phys_addr_t base, phys_addr_t size)
{
	ENTER_QUERY(b, false);
	return overlaps(&b->memblock->reserved, base, size);
}

int memblock_search_pfn_nid(unsigned long pfn, unsigned long *start_pfn, unsigned long *end_pfn)
{
	const struct memblock_region *r;
	long i;
	ENTER_QUERY(b, -1);

	i = mb_search(&b->memblock->memory, (phys_addr_t)pfn << b->m->config.page_shift);
	if (i < 0)
		return -1;
	r = &b->memblock->memory.regions[i];
	*start_pfn = (unsigned long)(r->base >> b->m->config.page_shift);
	*end_pfn = (unsigned long)((r->base + r->size) >> b->m->config.page_shift);
	return r->nid;
}

void memblock_dump_all(void)
{
	ENTER_QUERY(b, );
	mb_dump_all(b);
}

unsigned long quire_memblock_validate(void)
{
	ENTER_QUERY(b, 0);
	return mb_validate(b);
}
