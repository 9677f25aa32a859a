/* SPDX-License-Identifier: MIT */
/*
 * boot/bootmem.c - bootmem's bitmaps: describing nodes, reserving, freeing.
 *
 *	node     first pfn                         node_low_pfn
 *	bits     |0 1 1 0 0 0 ... 1 1|1 1 1 1 1 1 1|      1: taken
 *	          memory      holes   rest of the last word, always 1 (B2)
 *
 * Invariants, checked by quire_bootmem_validate():
 * B1. node_boot_start is the address of a frame below node_low_pfn, or the node has
 *     no bitmap at all.
 * B2. Bits behind node_low_pfn are ones: a search never runs out of the node.
 * B3. While last_offset is not 0, frame last_pos is taken.
 * B4. A free frame is usable memory of the node, and is none of the bitmap's own.
 *
 * Requests are checked as a whole before the first bit changes.
 * Nodes may interleave: a frame in the range of several bitmaps belongs to the node
 * whose memory it is, and is taken in all others.
 * Sources and differences: see quire/bootmem.h.
 */
#include <quire/bitmap.h>

#include "base/string.h"
#include "boot/state.h"
#include "hw/memmap.h"

#define SET_STEP ((u64)1 << 30) /* bitmap_set() counts in unsigned int */

static void change(unsigned long *map, u64 bit, u64 end, bool set)
{
	while (bit < end) {
		unsigned long *word = map + bit / BITS_PER_LONG;
		unsigned int n = (unsigned int)(end - bit < SET_STEP ? end - bit : SET_STEP);

		if (set)
			bitmap_set(word, (unsigned int)(bit % BITS_PER_LONG), n);
		else
			bitmap_clear(word, (unsigned int)(bit % BITS_PER_LONG), n);
		bit += n;
	}
}

void bm_set(struct boot_state *b, bootmem_data_t *node, u64 pfn, u64 end)
{
	change(node->node_bootmem_map, pfn - bm_first_pfn(b, node), end - bm_first_pfn(b, node),
	       true);
}

void bm_clear(struct boot_state *b, bootmem_data_t *node, u64 pfn, u64 end)
{
	change(node->node_bootmem_map, pfn - bm_first_pfn(b, node), end - bm_first_pfn(b, node),
	       false);
}

/* Frames outside the node count as taken. */
static u64 next(const struct boot_state *b, const bootmem_data_t *node, u64 pfn, u64 end,
		bool taken)
{
	u64 first = bm_first_pfn(b, node), low = node->node_low_pfn, bits, at;

	if (pfn < first)
		pfn = taken ? pfn : first;
	if (pfn < first || pfn >= low || pfn >= end)
		return taken && pfn < end ? pfn : end;
	bits = (end < low ? end : low) - first; /* no further: a search is as long as its range */
	at = first + (taken ? find_next_bit(node->node_bootmem_map, bits, pfn - first)
			    : find_next_zero_bit(node->node_bootmem_map, bits, pfn - first));
	return at < first + bits || taken ? at : end;
}

u64 bm_next_taken(const struct boot_state *b, const bootmem_data_t *node, u64 pfn, u64 end)
{
	return next(b, node, pfn, end, true);
}

u64 bm_next_free(const struct boot_state *b, const bootmem_data_t *node, u64 pfn, u64 end)
{
	return next(b, node, pfn, end, false);
}

bootmem_data_t *bm_node_of(const struct boot_state *b, u64 pfn)
{
	unsigned int nid = memmap_nid(&b->m->config, pfn << b->m->config.page_shift);

	return nid < b->nr_nodes ? &b->nodes[nid] : NULL;
}

static struct boot_state *enter_change(const char *fn)
{
	return boot_enter(QUIRE_BOOT_BOOTMEM, BOOT_CHANGE, fn);
}

bootmem_data_t *quire_bootmem_node(unsigned int nid)
{
	struct boot_state *b = boot_enter(QUIRE_BOOT_BOOTMEM, BOOT_QUERY, __func__);

	return b && nid < b->nr_nodes ? &b->nodes[nid] : NULL;
}

static bool map_in_frames(const struct boot_state *b, const bootmem_data_t *node)
{
	const unsigned char *map = node->node_bootmem_map;

	return b->m->linear && map >= b->m->linear && map < b->m->linear + b->m->linear_bytes;
}

void bm_release_map(struct boot_state *b, bootmem_data_t *node)
{
	if (node->node_bootmem_map && !map_in_frames(b, node))
		machine_release(b->m, node->node_bootmem_map,
				node->quire_map_pages << b->m->config.page_shift);
	node->node_bootmem_map = NULL;
}

bool bm_keep_map(struct boot_state *b, bootmem_data_t *node)
{
	size_t bytes = node->quire_map_pages << b->m->config.page_shift;
	void *copy;

	if (!map_in_frames(b, node))
		return true;
	copy = machine_reserve(b->m, bytes);
	if (copy)
		node->node_bootmem_map = memcpy(copy, node->node_bootmem_map, bytes);
	return copy != NULL;
}

