/* SPDX-License-Identifier: MIT */
/*
 * memblock.c - the global memblock, and the start-up of a client that works on it.
 *
 * The core's memblock is a part of a machine. The machine made here knows no memory of its own,
 * has no contents, and is held before the hand-over; its boot allocator borrows the lists below.
 */
#include <linux/memblock.h>

#include "memblock_alone.h"

static struct memblock_region memory_regions[INIT_MEMBLOCK_REGIONS];
static struct memblock_region reserved_regions[INIT_MEMBLOCK_RESERVED_REGIONS];

struct memblock memblock = {
	.current_limit = MEMBLOCK_ALLOC_ANYWHERE,
	.memory = { .cnt = 1,
		    .max = INIT_MEMBLOCK_REGIONS,
		    .regions = memory_regions,
		    .name = "memory" },
	.reserved = { .cnt = 1,
		      .max = INIT_MEMBLOCK_RESERVED_REGIONS,
		      .regions = reserved_regions,
		      .name = "reserved" },
};

bool movable_node_enabled __weak;

void quire_startup_hold(struct quire_machine_config *config)
{
	/* A description must have memory; it is forgotten when the lists are lent. */
	static const struct quire_mem_range some = { .start = 0, .end = 16 << 20 };

	config->ranges = &some;
	config->nr_ranges = 1;
	config->nr_nodes = 1;
	config->nr_reserved = 0;
	config->boot = QUIRE_BOOT_MEMBLOCK;
	config->contents = false;
	config->hold_at_boot = true;
}

void quire_startup_held(void)
{
	quire_memblock_borrow(&memblock, &movable_node_enabled);
}
