/* SPDX-License-Identifier: MIT */
/*
 * proc/counters.c - vmstat and meminfo.
 *
 * 1. Counters of rooms above that this machine lacks stand at 0.
 * 2. Three things are computed rather than counted: the dirty thresholds (ratios of
 *    what could be dirtied, in 1/page size, so that they round as Linux's do),
 *    MemAvailable (what could be had without swapping) and the direct map.
 * 3. A machine of x86-64's shape (4 KiB pages, no high memory) has DirectMap lines: a
 *    2 MiB page wherever an aligned 2 MiB lies in one range of usable memory, 4 KiB
 *    pages for the rest. A kernel splits some of them later, and uses 1 GiB pages
 *    where the CPU has them; we do neither.
 * 4. Huge pages: counters hold pages, as in Linux; vmstat prints huge pages.
 *
 * Sources: printed forms and numbers of Linux 6.1 recordings.
 */
#include <quire/math.h>
#include <quire/vm.h>
#include <quire/vmalloc.h>

#include "proc/out.h"

#define STAT_NAME(id, name) name,
static const char *const zone_stat_names[] = { QUIRE_ZONE_STAT_ITEMS(STAT_NAME) };
static const char *const numa_names[] = { QUIRE_NUMA_EVENT_ITEMS(STAT_NAME) };
static const char *const node_stat_names[] = { QUIRE_NODE_STAT_ITEMS(STAT_NAME) };
static const char *const event_names[] = { QUIRE_VM_EVENT_ITEMS(STAT_NAME) };
#undef STAT_NAME

/* Percent of dirtyable pages at which background writeback starts: Linux's default. */
#define DIRTY_BACKGROUND_RATIO 10

typedef unsigned long node_count_fn(pg_data_t *pgdat, int item);

static unsigned long node_count(pg_data_t *pgdat, int item)
{
	return node_page_state(pgdat, (enum node_stat_item)item);
}

/* Counter @item of nodes @nid to @end - 1. */
static unsigned long sum_over(struct quire_machine *m, unsigned int nid, unsigned int end,
			      node_count_fn *count, int item)
{
	unsigned long sum = 0;

	for (; nid < end; nid++)
		sum += count(quire_pgdat(m, nid), item);
	return sum;
}

static unsigned long zones_sum(struct quire_machine *m, enum zone_stat_item item)
{
	return sum_over(m, 0, quire_machine_config_of(m)->nr_nodes, node_zone_sum, item);
}

static unsigned long nodes_sum(struct quire_machine *m, enum node_stat_item item)
{
	return sum_over(m, 0, quire_machine_config_of(m)->nr_nodes, node_count, item);
}

static unsigned long low_marks(struct quire_machine *m)
{
	unsigned int i, nr;
	struct zone *const *zones = quire_zones(m, &nr);
	unsigned long sum = 0;

	for (i = 0; i < nr; i++)
		sum += low_wmark_pages(zones[i]);
	return sum;
}

static unsigned long totalreserve(struct quire_machine *m)
{
	unsigned int nid, nr = quire_machine_config_of(m)->nr_nodes;
	unsigned long sum = 0;

	for (nid = 0; nid < nr; nid++)
		sum += READ_ONCE(quire_pgdat(m, nid)->totalreserve_pages);
	return sum;
}

/* Dirty pages may not lie in high memory: what that could take does not count. */
static unsigned long highmem_dirtyable(struct quire_machine *m)
{
	unsigned int i, nr;
	struct zone *const *zones = quire_zones(m, &nr);
	unsigned long sum = 0;

	for (i = 0; i < nr; i++) {
		unsigned long free = zone_page_state(zones[i], NR_FREE_PAGES);

		if (zones[i]->idx != ZONE_HIGHMEM)
			continue;
		sum += free - min(free, high_wmark_pages(zones[i]));
		sum += zone_page_state(zones[i], NR_ZONE_INACTIVE_FILE);
		sum += zone_page_state(zones[i], NR_ZONE_ACTIVE_FILE);
	}
	return sum;
}

