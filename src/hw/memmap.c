/* SPDX-License-Identifier: MIT */
/*
 * memmap.c - the physical memory map.
 *
 * Maps are short (firmware gives 5 to 30 ranges) and are asked while a machine
 * boots, so plain arrays do. Two ranges of usable memory that touch stay two:
 * their nodes or flags may differ, and the boot allocator merges what it may.
 */
#include "hw/memmap.h"

void memmap_sort(struct quire_mem_range *ranges, unsigned int nr)
{
	unsigned int i, j;

	for (i = 1; i < nr; i++) {
		struct quire_mem_range moving = ranges[i];

		for (j = i; j && ranges[j - 1].start > moving.start; j--)
			ranges[j] = ranges[j - 1];
		ranges[j] = moving;
	}
}

bool memmap_overlap(const struct quire_mem_range *ranges, unsigned int nr, unsigned int *first,
		    unsigned int *second)
{
	unsigned int i, j;

	for (j = 1; j < nr; j++) {
		for (i = 0; i < j; i++) {
			if (ranges[i].start >= ranges[j].end || ranges[j].start >= ranges[i].end)
				continue;
			*first = i;
			*second = j;
			return true;
		}
	}
	return false;
}

u64 memmap_usable_bytes(const struct quire_machine_config *config, unsigned int nid)
{
	u64 bytes = 0;
	unsigned int i;

	for (i = 0; i < config->nr_ranges; i++) {
		const struct quire_mem_range *r = &config->ranges[i];

		if (r->kind == QUIRE_RANGE_USABLE && (nid == QUIRE_ANY_NODE || nid == r->nid))
			bytes += r->end - r->start;
	}
	return bytes;
}

u64 memmap_end(const struct quire_machine_config *config)
{
	u64 end = 0;
	unsigned int i;

	for (i = 0; i < config->nr_ranges; i++) {
		const struct quire_mem_range *r = &config->ranges[i];

		if (r->kind == QUIRE_RANGE_USABLE && r->end > end)
			end = r->end;
	}
	return end;
}

const struct quire_mem_range *memmap_find(const struct quire_machine_config *config, u64 addr)
{
	unsigned int low = 0, high = config->nr_ranges;

	while (low < high) {
		unsigned int mid = (low + high) / 2;
		const struct quire_mem_range *r = &config->ranges[mid];

		if (addr < r->start)
			high = mid;
		else if (addr >= r->end)
			low = mid + 1;
		else
			return r;
	}
	return NULL;
}

unsigned int memmap_nid(const struct quire_machine_config *config, u64 addr)
{
	const struct quire_mem_range *r = memmap_find(config, addr);

	return r && r->kind == QUIRE_RANGE_USABLE ? r->nid : QUIRE_ANY_NODE;
}

bool memmap_usable(const struct quire_machine_config *config, u64 start, u64 end)
{
	while (start < end) {
		const struct quire_mem_range *r = memmap_find(config, start);

		if (!r || r->kind != QUIRE_RANGE_USABLE)
			return false;
		start = r->end;
	}
	return true;
}
