/* SPDX-License-Identifier: MIT */
/*
 * boot/iterate.c - walking over what is in one list and not in another.
 *
 *	a         [====a0====]   [=======a1=======]
 *	minus        [m0] [m1]      [m2]
 *	gaps      ..0)    (.1) (...2..)    (.......3...
 *	result    [=]  [=]       [=]    [=========]
 *
 * 1. `minus` with n regions has n + 1 gaps: gap g runs from the end of region g - 1
 *    (or 0) to the start of region g (or the end of the world).
 * 2. A cursor is a pair (index in a, gap of minus), low and high half of a u64. A step
 *    takes the part of the region inside the gap and moves on whichever of the two
 *    ends first; going down, whichever starts last.
 * 3. Skipped are regions of memory of another node, and those whose flags the caller
 *    did not ask for: hotpluggable while movable_node, not mirrored while mirrored is
 *    asked for, NOMAP, driver-managed. Other lists are never filtered.
 *
 * Source: behaviour of Linux 6.1 for_each_mem_range() and relatives.
 */
#include "boot/state.h"

struct span {
	phys_addr_t start, end;
};

struct pair {
	u32 a, gap;
};

static struct pair unpack(u64 cursor)
{
	return (struct pair){ .a = (u32)cursor, .gap = (u32)(cursor >> 32) };
}

static u64 pack(struct pair p)
{
	return p.a | (u64)p.gap << 32;
}

static struct span gap_of(const struct memblock_type *minus, u32 gap)
{
	struct span s = { 0, PHYS_ADDR_MAX };

	if (!minus)
		return s;
	if (gap > 0)
		s.start = minus->regions[gap - 1].base + minus->regions[gap - 1].size;
	if (gap < minus->cnt)
		s.end = minus->regions[gap].base;
	return s;
}

static struct span intersect(struct span x, struct span y)
{
	struct span s = { x.start > y.start ? x.start : y.start, x.end < y.end ? x.end : y.end };

	return s;
}

static bool skipped(const struct boot_state *b, const struct memblock_type *type,
		    const struct memblock_region *r, int nid, unsigned int flags)
{
	if (type != &b->memblock->memory)
		return false;
	if (nid != NUMA_NO_NODE && nid != r->nid)
		return true;
	if (boot_movable_node(b) && memblock_is_hotpluggable(r) && !(flags & MEMBLOCK_HOTPLUG))
		return true;
	if ((flags & MEMBLOCK_MIRROR) && !memblock_is_mirror(r))
		return true;
	if (!(flags & MEMBLOCK_NOMAP) && memblock_is_nomap(r))
		return true;
	return !(flags & MEMBLOCK_DRIVER_MANAGED) && memblock_is_driver_managed(r);
}

static void give(const struct memblock_region *r, struct span part, phys_addr_t *start,
		 phys_addr_t *end, int *out_nid)
{
	if (start)
		*start = part.start;
	if (end)
		*end = part.end;
	if (out_nid)
		*out_nid = r->nid;
}

void mb_next_range(struct boot_state *b, u64 *cursor, int nid, enum memblock_flags flags,
		   struct memblock_type *a, struct memblock_type *minus, phys_addr_t *start,
		   phys_addr_t *end, int *out_nid)
{
	u32 gaps = minus ? (u32)minus->cnt + 1 : 1;
	struct pair p = unpack(*cursor);

	for (; p.a < a->cnt; p.a++) {
		const struct memblock_region *r = &a->regions[p.a];
		struct span whole = { r->base, r->base + r->size };

		if (skipped(b, a, r, nid, flags))
			continue;
		if (!minus) {
			give(r, whole, start, end, out_nid);
			p.a++;
			*cursor = pack(p);
			return;
		}
		for (; p.gap < gaps; p.gap++) {
			struct span gap = gap_of(minus, p.gap), part = intersect(whole, gap);

			if (gap.start >= whole.end)
				break;
			if (part.start >= part.end)
				continue;
			give(r, part, start, end, out_nid);
			if (whole.end <= gap.end)
				p.a++;
			else
				p.gap++;
			*cursor = pack(p);
			return;
		}
	}
	*cursor = QUIRE_CURSOR_END;
}

