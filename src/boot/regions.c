/* SPDX-License-Identifier: MIT */
/*
 * boot/regions.c - sorted lists of ranges: add, remove, split, merge, mark.
 *
 *	before   [===A===]      [==B==]
 *	add          [#############]              gaps only:  [######]
 *	after    [===A===][######][==B==]    -> merged where node and flags agree
 *
 *	isolate      |-----|                      splits at both ends:
 *	         [=A=|==A'=]                      entries [first, last) lie inside
 *
 * Invariants of a list, checked by mb_validate():
 * I1. Regions are sorted by base and do not overlap.
 * I2. No two neighbours that touch agree in node and flags. (Until the next change,
 *     memblock_cap_memory_range() may leave a NOMAP region cut in two, as in Linux, and
 *     memblock_set_region_node() does not merge: so mb_validate() does not insist.)
 * I3. 1 <= cnt <= max. An empty list has cnt 1 and an entry of size 0.
 * I4. An array is either the one inside the state (max INIT_MEMBLOCK_REGIONS) or a
 *     grown one, whose max is a power-of-two multiple of that.
 * total_size is kept by insertion and deletion alone, so that trimming leaves it as it was.
 *
 * Source: behaviour of Linux 6.1 mm/memblock.c (linux-surface: sorted, merged by
 * node and flags, gaps only, cut at PHYS_ADDR_MAX, trimming keeps total_size).
 * We count the gaps first and grow before the first change, so that a failure
 * leaves the list as it was.
 */
#include "base/string.h"
#include "boot/state.h"

static inline phys_addr_t region_end(const struct memblock_region *r)
{
	return r->base + r->size;
}

static bool type_empty(const struct memblock_type *type)
{
	return type->cnt == 1 && type->regions[0].size == 0;
}

static void insert_at(struct memblock_type *type, unsigned long i, phys_addr_t base,
		      phys_addr_t size, int nid, enum memblock_flags flags)
{
	struct memblock_region *r = &type->regions[i];

	memmove(r + 1, r, (type->cnt - i) * sizeof(*r));
	*r = (struct memblock_region){ .base = base, .size = size, .flags = flags, .nid = nid };
	type->cnt++;
	type->total_size += size;
}

void mb_delete(struct memblock_type *type, unsigned long first, unsigned long last)
{
	struct memblock_region *r = type->regions;
	unsigned long i;

	for (i = first; i < last; i++)
		type->total_size -= r[i].size;
	memmove(r + first, r + last, (type->cnt - last) * sizeof(*r));
	type->cnt -= last - first;
	if (type->cnt == 0) { /* I3 */
		type->cnt = 1;
		r[0] = (struct memblock_region){ .nid = MAX_NUMNODES };
	}
}

/* Joins every two neighbours that touch and agree (I2). */
static void merge_all(struct memblock_type *type)
{
	struct memblock_region *kept = type->regions, *next;
	struct memblock_region *end = type->regions + type->cnt;

	for (next = kept + 1; next < end; next++) {
		if (region_end(kept) == next->base && kept->nid == next->nid &&
		    kept->flags == next->flags)
			kept->size += next->size;
		else
			*++kept = *next;
	}
	type->cnt = (unsigned long)(kept - type->regions) + 1;
}

/* How many entries [base, end) needs: one for each part that no region covers. */
static unsigned long count_gaps(const struct memblock_type *type, phys_addr_t base, phys_addr_t end)
{
	unsigned long gaps = 0, i;

	for (i = mb_first_after(type, base); i < type->cnt && base < end; i++) {
		if (type->regions[i].base >= end)
			break;
		gaps += type->regions[i].base > base;
		base = region_end(&type->regions[i]);
	}
	return gaps + (base < end);
}

static void fill_gaps(struct memblock_type *type, phys_addr_t base, phys_addr_t end, int nid,
		      enum memblock_flags flags)
{
	unsigned long i;

