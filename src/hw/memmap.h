/* SPDX-License-Identifier: MIT */
/*
 * hw/memmap.h - questions about the physical memory map of a machine.
 *
 *	0        0x9fc00    1M                    0xbffe0000    4G          6G
 *	| usable 0 | reserved | usable, node 0     | acpi | hole | usable, 1 |
 *
 * After quire_machine_create() the ranges of quire_machine_config are sorted by
 * address and do not overlap; what no range names is a hole.
 */
#ifndef QUIRE_HW_MEMMAP_H
#define QUIRE_HW_MEMMAP_H

#include <quire/machine.h>

/** memmap_sort() - sorts by start. O(n) when sorted already, O(n squared) at worst. */
void memmap_sort(struct quire_mem_range *ranges, unsigned int nr);

/**
 * memmap_overlap() - finds two ranges that share a byte.
 * @first, @second: set to their indices, @first < @second
 * @ranges: in any order. O(n squared).
 * Return: true when there are such.
 */
bool memmap_overlap(const struct quire_mem_range *ranges, unsigned int nr, unsigned int *first,
		    unsigned int *second);

/** memmap_usable_bytes() - memory in usable ranges; of node @nid or QUIRE_ANY_NODE. */
u64 memmap_usable_bytes(const struct quire_machine_config *config, unsigned int nid);

/** memmap_end() - the first byte after all usable memory; 0 when there is none. */
u64 memmap_end(const struct quire_machine_config *config);

/** memmap_find() - the range that holds byte @addr of a sorted map, or NULL. O(log n). */
const struct quire_mem_range *memmap_find(const struct quire_machine_config *config, u64 addr);

/** memmap_nid() - the node of byte @addr; QUIRE_ANY_NODE when no usable memory is there. */
unsigned int memmap_nid(const struct quire_machine_config *config, u64 addr);

/** memmap_usable() - is all of [@start, @end) usable memory? Of a sorted map. */
bool memmap_usable(const struct quire_machine_config *config, u64 start, u64 end);

#endif /* QUIRE_HW_MEMMAP_H */
