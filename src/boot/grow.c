/* SPDX-License-Identifier: MIT */
/*
 * boot/grow.c - a full array of regions doubles.
 *
 *	static [128] --> frames taken from memblock itself [256] --> [512] --> ...
 *	                 reserved like any allocation; the array left behind is
 *	                 freed, except the static one
 *
 * 1. Needs memblock_allow_resize(): before that the memory map is not complete and
 *    the frames might lie in something not yet reserved.
 * 2. When `reserved` grows because [base, base + size) is being added, that range
 *    is not in the list yet, so the new array is searched first above it, then below
 *    it, never across. `memory` may grow from anywhere.
 * 3. A book-keeping machine has no place in frames for an array: there the array
 *    comes from the port, and the frames are reserved all the same, so that
 *    addresses equal those of a machine with contents.
 * 4. After the hand-over there are no frames to take any more; the list of what is
 *    reserved still changes by late frees, and then grows in book-keeping memory.
 *
 * Source: behaviour of Linux 6.1 memblock_double_array().
 */
#include "base/string.h"
#include "boot/state.h"

u64 mb_array_bytes(const struct boot_state *b, unsigned long max)
{
	u64 page = boot_page_bytes(b);

	return (max * sizeof(struct memblock_region) + page - 1) & ~(page - 1);
}

static phys_addr_t find_place(struct boot_state *b, const struct memblock_type *type,
			      phys_addr_t base, phys_addr_t size, phys_addr_t bytes)
{
	phys_addr_t limit = b->memblock->current_limit, addr;

	if (type != &b->memblock->reserved)
		base = size = 0;
	addr = mb_find_any(b, base + size, limit, bytes, boot_page_bytes(b));
	if (!addr && size)
		addr = mb_find_any(b, 0, base < limit ? base : limit, bytes, boot_page_bytes(b));
	return addr;
}

/* The array moves to @array; the old one goes back to where it came from. */
static void move_array(struct boot_state *b, struct memblock_type *type,
		       struct memblock_region *array, phys_addr_t addr, bool book_keeping)
{
	unsigned int which = type == &b->memblock->reserved;
	struct memblock_region *old = type->regions;
	phys_addr_t old_addr = boot_grown_at(b, which, type);
	size_t old_book_keeping = b->grown_bytes[which];
	unsigned long max = type->max;

	memcpy(array, old, max * sizeof(*array));
	memset(array + max, 0, max * sizeof(*array));
	type->regions = array;
	type->max = 2 * max;
	b->grown_at[which] = addr;
	b->grown_bytes[which] = book_keeping ? mb_array_bytes(b, 2 * max) : 0;
	if (old_addr && !b->handed_over)
		mb_remove_range(b, &b->memblock->reserved, old_addr, mb_array_bytes(b, max));
	if (old_book_keeping)
		machine_release(b->m, old, old_book_keeping);
}

static int grow_failed(struct boot_state *b, const struct memblock_type *type)
{
	quire_report(b->m, QUIRE_ERR,
		     "memblock: Failed to double %s array from %lu to %lu entries !\n", type->name,
		     type->max, type->max * 2);
	return -ENOMEM;
}

static int grow_late(struct boot_state *b, struct memblock_type *type)
{
	struct memblock_region *array = machine_reserve(b->m, mb_array_bytes(b, 2 * type->max));

	if (!array)
		return grow_failed(b, type);
	move_array(b, type, array, 0, true);
	return 0;
}

int mb_grow(struct boot_state *b, struct memblock_type *type, phys_addr_t base, phys_addr_t size)
{
	u64 bytes = mb_array_bytes(b, 2 * type->max);
	struct memblock_region *array;
	phys_addr_t addr;

	if (fault_pass(&b->m->fault, QUIRE_FAULT_MEMBLOCK_GROW))
		return -ENOMEM;
	if (b->handed_over)
		return grow_late(b, type);
	if (!b->can_resize)
		return -ENOMEM;
	addr = find_place(b, type, base, size, bytes);
	if (!addr)
		return grow_failed(b, type);
	array = boot_has_pointers(b) ? boot_pointer(b, addr) : machine_reserve(b->m, bytes);
	if (!array)
		return grow_failed(b, type);
	mb_log_doubled(b, type, addr, bytes);
	move_array(b, type, array, addr, !boot_has_pointers(b));
	return mb_reserve(b, addr, bytes, (unsigned long)mb_grow);
}

bool mb_holds_array(const struct boot_state *b, phys_addr_t base, phys_addr_t size)
{
	const struct memblock *mb = b->memblock;

	size = mb_cap_size(base, size);
	return (b->grown_at[0] && memblock_addrs_overlap(base, size, b->grown_at[0],
							 mb_array_bytes(b, mb->memory.max))) ||
	       (b->grown_at[1] && memblock_addrs_overlap(base, size, b->grown_at[1],
							 mb_array_bytes(b, mb->reserved.max)));
}

void mb_release_grown(struct boot_state *b)
{
	struct memblock_type *types[] = { &b->memblock->memory, &b->memblock->reserved };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		if (b->grown_bytes[i])
			machine_release(b->m, types[i]->regions, b->grown_bytes[i]);
		b->grown_bytes[i] = 0;
		b->grown_at[i] = 0;
	}
}
