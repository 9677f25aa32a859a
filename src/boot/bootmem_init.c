/* SPDX-License-Identifier: MIT */
/*
 * boot/bootmem_init.c - bootmem learns the memory map, and ends.
 *
 *	for each node:  bitmap    into the first memory that is not named, above ZONE_DMA
 *	                          if there is such
 *	                usable    -> free_bootmem_node()
 *	                bitmap    -> reserved
 *	named reservations        -> named.c
 *	reserve_memmap            -> 64 bytes a frame, one allocation a node
 */
#include <quire/bitops.h>

#include "boot/state.h"

#define MEMMAP_BYTES_PER_FRAME 64

/* First and end frame of node @nid's memory; false: it has none. */
static bool node_span(struct boot_state *b, unsigned int nid, u64 *first, u64 *end, u64 *frames)
{
	unsigned int i, owner;
	u64 s, e;

	*first = ~(u64)0;
	*end = *frames = 0;
	for (i = 0; boot_mem_range(b->m, i, &s, &e, &owner); i++) {
		if (owner != nid)
			continue;
		*first = s < *first ? s : *first;
		*end = e > *end ? e : *end;
		*frames += e - s;
	}
	return *frames != 0;
}

/* A fixed named reservation that shares a byte with the range, or NULL. */
static const struct quire_reserved *named_in(const struct boot_state *b, u64 base, u64 size)
{
	const struct quire_machine_config *c = &b->m->config;
	unsigned int i;

	for (i = 0; i < c->nr_reserved; i++)
		if (c->reserved[i].start != QUIRE_ANYWHERE &&
		    memblock_addrs_overlap(base, size, c->reserved[i].start, c->reserved[i].size))
			return &c->reserved[i];
	return NULL;
}

/* The lowest place for @pages frames in node @nid at or above @from; 0: none. */
static u64 place_map(struct boot_state *b, unsigned int nid, u64 pages, u64 from)
{
	unsigned int i, owner, shift = b->m->config.page_shift;
	const struct quire_reserved *r;
	u64 s, e, at;

	for (i = 0; boot_mem_range(b->m, i, &s, &e, &owner); i++) {
		at = s > from ? s : from;
		at = at ? at : 1;
		while (owner == nid && at + pages <= e) {
			r = named_in(b, at << shift, pages << shift);
			if (!r)
				return at;
			at = (r->start + r->size + boot_page_bytes(b) - 1) >> shift;
		}
	}
	return 0;
}

static void free_node_memory(struct boot_state *b, bootmem_data_t *node)
{
	unsigned int i, owner;
	u64 s, e;

	for (i = 0; boot_mem_range(b->m, i, &s, &e, &owner); i++)
		if ((int)owner == node->quire_nid)
			bm_clear(b, node, s, e);
	bm_set(b, node, node->quire_map_pfn, node->quire_map_pfn + node->quire_map_pages);
}

static int init_node(struct boot_state *b, unsigned int nid)
{
	bootmem_data_t *node = &b->nodes[nid];
	u64 first, end, frames, pages, map;

	node->quire_nid = (int)nid;
	if (!node_span(b, nid, &first, &end, &frames))
		return 0;
	pages = bm_map_pages(b, end - first);
	map = place_map(b, nid, pages, b->m->config.dma_limit >> b->m->config.page_shift);
	map = map ? map : place_map(b, nid, pages, 0);
	if (!map) {
		quire_report(b->m, QUIRE_ERR,
			     "boot: node %u has no room for its bitmap of %llu frames\n", nid,
			     ULL(pages));
		return -ENOMEM;
	}
	if (!bm_describe(b, node, map, first, end))
		return -ENOMEM;
	free_node_memory(b, node);
	return 0;
}

static int reserve_memmap(struct boot_state *b, unsigned int nid)
{
	struct bm_request q = { .node = &b->nodes[nid],
				.align = boot_page_bytes(b),
				.goal = b->m->config.dma_limit };
	u64 first, end, frames;

	if (!node_span(b, nid, &first, &end, &frames))
		return 0;
	q.size = (frames * MEMMAP_BYTES_PER_FRAME + q.align - 1) & ~(q.align - 1);
	if (bm_alloc(b, &q))
		return 0;
	quire_report(b->m, QUIRE_ERR,
		     "boot: no room for the %llu bytes that the struct pages of node %u take; "
		     "give the node more memory or set reserve_memmap to false\n",
		     ULL(q.size), nid);
	return -ENOMEM;
}