/* Pages that could be dirty at all: free beyond the reserves, and the page cache; never 0. */
static unsigned long dirtyable(struct quire_machine *m)
{
	unsigned long pages = zones_sum(m, NR_FREE_PAGES);

	pages -= min(pages, totalreserve(m));
	pages += nodes_sum(m, NR_INACTIVE_FILE) + nodes_sum(m, NR_ACTIVE_FILE);
	pages -= min(pages, highmem_dirtyable(m));
	return pages + 1;
}

/* Percent of @pages, by way of a ratio in 1/page size. */
static unsigned long percent(struct quire_machine *m, unsigned long pages, unsigned int percent)
{
	unsigned int shift = quire_machine_config_of(m)->page_shift;

	return (pages * (((unsigned long)percent << shift) / 100)) >> shift;
}

static void print_thresholds(struct quire_machine *m, struct out *out)
{
	unsigned long pages = dirtyable(m);
	unsigned long limit = percent(m, pages, quire_machine_config_of(m)->vm.dirty_ratio);
	unsigned long background = percent(m, pages, DIRTY_BACKGROUND_RATIO);

	if (background >= limit)
		background = limit / 2;
	out_printf(out, "nr_dirty_threshold %lu\nnr_dirty_background_threshold %lu\n", limit,
		   background);
}

/* Events of zone types that the machine's kernel would not have, of CMA without CMA: left out. */
static bool event_shown(struct quire_machine *m, int event)
{
	if (event == CMA_ALLOC_SUCCESS || event == CMA_ALLOC_FAIL)
		return cma_pages(m) != 0;
	if (event < PGALLOC_DMA || event > PGSCAN_SKIP_DEVICE)
		return true;
	return quire_zone_configured(m, (enum zone_type)((event - PGALLOC_DMA) % MAX_NR_ZONES));
}

static void print_events(struct quire_machine *m, struct out *out)
{
	int i;

	for (i = 0; i < NR_VM_EVENT_ITEMS; i++)
		if (event_shown(m, i))
			out_printf(out, "%s %lu\n", event_names[i],
				   quire_vm_events(m, (enum vm_event_item)i));
}

void vmstat_counters(struct quire_machine *m, unsigned int nid, unsigned int end, struct out *out)
{
	int i;

	for (i = 0; i < NR_VM_ZONE_STAT_ITEMS; i++)
		out_printf(out, "%s %lu\n", zone_stat_names[i],
			   sum_over(m, nid, end, node_zone_sum, i));
	for (i = 0; i < NR_VM_NUMA_EVENT_ITEMS; i++)
		out_printf(out, "%s %lu\n", numa_names[i], sum_over(m, nid, end, node_numa_sum, i));
	for (i = 0; i < NR_VM_NODE_STAT_ITEMS; i++)
		out_printf(out, "%s %lu\n", node_stat_names[i],
			   node_stat_units(m, (enum node_stat_item)i,
					   sum_over(m, nid, end, node_count, i)));
}

void proc_vmstat(struct quire_machine *m, unsigned int nid, struct out *out)
{
	vmstat_counters(m, 0, quire_machine_config_of(m)->nr_nodes, out);
	print_thresholds(m, out);
	print_events(m, out);
	out_printf(out, "nr_unstable 0\n");
}

/* --- meminfo ---------------------------------------------------------------------------- */

static void kb(struct out *out, struct quire_machine *m, const char *label, unsigned long pages)
{
	out_printf(out, "%-16s%8lu kB\n", label, pages_to_kb(m, pages));
}

