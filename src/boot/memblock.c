/* SPDX-License-Identifier: MIT */
/*
 * boot/memblock.c - memblock's public functions: which ranges there are.
 *
 * Each is the same three steps: find the state (misuse.c), log (log.c), change the
 * lists (regions.c). Allocation is in alloc.c, questions are in query.c.
 */
#include "boot/state.h"

/* Leaves the function with @ret when the machine's memblock may not be changed now. */
#define ENTER_CHANGE(b, ret)                                                           \
	struct boot_state *b = boot_enter(QUIRE_BOOT_MEMBLOCK, BOOT_CHANGE, __func__); \
	if (!b)                                                                        \
	return ret

/* What lies beyond the linear map of a machine with contents has no pointers. */
static int add_memory(struct boot_state *b, phys_addr_t base, phys_addr_t size, int nid,
		      enum memblock_flags flags)
{
	if (!b->borrowed && b->m->linear && base + mb_cap_size(base, size) > b->m->linear_bytes) {
		boot_misuse(b,
			    "memblock_add: [0x%llx-0x%llx] reaches beyond the linear map, which "
			    "ends at "
			    "0x%llx; describe it in the machine's ranges",
			    ULL(base), ULL(base + size - 1), ULL(b->m->linear_bytes));
		return -EINVAL;
	}
	return mb_add_range(b, &b->memblock->memory, base, size, nid, flags);
}

int memblock_add(phys_addr_t base, phys_addr_t size)
{
	ENTER_CHANGE(b, -EINVAL);
	mb_log_range(b, __func__, base, size, CALLER);
	return add_memory(b, base, size, MAX_NUMNODES, MEMBLOCK_NONE);
}

int memblock_add_node(phys_addr_t base, phys_addr_t size, int nid, enum memblock_flags flags)
{
	ENTER_CHANGE(b, -EINVAL);
	mb_log_range_nid(b, __func__, base, size, nid, flags, CALLER);
	return add_memory(b, base, size, nid, flags);
}

int memblock_remove(phys_addr_t base, phys_addr_t size)
{
	ENTER_CHANGE(b, -EINVAL);
	mb_log_range(b, __func__, base, size, CALLER);
	return mb_remove_range(b, &b->memblock->memory, base, size);
}

int memblock_reserve(phys_addr_t base, phys_addr_t size)
{
	ENTER_CHANGE(b, -EINVAL);
	return mb_reserve(b, base, size, CALLER);
}

int memblock_phys_free(phys_addr_t base, phys_addr_t size)
{
	ENTER_CHANGE(b, -EINVAL);
	mb_log_range(b, __func__, base, size, CALLER);
	return mb_free(b, base, size);
}

void memblock_free(void *ptr, size_t size)
{
	unsigned char *p = ptr;
	phys_addr_t at;
	ENTER_CHANGE(b, );

	if (!p)
		return;
	if (!b->borrowed &&
	    (!b->m->linear || p < b->m->linear || p >= b->m->linear + b->m->linear_bytes)) {
		boot_misuse(b, "memblock_free: %p is no address of this machine's memory", ptr);
		return;
	}
	at = (uintptr_t)p - boot_linear(b);
	mb_log_range(b, "memblock_phys_free", at, size, CALLER);
	(void)mb_free(b, at, size);
}

void memblock_trim_memory(phys_addr_t align)
{
	ENTER_CHANGE(b, );
	if (!align || (align & (align - 1))) {
		boot_misuse(b, "memblock_trim_memory: 0x%llx is no power of two", ULL(align));
		return;
	}
	mb_trim(b, align);
}

void memblock_allow_resize(void)
{
	ENTER_CHANGE(b, );
	b->can_resize = true;
}

int memblock_set_node(phys_addr_t base, phys_addr_t size, struct memblock_type *type, int nid)
{
	ENTER_CHANGE(b, -EINVAL);
	return mb_set_node(b, type, base, size, nid);
}

int memblock_mark_hotplug(phys_addr_t base, phys_addr_t size)
{
	ENTER_CHANGE(b, -EINVAL);
	return mb_change_flag(b, base, size, true, MEMBLOCK_HOTPLUG);
}

int memblock_clear_hotplug(phys_addr_t base, phys_addr_t size)
{
	ENTER_CHANGE(b, -EINVAL);
	return mb_change_flag(b, base, size, false, MEMBLOCK_HOTPLUG);
}

int memblock_mark_mirror(phys_addr_t base, phys_addr_t size)
{
	ENTER_CHANGE(b, -EINVAL);
	b->some_mirror = true;
	return mb_change_flag(b, base, size, true, MEMBLOCK_MIRROR);
}

int memblock_mark_nomap(phys_addr_t base, phys_addr_t size)
{
	ENTER_CHANGE(b, -EINVAL);
	return mb_change_flag(b, base, size, true, MEMBLOCK_NOMAP);
}

int memblock_clear_nomap(phys_addr_t base, phys_addr_t size)
{
	ENTER_CHANGE(b, -EINVAL);
	return mb_change_flag(b, base, size, false, MEMBLOCK_NOMAP);
}