/* One step down with the region at index p.a: true when it gave a part. */
static bool step_down(struct pair *p, const struct memblock_region *r,
		      const struct memblock_type *minus, struct span *part)
{
	struct span whole = { r->base, r->base + r->size };

	for (;; p->gap--) {
		struct span gap = gap_of(minus, p->gap);

		if (gap.end <= whole.start)
			return false;
		*part = intersect(whole, gap);
		if (part->start < part->end) {
			/* The pair names what to look at next; ~0 in a means "before the first". */
			if (whole.start >= gap.start)
				p->a--;
			else
				p->gap--;
			return true;
		}
		if (p->gap == 0)
			return false;
	}
}

void mb_next_range_rev(struct boot_state *b, u64 *cursor, int nid, enum memblock_flags flags,
		       struct memblock_type *a, struct memblock_type *minus, phys_addr_t *start,
		       phys_addr_t *end, int *out_nid)
{
	struct pair p = unpack(*cursor);
	struct span part;

	if (*cursor == QUIRE_CURSOR_END)
		p = (struct pair){ (u32)a->cnt - 1, minus ? (u32)minus->cnt : 0 };
	for (; p.a != ~(u32)0; p.a--) {
		const struct memblock_region *r = &a->regions[p.a];

		if (skipped(b, a, r, nid, flags))
			continue;
		if (!minus) {
			give(r, (struct span){ r->base, r->base + r->size }, start, end, out_nid);
			p.a--;
			goto found;
		}
		if (step_down(&p, r, minus, &part)) {
			give(r, part, start, end, out_nid);
			goto found;
		}
	}
	*cursor = QUIRE_CURSOR_END;
	return;
found:
	/* "Before the first" must not look like the end of the world, where a walk begins. */
	*cursor = p.a == ~(u32)0 ? (u64) ~(u32)0 : pack(p);
}

void __next_mem_range(u64 *cursor, int nid, enum memblock_flags flags, struct memblock_type *type_a,
		      struct memblock_type *type_b, phys_addr_t *start, phys_addr_t *end,
		      int *out_nid)
{
	struct boot_state *b = boot_enter(QUIRE_BOOT_MEMBLOCK, BOOT_QUERY, "__next_mem_range");

	*cursor = b ? *cursor : QUIRE_CURSOR_END;
	if (b)
		mb_next_range(b, cursor, nid, flags, type_a, type_b, start, end, out_nid);
}

void __next_mem_range_rev(u64 *cursor, int nid, enum memblock_flags flags,
			  struct memblock_type *type_a, struct memblock_type *type_b,
			  phys_addr_t *start, phys_addr_t *end, int *out_nid)
{
	struct boot_state *b = boot_enter(QUIRE_BOOT_MEMBLOCK, BOOT_QUERY, "__next_mem_range_rev");

	*cursor = b ? *cursor : QUIRE_CURSOR_END;
	if (b)
		mb_next_range_rev(b, cursor, nid, flags, type_a, type_b, start, end, out_nid);
}

void __next_mem_pfn_range(int *idx, int nid, unsigned long *start_pfn, unsigned long *end_pfn,
			  int *out_nid)
{
	struct boot_state *b = boot_enter(QUIRE_BOOT_MEMBLOCK, BOOT_QUERY, "__next_mem_pfn_range");
	const struct memblock_type *type = b ? &b->memblock->memory : NULL;
	u64 page = b ? boot_page_bytes(b) : 1;

	while (type && ++*idx < (int)type->cnt) {
		const struct memblock_region *r = &type->regions[*idx];
		u64 start = (r->base + page - 1) / page, end = (r->base + r->size) / page;

		if (start >= end || (nid != MAX_NUMNODES && nid != r->nid))
			continue;
		if (start_pfn)
			*start_pfn = (unsigned long)start;
		if (end_pfn)
			*end_pfn = (unsigned long)end;
		if (out_nid)
			*out_nid = r->nid;
		return;
	}
	*idx = -1;
}
