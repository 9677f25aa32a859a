/* SPDX-License-Identifier: MIT */
/*
 * page/pcp_size.c - the memory of per-CPU lists, and its growth.
 *
 *	zone's range	| CPU 0: list 0 | list 1 | ... | list 13 | pad | CPU 1: ...
 *	a list		2 * room words and one that is always 0
 *
 * Theory
 *  1. A list holds at most max(high, batch) pages and one block more: it is pushed to
 *     while the CPU's count is below high, or drained from right after; a refill of
 *     batch pages, two blocks at least, comes to an empty list. pcp_room() is that
 *     number in blocks. A high that falls leaves longer lists behind, but then
 *     each free drains as much as it brings, so none grows beyond the room it had.
 *  2. So memory must be there before high or batch rises: pcp_lists_grow() gives the
 *     zone a larger range, moves each CPU's lists under that CPU's lock, one CPU
 *     after another, and then gives the old range back. If there is no memory, high and
 *     batch stay as they are.
 *  3. The range is zero-filled by the port and touched only where lists are: an
 *     empty list's word at the end is 0 already. Boot's lists, which hold next to
 *     nothing (high 0, batch 1), stand in the room's arena.
 *  4. It never shrinks: what was once allowed may be on the lists.
 *
 * Lock order: size_lock (one growth at a time), the owner lock of a CPU's lists.
 */
#include "page/pcp_list.h"

#define BOOT_PAGES 1u /* boot's batch */

static size_t cpu_words(const struct page_state *ps, unsigned int pages)
{
	size_t words = 0;
	unsigned int order;

	for (order = 0; order <= PAGE_ALLOC_COSTLY_ORDER; order++)
		words += MIGRATE_PCPTYPES * (2 * pcp_room(pages, order) + 1);
	words += NR_PCP_THP * (2 * pcp_room(pages, ps->pageblock_order) + 1);
	/* Two cache lines: they are fetched in pairs. */
	return (words + 15) & ~(size_t)15;
}

static size_t zone_bytes(const struct page_state *ps, unsigned int pages)
{
	return cpu_words(ps, pages) * ps->nr_cpus * sizeof(unsigned long);
}

/* Lists of one CPU to @words, zero-filled, with what is on them. Context: their lock. */
static void move_lists(const struct zone *zone, struct pcp_slot *slot, unsigned long *words,
		       unsigned int pages)
{
	unsigned int i;

	slot->list_pages = pages;
	for (i = 0; i < NR_PCP_LISTS; i++) {
		struct quire_pcp_list *list = &slot->pcp.lists[i];

		list->end = words + 2 * pcp_room(pages, pindex_to_order(zone, i));
		pcp_list_shift(list, list->end);
		words = list->end + 1;
	}
}

/** pcp_lists_boot_bytes() - memory for one zone's lists during boot. */
size_t pcp_lists_boot_bytes(const struct page_state *ps)
{
	return zone_bytes(ps, BOOT_PAGES);
}

/** pcp_lists_boot() - empty lists in @memory, for a batch of 1. */
void pcp_lists_boot(struct zone *zone, void *memory)
{
	const struct page_state *ps = zone_state(zone);
	unsigned int cpu;

	for (cpu = 0; cpu < ps->nr_cpus; cpu++)
		move_lists(zone, zone_pcp_slot(zone, cpu),
			   (unsigned long *)memory + cpu * cpu_words(ps, BOOT_PAGES), BOOT_PAGES);
	container_of(zone, struct page_zone, zone)->list_pages = BOOT_PAGES;
}

static void move_all(struct zone *zone, unsigned long *memory, unsigned int pages)
{
	const struct page_state *ps = zone_state(zone);
	const struct quire_port *port =
		ps->machine->config.deterministic ? NULL : ps->machine->port;
	size_t words = cpu_words(ps, pages);
	unsigned int cpu;

	for (cpu = 0; cpu < ps->nr_cpus; cpu++, memory += words) {
		struct pcp_slot *slot = zone_pcp_slot(zone, cpu);

		if (cpu == quire_this_cpu->id) {
			owner_lock(&slot->lock);
			move_lists(zone, slot, memory, pages);
			owner_unlock(&slot->lock);
		} else {
			owner_lock_remote(&slot->lock, port);
			move_lists(zone, slot, memory, pages);
			owner_unlock_remote(&slot->lock);
		}
	}
}

/**
 * pcp_lists_grow() - room for @pages on each CPU's lists of @zone.
 * Context: size_lock, no list's lock. Return: 0; -ENOMEM, and nothing has changed.
 */
int pcp_lists_grow(struct zone *zone, unsigned int pages)
{
	struct page_zone *pz = container_of(zone, struct page_zone, zone);
	const struct page_state *ps = pz->state;
	size_t bytes = zone_bytes(ps, pages);
	void *memory;

	if (pages <= pz->list_pages)
		return 0;
	memory = machine_reserve(ps->machine, bytes);
	if (!memory)
		return -ENOMEM;
	move_all(zone, memory, pages);
	machine_release(ps->machine, pz->lists, pz->lists_bytes);
	pz->lists = memory;
	pz->lists_bytes = bytes;
	pz->list_pages = pages;
	return 0;
}

/** pcp_lists_exit() - gives back what pcp_lists_grow() took. */
void pcp_lists_exit(struct page_state *ps)
{
	unsigned int i;

	for (i = 0; i < ps->nr_zones; i++) {
		struct page_zone *pz = container_of(ps->zone_list[i], struct page_zone, zone);

		machine_release(ps->machine, pz->lists, pz->lists_bytes);
		pz->lists = NULL;
	}
}
