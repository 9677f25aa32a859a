/* SPDX-License-Identifier: MIT */
/*
 * system_hash.c - alloc_large_system_hash(); contract: surface/pages.h.
 *
 * By pages in a row where a block is large enough, else by vmalloc(). HASH_EARLY asks for
 * memblock, whose time is over when a client runs.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

static unsigned long buckets(unsigned long size, unsigned long nr, int scale, int flags,
			     unsigned long low, unsigned long high)
{
	const unsigned long bytes = totalram_pages() << PAGE_SHIFT;
	const unsigned long least = flags & HASH_SMALL ? 1 : max(PAGE_SIZE / size, 1ul);

	if (!nr)
		nr = max(ALIGN(bytes, SZ_1M) >> scale, least);
	nr = roundup_pow_of_two(nr);
	if (!high)
		high = max(bytes / 16 / size, 1ul);
	high = min(high, 0x80000000ul);
	if (nr < low)
		nr = low;
	return rounddown_pow_of_two(max(min(nr, high), 1ul));
}

void *alloc_large_system_hash(const char *name, unsigned long bucket_size, unsigned long nr,
			      int scale, int flags, unsigned int *shift, unsigned int *mask,
			      unsigned long low, unsigned long high)
{
	gfp_t gfp = GFP_KERNEL | __GFP_NOWARN | (flags & HASH_ZERO ? __GFP_ZERO : 0);
	unsigned long bytes;
	bool in_row;
	void *table;

	for (nr = buckets(bucket_size, nr, scale, flags, low, high);; nr /= 2) {
		bytes = bucket_size * nr;
		in_row = get_order(bytes) < MAX_ORDER;
		table = in_row ? alloc_pages_exact(bytes, gfp) : __vmalloc(bytes, gfp);
		if (table || bytes <= PAGE_SIZE)
			break;
	}
	if (!table)
		panic("%s hash table: no memory\n", name);
	pr_info("%s hash table entries: %lu (order: %u, %lu bytes, %s)\n", name, nr,
		get_order(bytes), bytes, in_row ? "linear" : "vmalloc");
	if (shift)
		*shift = (unsigned int)ilog2(nr);
	if (mask)
		*mask = (unsigned int)(nr - 1);
	return table;
}