int bm_init(struct boot_state *b)
{
	unsigned int nid;
	int err = 0;

	b->nodes_bytes = b->m->config.nr_nodes * sizeof(*b->nodes);
	b->nodes = machine_reserve(b->m, b->nodes_bytes);
	if (!b->nodes)
		return -ENOMEM;
	b->nr_nodes = b->m->config.nr_nodes;
	for (nid = 0; nid < b->nr_nodes && !err; nid++)
		err = init_node(b, nid);
	if (!err)
		err = boot_reserve_named(b);
	for (nid = 0; b->m->config.reserve_memmap && nid < b->nr_nodes && !err; nid++)
		err = reserve_memmap(b, nid);
	return err;
}

void bm_exit(struct boot_state *b)
{
	unsigned int nid;

	for (nid = 0; nid < b->nr_nodes; nid++)
		bm_release_map(b, &b->nodes[nid]);
	machine_release(b->m, b->nodes, b->nodes_bytes);
	b->nodes = NULL;
	b->nr_nodes = 0;
}

unsigned long free_all_bootmem(void)
{
	struct boot_state *b = boot_enter(QUIRE_BOOT_BOOTMEM, BOOT_CHANGE, __func__);

	if (!b)
		return 0;
	if (quire_machine_continue(b->m)) {
		quire_report(b->m, QUIRE_ERR, "free_all_bootmem: the machine could not go on\n");
		return 0;
	}
	return b->handed_frames;
}

unsigned long free_all_bootmem_node(bootmem_data_t *bdata)
{
	struct boot_state *b = boot_enter(QUIRE_BOOT_BOOTMEM, BOOT_CHANGE, __func__);
	u64 free = 0, pfn, end;
	unsigned int nid;

	if (!b || !bdata->node_bootmem_map)
		return 0;
	end = bm_first_pfn(b, bdata);
	while ((pfn = bm_next_free(b, bdata, end, bdata->node_low_pfn)) < bdata->node_low_pfn) {
		end = bm_next_taken(b, bdata, pfn, bdata->node_low_pfn);
		free += end - pfn;
	}
	bdata->quire_done = true;
	for (nid = 0; nid < b->nr_nodes; nid++)
		if (b->nodes[nid].node_bootmem_map && !b->nodes[nid].quire_done)
			return free + bdata->quire_map_pages;
	return free_all_bootmem() ? free + bdata->quire_map_pages : 0;
}

static unsigned long validate_node(struct boot_state *b, const bootmem_data_t *node)
{
	u64 first = bm_first_pfn(b, node), bits = bm_bits(b, node), pfn, end, next;
	unsigned long bad = 0, last_word;

	if (node->node_boot_start & (boot_page_bytes(b) - 1) || first >= node->node_low_pfn)
		bad++; /* B1 */
	last_word = ((unsigned long *)node->node_bootmem_map)[(bits - 1) / BITS_PER_LONG];
	if (bits % BITS_PER_LONG && ~last_word >> (bits % BITS_PER_LONG))
		bad++; /* B2 */
	if (node->last_offset &&
	    bm_next_taken(b, node, first + node->last_pos, ~(u64)0) != first + node->last_pos)
		bad++;	      /* B3 */
	for (end = first;;) { /* B4 */
		pfn = bm_next_free(b, node, end, node->node_low_pfn);
		if (pfn >= node->node_low_pfn)
			break;
		end = bm_next_taken(b, node, pfn, node->node_low_pfn);
		for (next = pfn; next < end; next++)
			bad += bm_node_of(b, next) != node ||
			       (next - node->quire_map_pfn < node->quire_map_pages &&
				!b->handed_over);
	}
	if (bad)
		quire_report(b->m, QUIRE_ERR, "boot: bootmem: node %d violates B1..B4 %lu times\n",
			     node->quire_nid, bad);
	return bad;
}

unsigned long quire_bootmem_validate(void)
{
	struct boot_state *b = boot_enter(QUIRE_BOOT_BOOTMEM, BOOT_QUERY, __func__);
	unsigned long bad = 0;
	unsigned int nid;

	for (nid = 0; b && nid < b->nr_nodes; nid++)
		if (b->nodes[nid].node_bootmem_map)
			bad += validate_node(b, &b->nodes[nid]);
	return bad;
}