/* The address up to which there are @limit bytes of memory; PHYS_ADDR_MAX: there are fewer. */
static phys_addr_t end_of_first_bytes(const struct boot_state *b, phys_addr_t limit)
{
	const struct memblock_type *type = &b->memblock->memory;
	unsigned long i;

	for (i = 0; i < type->cnt; i++) {
		if (limit <= type->regions[i].size)
			return type->regions[i].base + limit;
		limit -= type->regions[i].size;
	}
	return PHYS_ADDR_MAX;
}

void memblock_enforce_memory_limit(phys_addr_t limit)
{
	phys_addr_t end;
	ENTER_CHANGE(b, );

	end = limit ? end_of_first_bytes(b, limit) : PHYS_ADDR_MAX;
	if (end == PHYS_ADDR_MAX)
		return;
	mb_remove_range(b, &b->memblock->memory, end, PHYS_ADDR_MAX);
	mb_remove_range(b, &b->memblock->reserved, end, PHYS_ADDR_MAX);
}

/* Drops the mapped regions among entries [first, last). */
static void delete_mapped(struct memblock_type *type, unsigned long first, unsigned long last)
{
	while (last-- > first)
		if (!memblock_is_nomap(&type->regions[last]))
			mb_delete(type, last, last + 1);
}

static void cap_range(struct boot_state *b, phys_addr_t base, phys_addr_t size)
{
	struct memblock_type *memory = &b->memblock->memory;
	unsigned long first, last;

	if (!size || mb_isolate(b, memory, base, size, &first, &last))
		return;
	delete_mapped(memory, last, memory->cnt);
	delete_mapped(memory, 0, first);
	mb_remove_range(b, &b->memblock->reserved, 0, base);
	mb_remove_range(b, &b->memblock->reserved, base + size, PHYS_ADDR_MAX);
}

void memblock_cap_memory_range(phys_addr_t base, phys_addr_t size)
{
	ENTER_CHANGE(b, );
	if (size && !b->memblock->memory.total_size) {
		boot_misuse(b, "memblock_cap_memory_range: No memory registered yet");
		return;
	}
	cap_range(b, base, size);
}

void memblock_mem_limit_remove_map(phys_addr_t limit)
{
	phys_addr_t end;
	ENTER_CHANGE(b, );

	end = limit ? end_of_first_bytes(b, limit) : PHYS_ADDR_MAX;
	if (end != PHYS_ADDR_MAX)
		cap_range(b, 0, end);
}

void memblock_set_bottom_up(bool enable)
{
	ENTER_CHANGE(b, );
	b->memblock->bottom_up = enable;
}

void memblock_set_current_limit(phys_addr_t limit)
{
	ENTER_CHANGE(b, );
	b->memblock->current_limit = limit;
}

void quire_memblock_set_movable_node(bool enable)
{
	ENTER_CHANGE(b, );
	b->movable_node = enable;
}

void memblock_free_all(void)
{
	ENTER_CHANGE(b, );
	if (b->borrowed) {
		boot_misuse(b,
			    "memblock_free_all: memblock is on its own here, with no pages behind");
		return;
	}
	if (quire_machine_continue(b->m))
		quire_report(b->m, QUIRE_ERR, "memblock_free_all: the machine could not go on\n");
}

void memblock_free_late(phys_addr_t base, phys_addr_t size)
{
	struct boot_state *b = boot_enter(QUIRE_BOOT_MEMBLOCK, BOOT_LATE, __func__);

	if (!b)
		return;
	mb_log_range(b, __func__, base, size, CALLER);
	if (b->discarded) {
		boot_misuse(b,
			    "memblock_free_late: memblock was discarded, nothing can be checked");
		return;
	}
	/* What is not reserved was handed over: passing it on would give it out twice. */
	if (mb_holds_array(b, base, size)) {
		boot_misuse(b,
			    "memblock_free_late: [0x%llx-0x%llx] holds memblock's own lists; see "
			    "memblock_discard()",
			    ULL(base), ULL(base + size - 1));
		return;
	}
	if (!mb_covers(&b->memblock->reserved, base, size)) {
		boot_misuse(b,
			    "memblock_free_late: [0x%llx-0x%llx] is not reserved as a whole: "
			    "freed twice, or never allocated",
			    ULL(base), ULL(base + size - 1));
		return;
	}
	if (mb_remove_range(b, &b->memblock->reserved, base, size)) {
		boot_misuse(b, "memblock_free_late: no memory to note that [0x%llx-0x%llx] is free",
			    ULL(base), ULL(base + size - 1));
		return;
	}
	boot_free_late(b, base, size);
}

void memblock_discard(void)
{
	struct boot_state *b = boot_enter(QUIRE_BOOT_MEMBLOCK, BOOT_LATE, __func__);
	u64 bytes[2], at[2];
	unsigned int i;

	if (!b || b->discarded)
		return;
	for (i = 0; i < 2; i++) {
		const struct memblock_type *type =
			i ? &b->memblock->reserved : &b->memblock->memory;

		at[i] = b->grown_at[i];
		bytes[i] = mb_array_bytes(b, type->max);
	}
	mb_release_grown(b);
	mb_reset_lists(b);
	b->discarded = true;
	for (i = 0; i < 2; i++)
		if (at[i])
			boot_free_late(b, at[i], bytes[i]);
}
