/* SPDX-License-Identifier: MIT */
/*
 * boot/borrow.c - memblock on its own, over lists that a program owns.
 *
 * 1. The lists and their first arrays are the program's, which reads and writes them between
 *    calls, and may put the first array back where a grown one had taken its place.
 * 2. Physical addresses are pointers: the program adds memory that it has, and gets pointers
 *    into it. A grown array lies in that memory, too.
 * 3. There is no hand-over: such a machine never gets as far as pages.
 */
#include "boot/state.h"

void quire_memblock_borrow(struct memblock *lists, const bool *movable_node)
{
	struct boot_state *b = boot_enter(QUIRE_BOOT_MEMBLOCK, BOOT_CHANGE, __func__);

	if (!b)
		return;
	mb_release_grown(b);
	b->memblock = lists;
	b->borrowed = movable_node;
	b->first[0] = lists->memory.regions;
	b->first[1] = lists->reserved.regions;
	b->can_resize = false;
	b->some_mirror = false;
	lists->bottom_up = false;
	lists->current_limit = MEMBLOCK_ALLOC_ANYWHERE;
	mb_reset_lists(b);
}

phys_addr_t boot_grown_at(struct boot_state *b, unsigned int which,
			  const struct memblock_type *type)
{
	if (type->regions == b->first[which])
		b->grown_at[which] = 0;
	return b->grown_at[which];
}