	for (i = mb_first_after(type, base); i < type->cnt && base < end; i++) {
		const struct memblock_region r = type->regions[i];

		if (r.base >= end)
			break;
		if (r.base > base)
			insert_at(type, i++, base, r.base - base, nid, flags);
		base = region_end(&r);
	}
	if (base < end)
		insert_at(type, i, base, end - base, nid, flags);
}

/* Memory that is added twice must be the same memory. */
static void check_agreement(struct boot_state *b, const struct memblock_type *type,
			    phys_addr_t base, phys_addr_t end, int nid, enum memblock_flags flags)
{
	unsigned long i;

	if (type != &b->memblock->memory)
		return;
	for (i = mb_first_after(type, base); i < type->cnt && type->regions[i].base < end; i++) {
		const struct memblock_region *r = &type->regions[i];

		if (r->nid == nid && r->flags == flags)
			continue;
		boot_misuse(b,
			    "memory [0x%llx-0x%llx] added as node %d flags 0x%x is there already "
			    "as node %d flags 0x%x, which stays",
			    ULL(r->base), ULL(region_end(r) - 1), nid, flags, r->nid, r->flags);
		return;
	}
}

int mb_add_range(struct boot_state *b, struct memblock_type *type, phys_addr_t base,
		 phys_addr_t size, int nid, enum memblock_flags flags)
{
	unsigned long gaps;
	phys_addr_t end;

	size = mb_cap_size(base, size);
	end = base + size;
	if (!size)
		return 0;
	if (type_empty(type)) {
		type->regions[0] = (struct memblock_region){ base, size, flags, nid };
		type->total_size = size;
		return 0;
	}
	check_agreement(b, type, base, end, nid, flags);
	while ((gaps = count_gaps(type, base, end)) + type->cnt > type->max)
		if (mb_grow(b, type, base, size))
			return -ENOMEM;
	if (gaps) {
		fill_gaps(type, base, end, nid, flags);
		merge_all(type);
	}
	return 0;
}

/* Cuts region @i in two at @addr, which lies inside it. */
static void split_at(struct memblock_type *type, unsigned long i, phys_addr_t addr)
{
	struct memblock_region *r = &type->regions[i];
	const struct memblock_region whole = *r;

	r->base = addr;
	r->size = region_end(&whole) - addr;
	type->total_size -= addr - whole.base;
	insert_at(type, i, whole.base, addr - whole.base, whole.nid, whole.flags);
}

int mb_isolate(struct boot_state *b, struct memblock_type *type, phys_addr_t base, phys_addr_t size,
	       unsigned long *first, unsigned long *last)
{
	phys_addr_t end;
	unsigned long i;

	size = mb_cap_size(base, size);
	end = base + size;
	*first = *last = 0;
	if (!size || type_empty(type))
		return 0;
	while (type->cnt + 2 > type->max)
		if (mb_grow(b, type, base, size))
			return -ENOMEM;
	i = mb_first_after(type, base);
	if (i < type->cnt && type->regions[i].base < base)
		split_at(type, i++, base);
	for (*first = i; i < type->cnt && type->regions[i].base < end; i++)
		if (region_end(&type->regions[i]) > end)
			split_at(type, i, end);
	*last = i;
	return 0;
}

int mb_remove_range(struct boot_state *b, struct memblock_type *type, phys_addr_t base,
		    phys_addr_t size)
{
	unsigned long first, last;
	int ret = mb_isolate(b, type, base, size, &first, &last);

	if (!ret && first < last)
		mb_delete(type, first, last);
	return ret;
}

int mb_set_node(struct boot_state *b, struct memblock_type *type, phys_addr_t base,
		phys_addr_t size, int nid)
{
	unsigned long first, last, i;
	int ret = mb_isolate(b, type, base, size, &first, &last);

	if (ret)
		return ret;
	for (i = first; i < last; i++)
		type->regions[i].nid = nid;
	merge_all(type);
	return 0;
}

