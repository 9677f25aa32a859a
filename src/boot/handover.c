/* SPDX-License-Identifier: MIT */
/*
 * boot/handover.c - all free memory goes to the page allocator, and every frame is accounted for.
 *
 *	memory     |=======================================|
 *	taken         ####      #######           ##
 *	memblock   [2][1]  [ 8 ]       [ 2][ 16 ]   [ 8 ]..    blocks of 2^order frames
 *	bootmem    1 1 1   ..........  [64 = a word]  1 1      then the bitmap's own frames
 *	audit      ^cursor -> every block handed is free, every frame passed over is taken
 *
 * 1. memblock gives each free range in blocks as large as the alignment of their first
 *    frame, the range's end and max_order allow, ascending.
 * 2. bootmem gives, node by node, a whole word of the bitmap as one block where the
 *    word is free and the frames are aligned (gofast), else frame by frame; last the
 *    frames of the bitmap itself.
 * 3. The audit. H1: a block lies above everything handed before in its node. H2: all
 *    its frames are free memory. H3: what lies between two blocks is taken. H4: the sum
 *    of the blocks is the number of free frames. So each frame of memory was either
 *    handed over once or is taken. It asks by frame (frames.c, bootmem.c) what the
 *    hand-over computed from ranges and words.
 * 4. After it the boot allocator only passes on late frees.
 *
 * Source: Linux 6.1 memblock_free_all(); M. Gorman, Understanding the Linux Virtual
 * Memory Manager, 5.5 (free_all_bootmem_core, gofast).
 */
#include <quire/bitops.h>

#include "base/assert.h"
#include "boot/state.h"

struct audit {
	struct boot_state *b;
	const bootmem_data_t *node; /* bootmem only */
	const struct boot_sink *sink;
	unsigned int max_order;
	u64 cursor; /* first frame not yet accounted for */
	u64 handed; /* frames */
	unsigned long errors;
};

static u64 next_free(const struct audit *a, u64 pfn, u64 end)
{
	return a->node ? bm_next_free(a->b, a->node, pfn, end) : mb_next_free(a->b, pfn, end);
}

static u64 next_taken(const struct audit *a, u64 pfn, u64 end)
{
	return a->node ? bm_next_taken(a->b, a->node, pfn, end) : mb_next_taken(a->b, pfn, end);
}

static void audit_error(struct audit *a, const char *rule, u64 pfn, u64 end, const char *what)
{
	a->errors++;
	quire_report(a->b->m, QUIRE_ERR, "boot: %s: frames 0x%llx-0x%llx %s\n", rule, ULL(pfn),
		     ULL(end - 1), what);
}

/* H3: [cursor, @end) holds no free frame. */
static void audit_passed_over(struct audit *a, u64 end)
{
	u64 lost = next_free(a, a->cursor, end);

	while (lost < end) {
		u64 upto = next_taken(a, lost, end);

		audit_error(a, "H3", lost, upto, "are free and were not handed over");
		lost = next_free(a, upto, end);
	}
	a->cursor = end;
}

static void hand_over(struct audit *a, u64 pfn, unsigned int order)
{
	u64 end = pfn + ((u64)1 << order);

	if (pfn < a->cursor) {
		audit_error(a, "H1", pfn, end, "are handed over again");
		return;
	}
	audit_passed_over(a, pfn);
	if (next_taken(a, pfn, end) != end) {
		audit_error(a, "H2", pfn, end, "are handed over but not all free");
		return;
	}
	a->cursor = end;
	a->handed += end - pfn;
	a->sink->free_block(a->sink->ctx, pfn, order);
}

/* 1. */
static void hand_over_range(struct audit *a, u64 pfn, u64 end)
{
	while (pfn < end) {
		unsigned int order = pfn ? (unsigned int)__ffs(pfn) : a->max_order;

		if (order > a->max_order)
			order = a->max_order;
		while (pfn + ((u64)1 << order) > end)
			order--;
		hand_over(a, pfn, order);
		pfn += (u64)1 << order;
	}
}

static void hand_over_memblock(struct audit *a)
{
	struct memblock *mb = a->b->memblock;
	unsigned int shift = a->b->m->config.page_shift;
	phys_addr_t start, end;
	u64 i = 0;

	a->b->movable_node = false; /* hotpluggable memory is handed over like any other */
	for (;;) {
		mb_next_range(a->b, &i, NUMA_NO_NODE, MEMBLOCK_NONE, &mb->memory, &mb->reserved,
			      &start, &end, NULL);
		if (i == QUIRE_CURSOR_END)
			break;
		hand_over_range(a, (start + boot_page_bytes(a->b) - 1) >> shift, end >> shift);
	}
	audit_passed_over(a, ~(u64)0 >> shift);
}

