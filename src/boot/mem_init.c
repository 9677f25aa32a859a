/* SPDX-License-Identifier: MIT */
/*
 * boot/mem_init.c - memblock learns the memory map.
 *
 *	description                            memblock
 *	usable, node n, flags   ------------>  memory, node n, flags; trimmed to pages
 *	lowmem_limit            ------------>  current_limit
 *	named reservations      -- named.c ->  reserved, or NOMAP
 *	reserve_memmap          ------------>  64 bytes a frame, one block a node, from its top
 *
 * What memblock=debug would show is logged on the way, and both lists at the end.
 * In a machine that is held at boot the lists may not grow until its owner calls
 * memblock_allow_resize(), as in Linux; only the memory map itself is exempt.
 */
#include "boot/state.h"

#define MEMMAP_BYTES_PER_FRAME 64

static void reset_type(struct memblock_type *type, const char *name, struct memblock_region *array,
		       unsigned long max)
{
	*type = (struct memblock_type){ .cnt = 1, .max = max, .regions = array, .name = name };
	array[0] = (struct memblock_region){ .nid = MAX_NUMNODES };
}

void mb_reset_lists(struct boot_state *b)
{
	reset_type(&b->memblock->memory, "memory", b->first[0], INIT_MEMBLOCK_REGIONS);
	reset_type(&b->memblock->reserved, "reserved", b->first[1], INIT_MEMBLOCK_RESERVED_REGIONS);
}

static int add_ranges(struct boot_state *b)
{
	const struct quire_machine_config *c = &b->m->config;
	unsigned int i;
	int err = 0;

	for (i = 0; i < c->nr_ranges && !err; i++) {
		const struct quire_mem_range *r = &c->ranges[i];

		if (r->kind != QUIRE_RANGE_USABLE)
			continue;
		b->some_mirror |= !!(r->flags & QUIRE_RANGE_MIRROR);
		mb_log_range_nid(b, "memblock_add_node", r->start, r->end - r->start, (int)r->nid,
				 (enum memblock_flags)r->flags, (unsigned long)mb_init);
		err = mb_add_range(b, &b->memblock->memory, r->start, r->end - r->start,
				   (int)r->nid, (enum memblock_flags)r->flags);
	}
	return err;
}

/* Node @nid's struct pages come out of its own memory, above ZONE_DMA if they can. */
static int reserve_memmap(struct boot_state *b, int nid)
{
	const struct memblock_type *memory = &b->memblock->memory;
	u64 bytes = 0;
	unsigned long i;

	for (i = 0; i < memory->cnt; i++)
		if (memory->regions[i].nid == nid)
			bytes += (memory->regions[i].size >> b->m->config.page_shift) *
				 MEMMAP_BYTES_PER_FRAME;
	bytes = (bytes + boot_page_bytes(b) - 1) & ~(boot_page_bytes(b) - 1);
	if (!bytes || mb_alloc_phys(b, bytes, boot_page_bytes(b), b->m->config.dma_limit,
				    MEMBLOCK_ALLOC_ACCESSIBLE, nid, false))
		return 0;
	quire_report(b->m, QUIRE_ERR,
		     "boot: no room for the %llu bytes that the struct pages of node %d take; "
		     "give the node more memory or set reserve_memmap to false\n",
		     ULL(bytes), nid);
	return -ENOMEM;
}

int mb_init(struct boot_state *b)
{
	const struct quire_machine_config *c = &b->m->config;
	unsigned int nid;
	int err;

	mb_reset_lists(b);
	b->memblock->current_limit = c->lowmem_limit ? c->lowmem_limit : MEMBLOCK_ALLOC_ANYWHERE;
	b->can_resize = true;
	err = add_ranges(b);
	if (err)
		return err;
	mb_trim(b, boot_page_bytes(b));
	err = boot_reserve_named(b);
	for (nid = 0; c->reserve_memmap && !err && nid < c->nr_nodes; nid++)
		err = reserve_memmap(b, (int)nid);
	b->can_resize = !c->hold_at_boot;
	if (!err)
		mb_dump_all(b);
	return err;
}