static unsigned long mem_available(struct quire_machine *m)
{
	unsigned long low = low_marks(m), cache, slab;
	long available = (long)zones_sum(m, NR_FREE_PAGES) - (long)totalreserve(m);

	cache = nodes_sum(m, NR_ACTIVE_FILE) + nodes_sum(m, NR_INACTIVE_FILE);
	cache -= min(cache / 2, low);
	slab = nodes_sum(m, NR_SLAB_RECLAIMABLE_B) + nodes_sum(m, NR_KERNEL_MISC_RECLAIMABLE);
	slab -= min(slab / 2, low);
	available += (long)cache + (long)slab;
	return available < 0 ? 0 : (unsigned long)available;
}

static void lru_lines(struct quire_machine *m, struct out *out)
{
	unsigned long aa = nodes_sum(m, NR_ACTIVE_ANON), ia = nodes_sum(m, NR_INACTIVE_ANON);
	unsigned long af = nodes_sum(m, NR_ACTIVE_FILE), xf = nodes_sum(m, NR_INACTIVE_FILE);

	kb(out, m, "Buffers:", 0);
	kb(out, m, "Cached:",
	   nodes_sum(m, NR_FILE_PAGES) -
		   min(nodes_sum(m, NR_FILE_PAGES), nodes_sum(m, NR_SWAPCACHE)));
	kb(out, m, "SwapCached:", nodes_sum(m, NR_SWAPCACHE));
	kb(out, m, "Active:", aa + af);
	kb(out, m, "Inactive:", ia + xf);
	kb(out, m, "Active(anon):", aa);
	kb(out, m, "Inactive(anon):", ia);
	kb(out, m, "Active(file):", af);
	kb(out, m, "Inactive(file):", xf);
	kb(out, m, "Unevictable:", nodes_sum(m, NR_UNEVICTABLE));
	kb(out, m, "Mlocked:", zones_sum(m, NR_MLOCK));
}

static void highmem_lines(struct quire_machine *m, struct out *out)
{
	unsigned int i, nr;
	struct zone *const *zones = quire_zones(m, &nr);
	unsigned long total = 0, free = 0;

	if (!quire_zone_configured(m, ZONE_HIGHMEM))
		return;
	for (i = 0; i < nr; i++)
		if (zones[i]->idx == ZONE_HIGHMEM) {
			total += zone_managed_pages(zones[i]);
			free += zone_page_state(zones[i], NR_FREE_PAGES);
		}
	kb(out, m, "HighTotal:", total);
	kb(out, m, "HighFree:", free);
	kb(out, m, "LowTotal:", quire_ram_pages(m) - total);
	kb(out, m, "LowFree:", zones_sum(m, NR_FREE_PAGES) - free);
}

static void vmalloc_lines(struct quire_machine *m, struct out *out)
{
	struct quire_vmalloc_stats stats;
	unsigned long start, end;

	quire_vmalloc_window_of(m, &start, &end);
	quire_vmalloc_stats(m, &stats);
	/* Linux's VMALLOC_END is the window's last byte. */
	out_printf(out, "%-16s%8lu kB\n", "VmallocTotal:", (end - start - 1) >> 10);
	kb(out, m, "VmallocUsed:", stats.frames);
}