u64 bm_map_pages(const struct boot_state *b, u64 frames)
{
	u64 bytes = (frames + BITS_PER_LONG - 1) / BITS_PER_LONG * sizeof(long);

	return (bytes + boot_page_bytes(b) - 1) >> b->m->config.page_shift;
}

unsigned long bootmem_bootmap_pages(unsigned long pages)
{
	struct boot_state *b = boot_enter(QUIRE_BOOT_BOOTMEM, BOOT_QUERY, __func__);

	return b ? bm_map_pages(b, pages) : 0;
}

u64 bm_describe(struct boot_state *b, bootmem_data_t *node, u64 map_pfn, u64 first, u64 end)
{
	u64 pages = bm_map_pages(b, end - first), bytes = pages << b->m->config.page_shift;
	u64 at = map_pfn << b->m->config.page_shift;
	void *map = b->m->linear ? b->m->linear + at : machine_reserve(b->m, bytes);

	if (!map)
		return 0;
	bm_release_map(b, node);
	memset(map, 0xff, bytes); /* B2 */
	node->node_boot_start = first << b->m->config.page_shift;
	node->node_low_pfn = end;
	node->node_bootmem_map = map;
	node->last_offset = node->last_pos = 0;
	node->last_success = node->node_boot_start;
	node->quire_map_pfn = map_pfn;
	node->quire_map_pages = pages;
	return (end - first + BITS_PER_LONG - 1) / BITS_PER_LONG * sizeof(long);
}

unsigned long init_bootmem_node(bootmem_data_t *bdata, unsigned long freepfn,
				unsigned long startpfn, unsigned long endpfn)
{
	struct boot_state *b = enter_change(__func__);
	unsigned int shift = b ? b->m->config.page_shift : 0;
	u64 pages, limit = QUIRE_MAX_PHYSICAL >> shift;

	if (!b)
		return 0;
	if (startpfn >= endpfn || endpfn > limit || freepfn > limit) {
		boot_misuse(b, "init_bootmem: frames 0x%lx-0x%lx are no range", startpfn, endpfn);
		return 0;
	}
	pages = bm_map_pages(b, endpfn - startpfn);
	if (!memmap_usable(&b->m->config, (u64)freepfn << shift, (freepfn + pages) << shift)) {
		boot_misuse(b,
			    "init_bootmem: no usable memory for a bitmap of %llu frames at frame "
			    "0x%lx",
			    ULL(pages), freepfn);
		return 0;
	}
	return bm_describe(b, bdata, freepfn, startpfn, endpfn);
}

unsigned long init_bootmem(unsigned long start, unsigned long pages)
{
	bootmem_data_t *node = quire_bootmem_node(0);

	return node ? init_bootmem_node(node, start, 0, pages) : 0;
}

/* Frames of [@base, @base + @size): all that it touches, or only those wholly inside. */
static void frames_of(const struct boot_state *b, u64 base, u64 size, bool touched, u64 *pfn,
		      u64 *end)
{
	unsigned int shift = b->m->config.page_shift;
	u64 round = boot_page_bytes(b) - 1, last = base + size < base ? ~(u64)0 : base + size;

	*pfn = touched ? base >> shift : base > ~round ? ~(u64)0 >> shift : (base + round) >> shift;
	*end = !touched	       ? last >> shift
	       : last > ~round ? ~(u64)0 >> shift
			       : (last + round) >> shift;
	if (*end < *pfn)
		*end = *pfn;
}

static void reserve_frames(struct boot_state *b, bootmem_data_t *node, u64 pfn, u64 end,
			   const char *fn)
{
	u64 twice = bm_next_taken(b, node, pfn, end), upto;

	if (fn && twice < end) {
		upto = bm_next_free(b, node, twice, end);
		boot_misuse(b, "%s: hm, frames 0x%llx-0x%llx reserved twice", fn, ULL(twice),
			    ULL(upto - 1));
	}
	bm_set(b, node, pfn, end);
}

int reserve_bootmem_node(bootmem_data_t *bdata, unsigned long physaddr, unsigned long size)
{
	struct boot_state *b = enter_change(__func__);
	u64 pfn, end;

	if (!b)
		return -EINVAL;
	frames_of(b, physaddr, size, true, &pfn, &end);
	if (!size || pfn < bm_first_pfn(b, bdata) || end > bdata->node_low_pfn) {
		boot_misuse(b, "reserve_bootmem: [0x%lx, +0x%lx) is not in node %d", physaddr, size,
			    bdata->quire_nid);
		return -EINVAL;
	}
	reserve_frames(b, bdata, pfn, end, "reserve_bootmem");
	return 0;
}

