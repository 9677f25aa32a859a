/* SPDX-License-Identifier: MIT */
/*
 * boot/room.c - the boot room in a machine's life, and the questions the page room asks.
 *
 * init builds the state, teaches the chosen allocator the memory map (mem_init.c,
 * bootmem_init.c) and places the named reservations. A failure leaves nothing behind.
 * exit gives the book-keeping memory back; what lay in frames goes with the frames.
 */
#include "base/string.h"
#include "boot/state.h"

static void boot_exit(struct quire_machine *m)
{
	struct boot_state *b = m->boot;

	if (!b)
		return;
	mb_release_grown(b);
	bm_exit(b);
	machine_release(m, b, b->bytes);
	m->boot = NULL;
}

static int boot_init(struct quire_machine *m)
{
	size_t named = m->config.nr_reserved * sizeof(u64);
	struct boot_state *b = machine_reserve(m, sizeof(*b) + named);
	int err;

	if (!b)
		return -ENOMEM;
	b->m = m;
	b->bytes = sizeof(*b) + named;
	b->named_base = (u64 *)(void *)(b + 1);
	b->memblock = &b->own;
	b->first[0] = b->memory_init;
	b->first[1] = b->reserved_init;
	m->boot = b;
	mb_reset_lists(b);
	err = m->config.boot == QUIRE_BOOT_BOOTMEM ? bm_init(b) : mb_init(b);
	if (err)
		boot_exit(m);
	return err;
}

const struct quire_room_ops boot_room = {
	.name = "boot",
	.init = boot_init,
	.exit = boot_exit,
};

/* The next range of the description or of memblock from entry *@i on, whole frames. */
static bool next_memory(const struct boot_state *b, unsigned long *i, u64 *start_pfn, u64 *end_pfn,
			unsigned int *nid)
{
	const struct quire_machine_config *c = &b->m->config;
	const struct memblock_type *memory = &b->memblock->memory;
	u64 start, end, page = boot_page_bytes(b);

	for (; *i < (b->nodes ? c->nr_ranges : memory->cnt); ++*i) {
		if (b->nodes && c->ranges[*i].kind != QUIRE_RANGE_USABLE)
			continue;
		start = b->nodes ? c->ranges[*i].start : memory->regions[*i].base;
		end = b->nodes ? c->ranges[*i].end : start + memory->regions[*i].size;
		*nid = b->nodes ? c->ranges[*i].nid : (unsigned int)memory->regions[*i].nid;
		*start_pfn = (start + page - 1) >> c->page_shift;
		*end_pfn = end >> c->page_shift;
		if (*nid >= c->nr_nodes)
			*nid = 0; /* added by hand, to no node */
		if (*start_pfn < *end_pfn)
			return true;
	}
	return false;
}

bool boot_mem_range(struct quire_machine *m, unsigned int index, u64 *start_pfn, u64 *end_pfn,
		    unsigned int *nid)
{
	unsigned long i = 0;

	while (next_memory(m->boot, &i, start_pfn, end_pfn, nid)) {
		if (!index--)
			return true;
		i++;
	}
	return false;
}

bool boot_pfn_reserved(struct quire_machine *m, u64 pfn)
{
	const struct boot_state *b = m->boot;
	const bootmem_data_t *node;

	if (!b->nodes)
		return mb_frame_taken(b, pfn);
	node = bm_node_of(b, pfn);
	return !node || bm_next_taken(b, node, pfn, pfn + 1) == pfn;
}

u64 boot_alloc(struct quire_machine *m, u64 size, u64 align, u64 min_addr, int nid)
{
	struct boot_state *b = m->boot;
	const struct bm_request q = { .node = b->nodes && nid >= 0 ? &b->nodes[nid] : NULL,
				      .size = size,
				      .align = align,
				      .goal = min_addr };
	u64 found;

	if (b->handed_over) {
		boot_misuse(b, "boot_alloc: the boot allocator has handed over its memory");
		return 0;
	}
	if (b->nodes)
		found = bm_alloc(b, &q);
	else
		found = mb_alloc_phys(b, size, align, min_addr, MEMBLOCK_ALLOC_ACCESSIBLE, nid,
				      false);
	if (found && m->linear)
		memset(m->linear + found, 0, size);
	return found;
}
