/* SPDX-License-Identifier: MIT */
/*
 * page/reserved.c - named reserved memory: the pools, and where the other kinds go.
 *
 *	kind       who owns its frames now
 *	KERNEL     nobody here; listed
 *	NO_MAP     nobody here; listed
 *	REUSABLE   cma.c
 *	POOL       this file: quire_reserved_get(), quire_reserved_put()
 *
 *	pool "video"   |#######.....####|	# taken
 *	 taken          1111111000001111	one bit a frame
 *	 first          1000100000001000	one bit where a piece begins
 *
 * Theory
 *  1. A pool's frames never enter the page allocator: they stay PG_reserved, so what
 *     is given out is a run of physical memory of any size.
 *  2. First fit over a bitmap. Pools are few, their users long-lived: the simplest
 *     search is the right one.
 *  3. The second bitmap makes pieces exact: a put that is not precisely one earlier get
 *     is told and changes nothing.
 *
 * Invariants
 *  R1 first is a subset of taken
 *  R2 the frame after a piece is free, or begins another
 *
 * Lock order: the lock is a leaf. Context of all: any.
 * Left out: pools that grow; giving a pool's memory to the page allocator.
 * Source: the idea of Linux's reserved-memory nodes of the device tree.
 */
#include <quire/bitmap.h>
#include <quire/reserved.h>

#include "boot/boot.h"
#include "page/contig.h"
#include "page/dump.h"
#include "page/extras.h"

/** struct pool - a named range; @taken and @first NULL for kinds that are not pools. */
struct pool {
	struct boot_named range;
	unsigned long start_pfn, nr;
	unsigned long *taken, *first;
};

struct page_reserved_state {
	struct quire_lock lock;
	size_t bytes;
	unsigned int nr;
	struct pool pools[];
};

/* --- coming up ----------------------------------------------------------------------------- */

static size_t map_bytes(const struct page_state *ps, const struct boot_named *range)
{
	unsigned long frames = (unsigned long)((range->end - range->start) >> ps->page_shift);

	return range->kind == QUIRE_RESERVED_POOL ? BITS_TO_LONGS(frames) * sizeof(long) : 0;
}

static struct page_reserved_state *new_state(struct page_state *ps)
{
	unsigned int nr = ps->machine->config.nr_reserved, i;
	size_t bytes = sizeof(struct page_reserved_state) + nr * sizeof(struct pool);
	struct page_reserved_state *rs;
	struct boot_named range;

	for (i = 0; i < nr && boot_named_reservation(ps->machine, i, &range); i++)
		bytes += 2 * map_bytes(ps, &range);
	rs = machine_reserve(ps->machine, bytes);
	if (!rs)
		return NULL;
	quire_lock_init(&rs->lock, QUIRE_RANK_LEAF, "reserved memory");
	rs->bytes = bytes;
	rs->nr = nr;
	return rs;
}

static int add_range(struct page_state *ps, struct pool *pool, unsigned char **maps)
{
	size_t bytes = map_bytes(ps, &pool->range);

	pool->start_pfn = (unsigned long)(pool->range.start >> ps->page_shift);
	pool->nr = (unsigned long)((pool->range.end - pool->range.start) >> ps->page_shift);
	if (pool->range.kind == QUIRE_RESERVED_REUSABLE)
		return cma_area_init(ps, pool->range.name, pool->range.start, pool->range.end);
	if (bytes) {
		pool->taken = (unsigned long *)(void *)*maps;
		pool->first = (unsigned long *)(void *)(*maps + bytes);
		*maps += 2 * bytes;
	}
	return 0;
}

int reserved_init(struct page_state *ps)
{
	struct page_reserved_state *rs;
	unsigned char *maps;
	unsigned int i;
	int err = 0;

	if (!ps->machine->config.nr_reserved)
		return 0;
	rs = new_state(ps);
	if (!rs)
		return -ENOMEM;
	ps->reserved = rs;
	maps = (unsigned char *)&rs->pools[rs->nr];
	for (i = 0; i < rs->nr && !err; i++) {
		boot_named_reservation(ps->machine, i, &rs->pools[i].range);
		err = add_range(ps, &rs->pools[i], &maps);
	}
	return err;
}

void reserved_exit(struct page_state *ps)
{
	cma_exit(ps);
	if (ps->reserved)
		machine_release(ps->machine, ps->reserved, ps->reserved->bytes);
	ps->reserved = NULL;
}

/* --- taking and giving back -------------------------------------------------------------- */

/* The pool @name; NULL, *@err set and the reason told by @who. */
static struct pool *find_pool(struct page_state *ps, const char *who, const char *name, int *err)
{
	struct page_reserved_state *rs = ps->reserved;
	unsigned int i;

	for (i = 0; rs && i < rs->nr; i++) {
		if (strcmp(rs->pools[i].range.name, name))
			continue;
		if (rs->pools[i].taken)
			return &rs->pools[i];
		*err = -EINVAL;
		quire_report(NULL, QUIRE_ERR,
			     "%s: \"%s\" is no pool; give it kind: pool in the machine file\n", who,
			     name);
		return NULL;
	}
	*err = -ENOENT;
	quire_report(NULL, QUIRE_ERR, "%s: no reserved range \"%s\" in the machine file\n", who,
		     name);
	return NULL;
}

static bool good_sizes(const struct page_state *ps, u64 bytes, u64 align)
{
	return bytes && bytes <= ~(u64)0 - (1ul << ps->page_shift) && !(align & (align - 1));
}