/* The part of usable range @r with frames of [@pfn, @end); false: none. */
static bool part_of(const struct boot_state *b, const struct quire_mem_range *r, u64 *pfn, u64 *end)
{
	u64 first, last;

	if (r->kind != QUIRE_RANGE_USABLE)
		return false;
	frames_of(b, r->start, r->end - r->start, false, &first, &last);
	*pfn = *pfn > first ? *pfn : first;
	*end = *end < last ? *end : last;
	return *pfn < *end;
}

static u64 reserve_range(struct boot_state *b, u64 base, u64 size, const char *fn)
{
	const struct quire_machine_config *c = &b->m->config;
	u64 frames = 0, pfn, end;
	unsigned int i;

	for (i = 0; i < c->nr_ranges; i++) {
		frames_of(b, base, size, true, &pfn, &end);
		if (!size || !part_of(b, &c->ranges[i], &pfn, &end))
			continue;
		reserve_frames(b, &b->nodes[c->ranges[i].nid], pfn, end, fn);
		frames += end - pfn;
	}
	return frames;
}

void bm_reserve_range(struct boot_state *b, u64 base, u64 size)
{
	(void)reserve_range(b, base, size, NULL);
}

int reserve_bootmem(unsigned long physaddr, unsigned long size)
{
	struct boot_state *b = enter_change(__func__);

	if (!b)
		return -EINVAL;
	if (reserve_range(b, physaddr, size, __func__))
		return 0;
	boot_misuse(b, "reserve_bootmem: [0x%lx, +0x%lx) is no memory of any node", physaddr, size);
	return -EINVAL;
}

/* Why frames [@pfn, @end) may not be freed into @node, or NULL. */
static const char *not_freeable(const struct boot_state *b, const bootmem_data_t *node, u64 pfn,
				u64 end)
{
	u64 map = node->quire_map_pfn, i;

	if (pfn < bm_first_pfn(b, node) || end > node->node_low_pfn)
		return "is not in the node";
	for (i = pfn; i < end;) { /* from range to range */
		const struct quire_mem_range *r =
			memmap_find(&b->m->config, i << b->m->config.page_shift);
		u64 from = i, to = end;

		if (!r || (int)r->nid != node->quire_nid || !part_of(b, r, &from, &to) || from != i)
			return "is not all memory of the node";
		i = to;
	}
	if (bm_next_free(b, node, pfn, end) != end)
		return "is not taken: freed twice, or never allocated";
	if (pfn < map + node->quire_map_pages && map < end)
		return "holds the bitmap";
	return NULL;
}

static void free_frames(struct boot_state *b, bootmem_data_t *node, u64 pfn, u64 end)
{
	u64 first = bm_first_pfn(b, node), addr = pfn << b->m->config.page_shift;

	bm_clear(b, node, pfn, end);
	if (addr < node->last_success)
		node->last_success = addr;
	if (pfn <= first + node->last_pos && first + node->last_pos < end)
		node->last_offset = 0; /* B3 */
}

static void free_range(struct boot_state *b, bootmem_data_t *node, const char *fn, u64 base,
		       u64 size)
{
	const char *why;
	u64 pfn, end;

	frames_of(b, base, size, false, &pfn, &end);
	if (pfn == end)
		return; /* less than one frame: nothing to free, as in Linux */
	node = node ? node : bm_node_of(b, pfn);
	why = node ? not_freeable(b, node, pfn, end) : "is no memory";
	if (why)
		boot_misuse(b, "%s: [0x%llx-0x%llx] %s", fn, ULL(base), ULL(base + size - 1), why);
	else
		free_frames(b, node, pfn, end);
}

void free_bootmem_node(bootmem_data_t *bdata, unsigned long physaddr, unsigned long size)
{
	struct boot_state *b = enter_change(__func__);

	if (b)
		free_range(b, bdata, __func__, physaddr, size);
}

void free_bootmem(unsigned long physaddr, unsigned long size)
{
	struct boot_state *b = enter_change(__func__);

	if (b)
		free_range(b, NULL, __func__, physaddr, size);
}

void free_bootmem_late(unsigned long physaddr, unsigned long size)
{
	struct boot_state *b = boot_enter(QUIRE_BOOT_BOOTMEM, BOOT_LATE, __func__);
	bootmem_data_t *node;
	const char *why;
	u64 pfn, end;

	if (!b)
		return;
	frames_of(b, physaddr, size, false, &pfn, &end);
	if (pfn == end)
		return;
	node = bm_node_of(b, pfn);
	why = node ? not_freeable(b, node, pfn, end) : "is no memory";
	if (why) {
		boot_misuse(b, "%s: [0x%lx-0x%lx] %s", __func__, physaddr, physaddr + size - 1,
			    why);
		return;
	}
	bm_clear(b, node, pfn, end);
	boot_free_late(b, physaddr, size);
}
