/* SPDX-License-Identifier: MIT */
/*
 * page/vmstat.c - the counters of zones, nodes and events.
 *
 * 1. A zone counter is a total plus one small signed difference per CPU. A CPU
 *    adds to its own difference; when that leaves [-threshold, threshold] it is
 *    added to the total and starts at zero again. So the total is never off by
 *    more than CPUs * threshold, and is rarely written.
 * 2. Watermark checks read the total alone, differences left out, as Linux does.
 * 3. The thresholds grow with CPUs and memory: 2 * fls(CPUs) * (1 + fls(128 MiB
 *    units)), at most 125; before the per-CPU lists are sized they are 0.
 * 4. Differences belong to the CPU whose lists they stand beside: only code that
 *    runs on that CPU writes them. quire_refresh_cpu_vm_stats() of another CPU is
 *    therefore for deterministic machines and for CPUs that nobody is on.
 * 5. The total of NR_FREE_PAGES, and it alone, is written under the zone lock: nearly all
 *    who change it hold the lock anyway, and need no locked instruction then.
 * 6. Fast frees are not counted one by one. A list's pages come by fast frees and
 *    otherwise (pcp_slot.moved), and go by fast allocations, which are counted, and
 *    otherwise: so fast frees = count - moved + fast allocations. A reader on
 *    another CPU reads until no allocation falls between its loads, or takes the
 *    closest of 64 tries: then the sum is off by what happened within nanoseconds.
 *
 * Sources: C. Lameter, "ZVC: zoned VM counters", LWN 2006; Linux 6.1 behaviour.
 */
#include <quire/atomic.h>

#include "page/internal.h"

/**
 * zone_stat_add() - adds @delta to a zone counter, not NR_FREE_PAGES (free_pages_add()), through
 * the current CPU's difference.
 */
void zone_stat_add(struct zone *zone, enum zone_stat_item item, long delta)
{
	struct per_cpu_pages *pcp = quire_zone_pcp(zone, quire_this_cpu->id);
	long x = pcp->vm_stat_diff[item] + delta;
	long limit = pcp->stat_threshold;

	if (unlikely(x > limit || x < -limit)) {
		__atomic_fetch_add(&zone->vm_stat[item].counter, x, __ATOMIC_RELAXED);
		x = 0;
	}
	WRITE_ONCE(pcp->vm_stat_diff[item], (signed char)x);
}

unsigned long zone_page_state(struct zone *zone, enum zone_stat_item item)
{
	long x = READ_ONCE(zone->vm_stat[item].counter);

	return x < 0 ? 0 : (unsigned long)x;
}

unsigned long zone_page_state_snapshot(struct zone *zone, enum zone_stat_item item)
{
	long x = READ_ONCE(zone->vm_stat[item].counter);
	unsigned int cpu, nr = zone->zone_pgdat->machine->config.nr_cpus;

	for (cpu = 0; cpu < nr; cpu++)
		x += READ_ONCE(quire_zone_pcp(zone, cpu)->vm_stat_diff[item]);
	return x < 0 ? 0 : (unsigned long)x;
}

void mod_zone_page_state(struct zone *zone, enum zone_stat_item item, long delta)
{
	if (item != NR_FREE_PAGES) {
		zone_stat_add(zone, item, delta);
		return;
	}
	quire_lock(zone_lock(zone));
	free_pages_add(zone, delta);
	quire_unlock(zone_lock(zone));
}

unsigned long node_page_state(struct pglist_data *pgdat, enum node_stat_item item)
{
	long x = READ_ONCE(pgdat->vm_stat[item].counter);

	return x < 0 ? 0 : (unsigned long)x;
}

void mod_node_page_state(struct pglist_data *pgdat, enum node_stat_item item, long delta)
{
	__atomic_fetch_add(&pgdat->vm_stat[item].counter, delta, __ATOMIC_RELAXED);
}

/* Blocks that @cpu took from the lists of @zone by the fast path. */
static unsigned long fast_allocs(struct zone *zone, unsigned int cpu)
{
	const struct pcp_slot *slot = zone_pcp_slot(zone, cpu);
	unsigned long sum = 0;
	unsigned int i;

	for (i = 0; i < NR_PCP_LISTS; i++)
		sum += READ_ONCE(slot->pcp.lists[i].allocs);
	return sum;
}