int quire_reserved_get(const char *name, u64 bytes, u64 align, u64 *phys)
{
	struct page_state *ps = this_page_state();
	unsigned long nr = (unsigned long)((bytes + (1ul << ps->page_shift) - 1) >> ps->page_shift);
	unsigned long mask =
		align >> ps->page_shift ? (unsigned long)(align >> ps->page_shift) - 1 : 0;
	unsigned long bit = ~0ul;
	struct pool *pool;
	int err;

	pool = find_pool(ps, "quire_reserved_get", name, &err);
	if (!pool)
		return err;
	if (!good_sizes(ps, bytes, align)) {
		quire_report(
			NULL, QUIRE_ERR,
			"quire_reserved_get: \"%s\": %llu bytes aligned to %llu make no sense\n",
			name, (unsigned long long)bytes, (unsigned long long)align);
		return -EINVAL;
	}
	quire_lock(&ps->reserved->lock);
	if (nr <= pool->nr)
		bit = bitmap_find_next_zero_area_off(pool->taken, pool->nr, 0, (unsigned int)nr,
						     mask, pool->start_pfn & mask);
	if (bit <= pool->nr - nr && bit != ~0ul) {
		QUIRE_DEBUG_ASSERT(!test_bit(bit, pool->first),
				   "R1: a piece begins in free memory");
		bitmap_set(pool->taken, (unsigned int)bit, (unsigned int)nr);
		__set_bit(bit, pool->first);
	} else {
		bit = ~0ul;
	}
	quire_unlock(&ps->reserved->lock);
	if (bit == ~0ul) {
		quire_report(NULL, QUIRE_ERR,
			     "quire_reserved_get: \"%s\": no %llu bytes in a row are left; make it "
			     "larger in the machine file\n",
			     name, (unsigned long long)bytes);
		return -ENOMEM;
	}
	*phys = (u64)(pool->start_pfn + bit) << ps->page_shift;
	return 0;
}

/* Point 3: are the @nr frames from @bit on one piece, whole and exact? */
static bool is_piece(const struct pool *pool, unsigned long bit, unsigned long nr)
{
	unsigned long end = bit + nr;

	if (!nr || bit >= pool->nr || nr > pool->nr - bit || !test_bit(bit, pool->first))
		return false;
	if (find_next_zero_bit(pool->taken, end, bit) < end ||
	    find_next_bit(pool->first, end, bit + 1) < end)
		return false;
	/* R2 tells where it ends. */
	return end == pool->nr || !test_bit(end, pool->taken) || test_bit(end, pool->first);
}

int quire_reserved_put(const char *name, u64 phys, u64 bytes)
{
	struct page_state *ps = this_page_state();
	unsigned long nr = (unsigned long)((bytes + (1ul << ps->page_shift) - 1) >> ps->page_shift);
	unsigned long bit;
	struct pool *pool;
	bool exact;
	int err;

	pool = find_pool(ps, "quire_reserved_put", name, &err);
	if (!pool)
		return err;
	bit = (unsigned long)(phys >> ps->page_shift) - pool->start_pfn;
	quire_lock(&ps->reserved->lock);
	exact = phys >= pool->range.start && !(phys & ((1ul << ps->page_shift) - 1)) &&
		is_piece(pool, bit, nr);
	if (exact) {
		bitmap_clear(pool->taken, (unsigned int)bit, (unsigned int)nr);
		__clear_bit(bit, pool->first);
	}
	quire_unlock(&ps->reserved->lock);
	if (exact)
		return 0;
	report_misuse(ps, "quire_reserved_put: \"%s\": 0x%llx, %llu bytes: no such piece was taken",
		      name, (unsigned long long)phys, (unsigned long long)bytes);
	return -EINVAL;
}

/* --- listing ----------------------------------------------------------------------------- */

static unsigned long largest_run(const unsigned long *map, unsigned long nr)
{
	unsigned long bit, end, largest = 0;

	for (bit = find_first_zero_bit(map, nr); bit < nr; bit = find_next_zero_bit(map, nr, end)) {
		end = find_next_bit(map, nr, bit);
		largest = max(largest, end - bit);
	}
	return largest;
}

static void fill_cma(struct quire_machine *machine, struct quire_reserved_info *info)
{
	struct cma *cma = quire_cma_find(machine, info->name);
	unsigned int shift = machine->config.page_shift;
	struct quire_cma_stats stats;

	quire_cma_stats(cma, &stats);
	info->used_bytes = (u64)stats.used_pages << shift;
	info->largest_free_bytes = (u64)stats.largest_free << shift;
}

bool quire_reserved_list(struct quire_machine *machine, unsigned int index,
			 struct quire_reserved_info *info)
{
	struct page_reserved_state *rs = machine->page->reserved;
	unsigned int shift = machine->config.page_shift;
	const struct pool *pool;

	if (!rs || index >= rs->nr)
		return false;
	pool = &rs->pools[index];
	*info = (struct quire_reserved_info){ .name = pool->range.name,
					      .start = pool->range.start,
					      .end = pool->range.end,
					      .kind = pool->range.kind };
	info->used_bytes = info->end - info->start;
	if (pool->range.kind == QUIRE_RESERVED_REUSABLE) {
		fill_cma(machine, info);
	} else if (pool->taken) {
		quire_lock(&rs->lock);
		info->used_bytes = (u64)bitmap_weight(pool->taken, (unsigned int)pool->nr) << shift;
		info->largest_free_bytes = (u64)largest_run(pool->taken, pool->nr) << shift;
		quire_unlock(&rs->lock);
	}
	return true;
}