static void use_lines(struct quire_machine *m, struct out *out)
{
	unsigned long sr = nodes_sum(m, NR_SLAB_RECLAIMABLE_B);
	unsigned long su = nodes_sum(m, NR_SLAB_UNRECLAIMABLE_B);

	kb(out, m, "SwapTotal:", 0);
	kb(out, m, "SwapFree:", 0);
	kb(out, m, "Dirty:", nodes_sum(m, NR_FILE_DIRTY));
	kb(out, m, "Writeback:", nodes_sum(m, NR_WRITEBACK));
	kb(out, m, "AnonPages:", nodes_sum(m, NR_ANON_MAPPED));
	kb(out, m, "Mapped:", nodes_sum(m, NR_FILE_MAPPED));
	kb(out, m, "Shmem:", nodes_sum(m, NR_SHMEM));
	kb(out, m, "KReclaimable:", sr + nodes_sum(m, NR_KERNEL_MISC_RECLAIMABLE));
	kb(out, m, "Slab:", sr + su);
	kb(out, m, "SReclaimable:", sr);
	kb(out, m, "SUnreclaim:", su);
	out_printf(out, "%-16s%8lu kB\n", "KernelStack:", nodes_sum(m, NR_KERNEL_STACK_KB));
	kb(out, m, "PageTables:", nodes_sum(m, NR_PAGETABLE));
	kb(out, m, "SecPageTables:", nodes_sum(m, NR_SECONDARY_PAGETABLE));
	kb(out, m, "NFS_Unstable:", 0);
	kb(out, m, "Bounce:", zones_sum(m, NR_BOUNCE));
	kb(out, m, "WritebackTmp:", nodes_sum(m, NR_WRITEBACK_TEMP));
	kb(out, m, "CommitLimit:", quire_vm_commit_limit(m));
	kb(out, m, "Committed_AS:", quire_vm_committed(m));
	vmalloc_lines(m, out);
	kb(out, m, "VmallocChunk:", 0);
	kb(out, m, "Percpu:", 0);
}

static void huge_lines(struct quire_machine *m, struct out *out)
{
	kb(out, m, "AnonHugePages:", nodes_sum(m, NR_ANON_THPS));
	kb(out, m, "ShmemHugePages:", nodes_sum(m, NR_SHMEM_THPS));
	kb(out, m, "ShmemPmdMapped:", nodes_sum(m, NR_SHMEM_PMDMAPPED));
	kb(out, m, "FileHugePages:", nodes_sum(m, NR_FILE_THPS));
	kb(out, m, "FilePmdMapped:", nodes_sum(m, NR_FILE_PMDMAPPED));
	if (cma_pages(m)) {
		kb(out, m, "CmaTotal:", cma_pages(m));
		kb(out, m, "CmaFree:", zones_sum(m, NR_FREE_CMA_PAGES));
	}
	out_printf(out,
		   "HugePages_Total:   %5lu\nHugePages_Free:    %5lu\n"
		   "HugePages_Rsvd:    %5lu\nHugePages_Surp:    %5lu\n",
		   0ul, 0ul, 0ul, 0ul);
	kb(out, m, "Hugepagesize:", 1ul << quire_machine_config_of(m)->pageblock_order);
	kb(out, m, "Hugetlb:", 0);
}

/* Point 3. */
static void direct_map_lines(struct quire_machine *m, struct out *out)
{
	const struct quire_machine_config *c = quire_machine_config_of(m);
	const u64 huge = 2ull << 20;
	u64 all = 0, by_huge = 0;
	unsigned int i;

	if (c->page_shift != 12 || c->lowmem_limit)
		return;
	for (i = 0; i < c->nr_ranges; i++) {
		const struct quire_mem_range *r = &c->ranges[i];
		u64 first = round_up(r->start, huge), end = round_down(r->end, huge);

		if (r->kind != QUIRE_RANGE_USABLE || (r->flags & QUIRE_RANGE_NOMAP))
			continue;
		all += round_down(r->end, 4096ull) - round_up(r->start, 4096ull);
		by_huge += end > first ? end - first : 0;
	}
	out_printf(out, "%-16s%8lu kB\n%-16s%8lu kB\n",
		   "DirectMap4k:", (unsigned long)((all - by_huge) >> 10),
		   "DirectMap2M:", (unsigned long)(by_huge >> 10));
}

void proc_meminfo(struct quire_machine *m, unsigned int nid, struct out *out)
{
	kb(out, m, "MemTotal:", quire_ram_pages(m));
	kb(out, m, "MemFree:", zones_sum(m, NR_FREE_PAGES));
	kb(out, m, "MemAvailable:", mem_available(m));
	lru_lines(m, out);
	highmem_lines(m, out);
	use_lines(m, out);
	huge_lines(m, out);
	direct_map_lines(m, out);
}