unsigned long quire_numa_events(struct zone *zone, enum numa_stat_item item)
{
	unsigned int cpu, nr = zone->zone_pgdat->machine->config.nr_cpus;
	unsigned long sum = (unsigned long)READ_ONCE(zone->vm_numa_event[item].counter);

	for (cpu = 0; cpu < nr; cpu++) {
		sum += READ_ONCE(quire_zone_pcp(zone, cpu)->vm_numa_event[item]);
		/* The fast path serves a CPU from its own node alone. */
		if (item == NUMA_HIT || item == NUMA_LOCAL)
			sum += fast_allocs(zone, cpu);
	}
	return sum;
}

/* Pages that @cpu took from the lists of @zone by the fast path. */
static unsigned long fast_alloc_pages(const struct zone *zone, const struct pcp_slot *slot)
{
	unsigned long sum = 0;
	unsigned int i;

	for (i = 0; i < NR_PCP_LISTS; i++)
		sum += __atomic_load_n(&slot->pcp.lists[i].allocs, __ATOMIC_ACQUIRE)
		       << pindex_to_order(zone, i);
	return sum;
}

/* Point 6. */
static unsigned long fast_free_pages(const struct zone *zone, const struct pcp_slot *slot)
{
	unsigned long least = ~0ul, frees = 0;
	unsigned int tries;

	for (tries = 0; tries < 64 && least; tries++) {
		long moved = __atomic_load_n(&slot->moved, __ATOMIC_ACQUIRE);
		unsigned long allocs = fast_alloc_pages(zone, slot);
		long count = __atomic_load_n(&slot->pcp.count, __ATOMIC_ACQUIRE);
		unsigned long since = fast_alloc_pages(zone, slot) - allocs;

		since += (unsigned long)__builtin_labs(READ_ONCE(slot->moved) - moved);
		if (since >= least)
			continue;
		least = since;
		frees = (unsigned long)(count - moved) + allocs;
	}
	return frees;
}

/* What @zone's fast paths did towards @item, pages. */
static unsigned long fast_events(struct zone *zone, unsigned int cpu, enum vm_event_item item)
{
	const struct pcp_slot *slot = zone_pcp_slot(zone, cpu);

	if (item == PGALLOC_DMA + (unsigned int)zone->idx)
		return fast_alloc_pages(zone, slot);
	return item == PGFREE ? fast_free_pages(zone, slot) : 0;
}

unsigned long quire_vm_events(struct quire_machine *machine, enum vm_event_item item)
{
	const struct page_state *ps = machine->page;
	unsigned long sum = 0;
	unsigned int cpu, i;

	for (cpu = 0; cpu < ps->nr_cpus; cpu++) {
		sum += READ_ONCE(page_cpu_of(ps, cpu)->events[item]);
		for (i = 0; i < ps->nr_zones; i++)
			sum += fast_events(ps->zone_list[i], cpu, item);
	}
	return sum;
}

void count_vm_events(enum vm_event_item item, long n)
{
	struct page_cpu *pc = this_page_cpu();

	WRITE_ONCE(pc->events[item], pc->events[item] + (unsigned long)n);
}

static unsigned int fold_zone(struct zone *zone, unsigned int cpu)
{
	struct per_cpu_pages *pcp = quire_zone_pcp(zone, cpu);
	unsigned int item, folded = 0;

	for (item = 0; item < NR_VM_ZONE_STAT_ITEMS; item++) {
		long x = pcp->vm_stat_diff[item];

		if (!x)
			continue;
		WRITE_ONCE(pcp->vm_stat_diff[item], 0);
		if (item == NR_FREE_PAGES) {
			quire_lock(zone_lock(zone));
			stat_add(zone->vm_stat[item].counter, x);
			quire_unlock(zone_lock(zone));
		} else {
			__atomic_fetch_add(&zone->vm_stat[item].counter, x, __ATOMIC_RELAXED);
		}
		folded++;
	}
	return folded;
}

unsigned int quire_refresh_cpu_vm_stats(struct quire_machine *machine, unsigned int cpu)
{
	const struct page_state *ps = machine->page;
	unsigned int i, folded = 0;

	for (i = 0; i < ps->nr_zones; i++)
		folded += fold_zone(ps->zone_list[i], cpu);
	return folded;
}