/* 2. The frames of one word of the bitmap, from @pfn on. */
static void hand_over_word(struct audit *a, u64 pfn, unsigned long free, bool gofast)
{
	unsigned int order = (unsigned int)__ffs(BITS_PER_LONG), bit;

	if (gofast && !~free && order <= a->max_order) {
		hand_over(a, pfn, order);
		return;
	}
	for (bit = 0; free; bit++, free >>= 1)
		if (free & 1)
			hand_over(a, pfn + bit, 0);
}

static void hand_over_node(struct audit *a, bootmem_data_t *node)
{
	u64 first = bm_first_pfn(a->b, node), bits = bm_bits(a->b, node), i;
	const unsigned long *map = node->node_bootmem_map;
	u64 map_pfn = node->quire_map_pfn, map_end = map_pfn + node->quire_map_pages;

	a->node = node;
	a->cursor = first;
	for (i = 0; i < bits; i += BITS_PER_LONG)
		hand_over_word(a, first + i, ~map[i / BITS_PER_LONG], first % BITS_PER_LONG == 0);
	audit_passed_over(a, node->node_low_pfn);
	a->cursor = map_pfn;
	bm_clear(a->b, node, map_pfn, map_end);
	for (; map_pfn < map_end; map_pfn++)
		hand_over(a, map_pfn, 0);
}

/* The bitmaps leave their frames, which are going to be handed over, before anything is. */
static int keep_maps(struct boot_state *b)
{
	unsigned int nid;

	for (nid = 0; nid < b->nr_nodes; nid++)
		if (!bm_keep_map(b, &b->nodes[nid])) {
			quire_report(b->m, QUIRE_ERR, "boot: no memory to keep node %u's bitmap\n",
				     nid);
			return -ENOMEM;
		}
	return 0;
}

static u64 count_free(struct audit *a)
{
	u64 free = 0, pfn, end, run;
	unsigned int i, nid;

	for (i = 0; boot_mem_range(a->b->m, i, &pfn, &end, &nid); i++) {
		a->node = a->b->nodes ? &a->b->nodes[nid] : NULL;
		for (pfn = next_free(a, pfn, end); pfn < end; pfn = next_free(a, run, end)) {
			run = next_taken(a, pfn, end);
			free += run - pfn;
		}
	}
	return free;
}

long boot_hand_over(struct quire_machine *m, unsigned int max_order, const struct boot_sink *sink)
{
	struct boot_state *b = m->boot;
	struct audit a = { .b = b, .sink = sink, .max_order = max_order };
	unsigned int nid;
	u64 free;

	if (b->handed_over) {
		boot_misuse(b, "boot_hand_over: done already");
		return -EINVAL;
	}
	if (b->borrowed) {
		boot_misuse(b,
			    "boot_hand_over: pointers are no frames: see quire_memblock_borrow()");
		return -EINVAL;
	}
	if (keep_maps(b))
		return -ENOMEM;
	for (nid = 0; nid < b->nr_nodes; nid++)
		if (bm_bits(b, &b->nodes[nid]))
			hand_over_node(&a, &b->nodes[nid]);
	if (!b->nodes)
		hand_over_memblock(&a);
	free = count_free(&a);
	if (free != a.handed) { /* H4 */
		a.errors++;
		quire_report(m, QUIRE_ERR,
			     "boot: H4: %llu frames are free, %llu were handed over\n", ULL(free),
			     ULL(a.handed));
	}
	b->sink = *sink;
	b->handed_over = true;
	b->handed_frames = a.handed;
	if (a.errors && m->config.panic_on_report)
		base_panic("boot: the hand-over's audit found %lu errors", a.errors);
	return a.errors ? -EUCLEAN : (long)a.handed;
}

void boot_free_late(struct boot_state *b, phys_addr_t base, phys_addr_t size)
{
	unsigned int shift = b->m->config.page_shift;
	u64 pfn = (base + boot_page_bytes(b) - 1) >> shift, end = (base + size) >> shift;

	for (; pfn < end; pfn++)
		b->sink.free_block(b->sink.ctx, pfn, 0);
}