int mb_change_flag(struct boot_state *b, phys_addr_t base, phys_addr_t size, bool set,
		   enum memblock_flags flag)
{
	struct memblock_type *type = &b->memblock->memory;
	unsigned long first, last, i;
	int ret = mb_isolate(b, type, base, size, &first, &last);

	if (ret)
		return ret;
	for (i = first; i < last; i++) {
		unsigned int flags = type->regions[i].flags;

		flags = set ? flags | flag : flags & ~(unsigned int)flag;
		type->regions[i].flags = (enum memblock_flags)flags;
	}
	merge_all(type);
	return 0;
}

void mb_trim(struct boot_state *b, phys_addr_t align)
{
	struct memblock_type *type = &b->memblock->memory;
	unsigned long i = 0;

	while (i < type->cnt && !type_empty(type)) {
		struct memblock_region *r = &type->regions[i];
		phys_addr_t start = (r->base + align - 1) & ~(align - 1);
		phys_addr_t end = region_end(r) & ~(align - 1);

		if (start < end) {
			r->base = start;
			r->size = end - start;
			i++;
		} else {
			mb_delete(type, i, i + 1);
		}
	}
}

int mb_reserve(struct boot_state *b, phys_addr_t base, phys_addr_t size, unsigned long ip)
{
	mb_log_range(b, "memblock_reserve", base, size, ip);
	return mb_add_range(b, &b->memblock->reserved, base, size, MAX_NUMNODES, MEMBLOCK_NONE);
}

bool mb_covers(const struct memblock_type *type, phys_addr_t base, phys_addr_t size)
{
	return !count_gaps(type, base, base + mb_cap_size(base, size));
}

int mb_free(struct boot_state *b, phys_addr_t base, phys_addr_t size)
{
	struct memblock_type *type = &b->memblock->reserved;
	phys_addr_t end = base + mb_cap_size(base, size);
	unsigned long i = mb_first_after(type, base);

	if (mb_holds_array(b, base, size)) {
		boot_misuse(b, "memblock_phys_free: [0x%llx-0x%llx] holds memblock's own lists",
			    ULL(base), ULL(end - 1));
		return -EINVAL;
	}
	if (!mb_covers(type, base, size))
		boot_misuse(
			b,
			"memblock_phys_free: [0x%llx-0x%llx] %s reserved: freed twice, or never "
			"allocated",
			ULL(base), ULL(end - 1),
			i < type->cnt && type->regions[i].base < end ? "is only partly" : "is not");
	return mb_remove_range(b, type, base, size);
}

/* One line for each violated invariant of @type; their number. */
static unsigned long validate_type(struct boot_state *b, const struct memblock_type *type)
{
	unsigned long bad = 0, i;

	if (type->cnt < 1 || type->cnt > type->max) { /* I3 */
		quire_report(b->m, QUIRE_ERR, "boot: I3: %s.cnt %lu, max %lu\n", type->name,
			     type->cnt, type->max);
		return 1;
	}
	for (i = 0; i + 1 < type->cnt; i++) {
		const struct memblock_region *r = &type->regions[i];

		if (r->size && region_end(r) <= r[1].base && region_end(r) > r->base)
			continue;
		bad++; /* I1 */
		quire_report(b->m, QUIRE_ERR, "boot: I1: %s[%lu] [0x%llx, +0x%llx) before 0x%llx\n",
			     type->name, i, ULL(r->base), ULL(r->size), ULL(r[1].base));
	}
	if (type->max % INIT_MEMBLOCK_REGIONS || (type->max & (type->max - 1))) { /* I4 */
		bad++;
		quire_report(b->m, QUIRE_ERR, "boot: I4: %s.max %lu\n", type->name, type->max);
	}
	return bad;
}

unsigned long mb_validate(struct boot_state *b)
{
	return validate_type(b, &b->memblock->memory) + validate_type(b, &b->memblock->reserved);
}
